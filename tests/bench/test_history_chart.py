from itertools import pairwise

import pytest
from made_up import QUART
from made_up_history import STOP, a_run, commit_of, days, estimate, history_of, noisy

from bench import charts
from bench.charts import history as chart, style
from bench.charts.commits import thinned
from bench.history.series import FOLLOWED
from bench.history.sheets import Sheet, sheets_of

STEPPED = noisy(0.007, at_15=1.2)


def sheet_of(runs, rule=FOLLOWED[0]):
    (sheet,) = sheets_of(history_of(runs), rule)
    return sheet


def axes_of(runs, rule=FOLLOWED[0]):
    (axes,) = chart.draw(sheet_of(runs, rule)).axes
    return axes


def drawn(axes):
    return {line.get_gid(): line for line in axes.lines if line.get_gid()}


def labels(axes):
    return [text.get_text() for text in axes.texts if text.get_gid() == "change-label"]


def test_every_run_is_a_mark_in_its_unit_and_order():
    line = drawn(axes_of(days(30, STEPPED)))["used-A-1"]
    assert list(line.get_xdata()) == list(range(30))
    assert list(line.get_ydata()) == pytest.approx([1000 * STEPPED(day) for day in range(30)])
    assert line.get_markerfacecolor() == QUART.colour


def test_change_is_a_line_between_two_runs_with_the_commit_behind_it():
    axes = axes_of(days(30, STEPPED))
    assert list(drawn(axes)["change"].get_xdata()) == [14.5, 14.5]
    (label,) = labels(axes)
    assert label.startswith("\N{MULTIPLICATION SIGN}1.") and label.endswith(f"at {commit_of(15)[:7]}")


def test_levels_and_intervals_are_drawn():
    axes = axes_of(days(30, STEPPED))
    gids = [each.get_gid() for each in axes.collections]
    assert gids.count("level-A-1") == 2 and gids.count("interval-used-A-1") == 30


def test_doubtful_runs_are_ringed_and_invalid_ones_hollow_and_not_joined():
    value = noisy(0.007)
    verdicts = {3: "SUSPECT", 5: "INVALID"}
    found = drawn(axes_of([a_run(day, estimate(value(day)), verdict=verdicts.get(day, "VALID")) for day in range(12)]))
    assert list(found["doubtful-A-1"].get_xdata()) == [3]
    assert found["doubtful-A-1"].get_markeredgecolor() == chart.DOUBTFUL
    assert list(found["invalid-A-1"].get_xdata()) == [5]
    assert found["invalid-A-1"].get_markerfacecolor() == style.PAPER
    assert 5 not in list(found["joined-A-1"].get_xdata())


def test_machines_have_marks_of_their_own_and_a_key():
    value = noisy(0.007)
    runs = [a_run(day, estimate(value(day)), machine={"cpu_model": f"m{day % 2}"}) for day in range(24)]
    figure = chart.draw(sheet_of(runs))
    found = drawn(figure.axes[0])
    assert list(found["joined-A-1"].get_xdata()) == list(range(0, 24, 2))
    assert found["used-A-1"].get_marker() != found["used-B-1"].get_marker()
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said[:2] == ["machine A", "machine B"]
    assert any("machine B: m1" in text.get_text() for text in figure.texts)


def test_axis_begins_at_0_unless_that_hides_everything():
    assert axes_of([a_run(day, estimate(value)) for day, value in enumerate([1.0, 2.0, 1.5])]).get_ylim()[0] == 0
    assert axes_of(days(30, noisy(0.007, noise=0.01))).get_ylim()[0] == 0  # noise may be hidden
    close = axes_of(days(30, noisy(0.007, noise=0.002, at_15=1.1)))
    assert close.get_ylim()[0] > 0 and "not from 0" in close.get_ylabel()
    wide = axes_of([a_run(day, estimate(value)) for day, value in enumerate([1.0, 1.0, 1.0, 90.0])])
    assert wide.get_yscale() == "log" and "logarithmic" in wide.get_ylabel()


def test_nothing_but_zeros_is_drawn():
    rule = next(each for each in FOLLOWED if each.metric == STOP)
    axes = axes_of(days(12, lambda day: 0.0, metric=STOP, statistic="p50"), rule)
    assert axes.get_ylim() == (0, 1) and labels(axes) == []
    possible = estimate(0.0, metric=STOP, statistic="p50").model_copy(update={"high": 0.04})
    assert axes_of([a_run(0, possible)], rule).get_ylim()[1] >= 40


def test_labels_of_many_runs_are_thinned_and_that_of_the_change_is_kept():
    axes = axes_of(days(100, noisy(0.007, at_50=1.2)))
    ticks = [int(place) for place in axes.get_xticks()]
    assert 50 in ticks and 3 < len(ticks) < 25
    assert axes.get_xticklabels()[ticks.index(50)].get_text() == f"{commit_of(50)[:7]}\n02-20"


@pytest.mark.parametrize("apart", [0.5, 3.2, 200.0])
def test_thinned_places_keep_their_distance_and_take_those_wanted_first(apart):
    places = thinned(100, [41, 42], apart)
    assert 41 in places and places == sorted(places)
    assert all(second - first >= apart for first, second in pairwise(places))
    assert thinned(1, [], 5.0) == [0]


def test_drift_is_a_slanting_line():
    line = drawn(axes_of([a_run(day, estimate(0.007 * 1.02**day)) for day in range(30)]))["drift-A-1"]
    first, last = line.get_ydata()
    assert last / first == pytest.approx(1.02**29, rel=0.02)


def test_same_history_gives_the_same_bytes_and_nothing_gives_no_picture():
    sheet = sheet_of(days(12, STEPPED))
    assert charts.picture("history", sheet) == charts.picture("history", sheet)
    assert "Each mark is the estimate of one run" in charts.picture("history", sheet).look_for
    assert charts.picture("history", Sheet(sheet.history, sheet.rule, [])) is None
