import pytest
from made_up_history import MEMORY, STOP, a_run, commit_of, days, estimate, history_of, noisy

from bench.history import words
from bench.history.series import FOLLOWED
from bench.history.settings import letters
from bench.history.sheets import PANELS, sheets_of, title
from bench.history.summary import how, summary

STEPPED = noisy(0.007, at_15=1.2)


def test_change_is_one_line_with_all_that_a_reader_asks_for():
    history = history_of(days(30, STEPPED))
    (line,) = words.findings(history)
    assert line.startswith("WORSE: Processor time per turn, Quart (talk, 2 people): \N{MULTIPLICATION SIGN}1.2")
    assert f"between {commit_of(14)[:7]} and {commit_of(15)[:7]} (2026-01-16; p under 0.001)" in line
    assert " ms to " in line and "machine" not in line
    assert words.headline(history) == "1 change found in 30 runs: 1 for the worse"


def test_worse_comes_before_better_and_larger_before_smaller():
    values = {"flask": noisy(0.007, at_15=0.5), "quart": noisy(0.007, seed=2, at_15=1.2)}
    runs = [a_run(day, *(estimate(value(day), target) for target, value in values.items())) for day in range(30)]
    assert [line[:6] for line in words.findings(history_of(runs))] == ["WORSE:", "better"]
    assert words.headline(history_of(runs)) == "2 changes found in 30 runs: 1 for the worse, 1 for the better"


def test_change_from_nothing_has_no_ratio():
    runs = [a_run(day, estimate(0.0 if day < 15 else 0.08, metric=STOP, statistic="p50")) for day in range(30)]
    (line,) = words.findings(history_of(runs))
    assert "from 0 ms to 80 ms" in line and "\N{MULTIPLICATION SIGN}" not in line


def test_drift_is_told_as_one():
    (line,) = words.findings(history_of([a_run(day, estimate(1e5 * 1.02**day, metric=MEMORY)) for day in range(30)]))
    assert line.startswith("WORSE: Memory") and "drifts by" in line and "no step" in line


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        (days(1, noisy(1.0)), "1 run: too few to tell a change, which takes 10 alike"),
        (days(9, noisy(1.0)), "9 runs: too few to tell a change, which takes 10 alike"),
        (days(20, noisy(1.0)), "No change found in 20 runs"),
    ],
)
def test_headline_of_runs_without_a_change(runs, told):
    assert words.headline(history_of(runs)) == told


def test_commit_is_seven_letters_with_a_star_for_changes_on_top():
    runs = history_of([a_run(0, estimate(1.0)), a_run(1, estimate(1.0), dirty=True)]).runs
    assert [words.commit(each) for each in runs] == [commit_of(0)[:7], f"{commit_of(1)[:7]}*"]
    assert words.commit(runs[0].model_copy(update={"commit": None})) == "no commit"


def test_remarks_name_machines_workloads_doubts_gaps_and_what_was_passed_over():
    runs = [
        *days(12, noisy(1.0)),
        a_run(12, estimate(1.0), machine={"cpu_model": "another"}, verdict="SUSPECT"),
        a_run(13, estimate(1.0), fake_gemini={"profile": "slow"}, verdict="INVALID"),
    ]
    told = "\n".join(words.remarks(history_of(runs, other_folders={"capacity": 2})))
    assert "In 2 of 3 lines there are too few runs" in told
    assert "machine A: made up, 2 cores" in told and "machine B: another, 2 cores" in told
    assert "workload 1: 2 people, closed, windows of 3 s, think-seconds 0.1, fake Gemini live-text" in told
    assert "workload 2" in told and "fake Gemini slow" in told
    assert f"left out of the search: {runs[13].id}" in told and f"used and marked: {runs[12].id}" in told
    assert "No run has a number for: Memory per connected person;" in told
    assert "passed over: 2 capacity" in told


def test_change_on_one_of_several_machines_says_which():
    value = noisy(0.007)
    runs = [
        a_run(day, estimate(value(day) * (1.3 if day % 2 and day > 20 else 1.0)), machine={"cpu_model": f"m{day % 2}"})
        for day in range(40)
    ]
    (line,) = words.findings(history_of(runs))
    assert "machine B" in line


def test_machines_beyond_the_alphabet_have_two_letters():
    assert [letters(number) for number in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]


def test_summary_says_how_sure_it_is_and_shows_each_line():
    history = history_of(days(30, STEPPED), warnings=["left out: x is broken"])
    text = summary(history, [])
    assert text.startswith("## 1 change found in 30 runs")
    assert "1 line was looked at, so expect about 0.01 found by chance alone" in how(history)
    assert "left out: x is broken" in text and f"at {commit_of(15)[:7]}" in text
    assert "`live-bench history results`" in text
    assert how(history_of(days(3, noisy(1.0)))) == "" and "too few runs" in summary(history_of(days(3, STEPPED)), [])


def test_sheets_are_by_target_where_there_is_too_much_for_one():
    few = [estimate(1.0, target, sessions=load) for target in ("flask", "quart") for load in range(3)]
    assert len(sheets_of(history_of([a_run(0, *few)]), FOLLOWED[0])) == 1
    many = [estimate(1.0, target, sessions=load) for target in ("flask", "quart") for load in range(PANELS + 1)]
    sheets = sheets_of(history_of([a_run(0, *many)]), FOLLOWED[0])
    assert [{each.target for each in sheet.series} for sheet in sheets] == [{"flask"}, {"flask"}, {"quart"}, {"quart"}]
    assert sum(len(sheet.series) for sheet in sheets) == len(many)
    assert sheets_of(history_of([a_run(0, *many)]), FOLLOWED[1]) == []


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        (days(1, noisy(1.0)), "Processor time per turn: 1 run is too few to tell a change"),
        (days(20, noisy(1.0)), "Processor time per turn: no change found in 20 runs"),
        ([a_run(d, estimate(1.02**d)) for d in range(30)], "Processor time per turn: no step, but 1 of 1 drift"),
    ],
)
def test_title_of_a_sheet_without_a_change(runs, told):
    (sheet,) = sheets_of(history_of(runs), FOLLOWED[0])
    assert title(sheet) == told


def test_title_of_a_sheet_names_the_worst_change():
    (sheet,) = sheets_of(history_of(days(30, STEPPED)), FOLLOWED[0])
    assert f"at {commit_of(15)[:7]} (Quart, talk, 2 people)" in title(sheet)
