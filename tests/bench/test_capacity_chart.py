import pytest
from made_up import FLASK, QUART
from made_up_capacity import begun, full_core, holding, made, only, spoiled

from bench import charts
from bench.charts import capacity as chart


def axes_of(record):
    (axes,) = chart.draw(record).axes
    return axes


def lines(record):
    return {line.get_gid(): line for line in axes_of(record).lines if line.get_gid()}


def test_every_probe_is_a_mark_by_answer_and_by_whether_it_was_sustained():
    record = made()
    drawn = lines(record)
    marks = [line for gid, line in drawn.items() if gid.startswith(("probe-", "confirming-"))]
    assert sum(len(line.get_xdata()) for line in marks) == len(record.probes)
    assert list(drawn["confirming-held-flask"].get_xdata()) == [100] * 6
    assert next(iter(drawn["probe-missed-flask"].get_ydata())) == 0.8


def test_misses_are_hollow_and_what_was_sustained_is_larger():
    drawn = lines(made())
    assert drawn["probe-missed-quart"].get_markerfacecolor() == chart.style.PAPER
    assert drawn["probe-held-quart"].get_markerfacecolor() == QUART.colour
    assert drawn["confirming-held-quart"].get_markersize() > drawn["probe-held-quart"].get_markersize()


def test_what_was_spoiled_is_a_cross_and_no_part_of_the_line():
    drawn = lines(only(holding(640, at_400=spoiled), repeats=1))
    assert list(drawn["probe-spoiled-quart"].get_xdata()) == [400, 400]
    assert drawn["probe-spoiled-quart"].get_marker() == "x"
    assert 400 not in list(drawn["line-quart"].get_xdata())


def test_capacity_is_a_line_with_its_interval_as_a_band():
    record = only(holding(640, in_3=holding(600)))
    axes = axes_of(record)
    (held,) = [line for line in axes.lines if line.get_gid() == "held-quart"]
    (band,) = [patch for patch in axes.patches if patch.get_gid() == "interval-quart"]
    (one,) = record.held
    assert set(held.get_xdata()) == {one.sessions}
    assert (band.get_x(), band.get_x() + band.get_width()) == (one.low, one.high)


def test_few_searches_have_no_band():
    assert not axes_of(only(holding(640), repeats=2)).patches


def test_interval_that_is_open_reaches_to_the_end():
    axes = axes_of(only(holding(5000)))
    (band,) = axes.patches
    assert band.get_x() + band.get_width() == pytest.approx(axes.get_xlim()[1])


def test_threads_are_marked_where_there_are_as_many_people():
    assert set(lines(made())["limit-flask"].get_xdata()) == {FLASK.threads}
    assert not any("limit" in gid for gid in lines(only(holding(640))))


def test_target_that_misses_at_once_has_marks_and_no_capacity():
    drawn = lines(only(full_core))
    assert list(drawn["probe-missed-quart"].get_xdata()) == [50]
    assert "held-quart" not in drawn


def test_title_is_the_finding_and_the_stamp_its_verdict():
    picture = charts.picture("capacity", made())
    assert picture.title == "Flask holds 100 people, Quart 625"
    assert "line falls" in picture.look_for
    stamps = [text.get_text() for text in chart.draw(only(spoiled)).texts if text.get_gid() == "stamp"]
    assert stamps == ["INVALID"]


def test_same_record_gives_the_same_bytes():
    assert charts.picture("capacity", made()) == charts.picture("capacity", made())


def test_nothing_is_drawn_of_nothing():
    assert charts.picture("capacity", begun()) is None
