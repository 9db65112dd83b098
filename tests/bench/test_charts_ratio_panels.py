"""The ratios of many targets: which metrics are drawn, and what the title makes of all that are compared."""

import matplotlib
import pytest
from made_up import run, trial

from bench.charts import ratios, title_of
from bench.charts.data import gather
from bench.charts.style import SETTINGS
from bench.evaluate import conclude
from bench.targets import resolve

TARGETS = resolve(["all"])
NAMES = [target.name for target in TARGETS]
ALIKE = {
    "ttft_seconds p50": 0.5,
    "ttft_from_plan_seconds p50": 0.5,
    "ttft_from_plan_seconds p90": 0.8,
    "ttft_added_seconds p50": 0.001,
    "turn_seconds p50": 1.5,
    "relay_seconds p50": 0.0005,
    "cpu_seconds_per_chunk value": 0.0005,
}
INTERRUPTED = {"stop_seconds p50": 0.3, "stale_chunks p50": 3.0, "resume_seconds p50": 1.0}


def drawn(different, number=6):
    """`different`: target and metric to how many times the number of all others it has there."""
    trials = [
        trial(
            name, scenario, 20, index,
            numbers={metric: value * different.get((name, metric), 1.0) for metric, value in numbers.items()},
        )
        for scenario, numbers in (("quiet", ALIKE), ("talk", INTERRUPTED))
        for name in NAMES
        for index in range(1, number + 1)
    ]  # fmt: skip
    with matplotlib.rc_context(SETTINGS):
        return ratios.draw(gather(conclude(run(*trials, targets=TARGETS)), []))


def said(figure):
    """Everything that is written over the panels, one string for each."""
    return [" ".join(text.get_text() for text in reversed(axes.texts)) for axes in figure.axes]


@pytest.fixture(scope="module")
def figure():
    return drawn(
        {
            ("demo", "cpu_seconds_per_chunk value"): 2.0,
            ("raw", "cpu_seconds_per_chunk value"): 0.5,
            ("raw", "relay_seconds p50"): 0.5,
            ("quart-uvicorn", "relay_seconds p50"): 2.0,
            ("quart-uvicorn", "turn_seconds p50"): 0.5,
            ("flask-8t", "turn_seconds p50"): 2.0,
        }
    )


def test_metrics_that_tell_targets_apart_are_never_left_out(figure):
    panels = said(figure)
    assert len(panels) == 8 < len(ALIKE) + len(INTERRUPTED)
    told = [panel for panel in panels if "better" in panel or "worse" in panel]
    assert len(told) == 3
    for words in ("Processor time per chunk", "Time a chunk spends in the", "Time to the end of a reply"):
        assert any(words in panel for panel in told)


def test_every_panel_has_every_pair_in_its_row(figure):
    for axes in figure.axes:
        rows = {round(float(line.get_ydata()[0])) for line in axes.lines if (line.get_gid() or "").startswith("ratio-")}
        assert rows == set(range(6))


def test_title_counts_what_is_decided_and_leaves_out_who_is_alike(figure):
    assert title_of(figure) == (
        "Of 10 metrics, beside Flask, Flask 8t is worse in 1; "
        "beside Quart, Quart uvicorn is better in 1 and worse in 1, Raw relay better in 2, Original demo worse in 1"
    )


def test_too_few_trials_decide_nothing_and_the_title_says_so():
    assert title_of(drawn({("raw", "relay_seconds p50"): 0.01}, number=2)) == (
        "No difference between any two is decided in 10 metrics"
    )


def test_ratio_far_beyond_is_an_arrow_so_that_small_ones_can_be_seen():
    axes = drawn({("raw", "relay_seconds p50"): 0.001, ("demo", "relay_seconds p50"): 1.3}).axes[0]
    assert axes.get_xlim()[0] > 0.05
    figure = drawn({("raw", "relay_seconds p50"): 0.001})
    marks = [line.get_marker() for axes in figure.axes for line in axes.lines if line.get_gid() == "ratio-raw"]
    assert marks.count("<") == 1


def test_metric_that_a_target_lacks_is_said_to_be_missing():
    trials = [
        trial(name, "quiet", 20, index, numbers={"ttft_seconds p50": 0.5} if name != "raw" else {"turn_seconds p50": 1})
        for name in NAMES
        for index in range(1, 7)
    ]
    with matplotlib.rc_context(SETTINGS):
        figure = ratios.draw(gather(conclude(run(*trials, targets=TARGETS)), []))
    assert "not measured" in said(figure)[0]
