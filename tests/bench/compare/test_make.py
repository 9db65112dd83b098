import json

import pytest
from made_up import FLASK, QUART
from made_up_pair import compared, on, one, scaled
from made_up_run import made_up_folder

from bench.compare.make import Order, make
from bench.errors import BenchError
from bench.results import Reason, Validity


def test_two_workloads_are_refused_with_every_difference_in_one_line():
    a = one()
    b = a.model_copy(update={"seed": 2, "objective_seconds": 1.0})
    with pytest.raises(BenchError, match="not the same workload") as refused:
        compared(a, b, across_machines=True)
    assert "objective seconds: A 2.5, B 1; seed: A 1, B 2" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_two_machines_are_refused_unless_it_is_asked_for():
    a = one()
    b = on(a, cpu_model="faster", cpu_count=4)
    with pytest.raises(BenchError, match=r"processor: A made up, B faster; cores: A 2, B 4.*--across-machines"):
        compared(a, b)
    assert [one.setting for one in compared(a, b, across_machines=True).across_machines] == ["processor", "cores"]


def test_one_machine_is_none_of_two_even_where_two_are_allowed():
    assert compared(one(), one(), across_machines=True).across_machines == []


def test_runs_without_a_target_in_common_are_refused():
    with pytest.raises(BenchError, match=r"share no estimate \(their targets: flask and quart\)"):
        compared(one(targets=[FLASK]), one(targets=[QUART]))


def test_target_that_one_of_them_lacks_is_left_out_and_named():
    comparison = compared(one(), one(targets=[QUART]))
    assert [target.name for target in comparison.targets] == ["quart"]
    assert "Left out, as only one of the two has them: flask." in comparison.warnings
    assert all(row.beside is None for row in comparison.compared)


def test_times_of_both_are_told_as_part_of_every_difference():
    first, *_ = compared(one(), one(started_at="2027-01-01T00:00:00Z")).warnings
    assert "A was measured at 2026-01-02T03:04:05Z and B at 2027-01-01T00:00:00Z" in first
    assert "the machine's state at the time may be part of every difference" in first


def test_incomplete_and_suspect_runs_are_compared_with_a_warning():
    suspect = Validity(verdict="SUSPECT", reasons=[Reason(check="drift", verdict="SUSPECT", message="slower")])
    b = one().model_copy(update={"complete": False, "validity": suspect, "id": "other"})
    warnings = compared(one(), b).warnings
    assert "B is incomplete: it was ended early." in warnings
    assert "B is SUSPECT: drift: slower" in warnings
    assert not any(warning.startswith("A is") for warning in warnings)


def test_too_few_trials_are_told_with_how_many_it_takes():
    warnings = compared(one(number=3), one(number=3)).warnings
    assert any("have no interval and decide nothing: that takes 4 trials in each run" in text for text in warnings)
    assert not any("by chance alone" in text for text in warnings)


def test_intervals_that_miss_by_chance_are_foretold():
    comparison = compared(one(), one())
    intervals = [row.change for row in comparison.compared if row.change.verdict and row.change.low is not None]
    assert any(text.startswith(f"Of {len(intervals)} intervals at 95 %") for text in comparison.warnings)


def test_changes_that_nobody_committed_are_not_taken_for_the_same():
    dirty = on(one(), dirty=True)
    assert any("uncommitted changes" in text for text in compared(dirty, dirty).warnings)
    assert not any("uncommitted changes" in text for text in compared(one(), dirty).warnings)


def test_headline_counts_what_was_decided_and_names_the_largest():
    a = one()
    headline = compared(a, scaled(a, 3, "relay_seconds", "quart")).headline
    assert headline.startswith("B against A. Flask: no difference in ")
    assert "Quart: worse in 1 of 15 key numbers" in headline
    assert (
        "The largest difference: Time a chunk spends in the server, p50, in quiet, 2 people: "
        "\N{MULTIPLICATION SIGN}3.00 [3.00, 3.00], worse." in headline
    )
    assert "As ratios to Flask, without the machine's state but with any change of Flask itself, Quart: " in headline


def test_folder_holds_record_summary_and_charts(tmp_path):
    a, b = made_up_folder(tmp_path / "a"), made_up_folder(tmp_path / "b")
    folder, comparison = make(Order(a, b, False, tmp_path / "results", "live-bench compare a b"))
    assert folder.name == comparison.id and folder.name.endswith("-compare")
    assert {path.name for path in folder.iterdir()} == {"compare.json", "compare.md", "charts"}
    charts = {f"comparison-{name}.{kind}" for name in ("flask", "quart") for kind in ("svg", "png")}
    assert {path.name for path in (folder / "charts").iterdir()} == charts
    assert json.loads((folder / "compare.json").read_text())["id"] == folder.name


def test_refusal_leaves_nothing_behind(tmp_path):
    a, b = made_up_folder(tmp_path / "a"), made_up_folder(tmp_path / "b", seed=2)
    with pytest.raises(BenchError):
        make(Order(a, b, False, tmp_path / "results", ""))
    assert not (tmp_path / "results").exists()
