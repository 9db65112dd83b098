import pytest
from made_up import QUART
from made_up_pair import compared, on, one, scaled

from bench import charts
from bench.charts import comparison as chart, style
from bench.charts.comparison import OfTarget
from bench.charts.lettering import width_points
from bench.compare import words
from bench.results import Validity


def drawn(comparison, index=1):
    return chart.draw(OfTarget(comparison, comparison.targets[index]))


def marks(figure, gid):
    (axes,) = figure.axes
    return [line for line in axes.lines if line.get_gid() == gid]


def changed(factor=3.0, metric="relay_seconds"):
    a = one()
    return compared(a, scaled(a, factor, metric, "quart"))


def test_every_key_number_has_its_ratio_and_interval():
    comparison = changed()
    rows = comparison.key_rows("quart")
    figure = drawn(comparison)
    ratios = [line.get_xdata()[0] for line in marks(figure, "ratio")]
    assert ratios == pytest.approx([row.change.ratio for row in rows])
    assert max(ratios) == pytest.approx(3)
    assert [tuple(line.get_xdata()) for line in marks(figure, "interval")] == [
        pytest.approx((row.change.low, row.change.high)) for row in rows
    ]


def test_second_target_is_drawn_beside_the_first_too_and_the_first_is_not():
    comparison = changed()
    known = [row for row in comparison.key_rows("quart") if row.beside.number("ratio") is not None]
    assert len(marks(drawn(comparison), "beside-ratio")) == len(known) > 0
    assert not marks(drawn(comparison, 0), "beside-ratio")


def test_few_trials_are_hollow_and_have_no_bar():
    figure = drawn(compared(one(number=3), one(number=3)))
    assert not marks(figure, "interval")
    assert {line.get_markerfacecolor() for line in marks(figure, "ratio")} == {chart.style.PAPER}


def test_ratio_to_nothing_is_an_arrow_at_the_edge():
    a = one()
    figure = drawn(compared(scaled(a, 0.0, "relay_seconds", "quart"), a))
    assert ">" in {line.get_marker() for line in marks(figure, "ratio")}
    assert any("\N{INFINITY}" in text.get_text() for text in figure.axes[0].texts)


def test_no_difference_has_its_band():
    (band,) = [patch for patch in drawn(changed()).axes[0].patches if patch.get_gid() == "margin"]
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((1 / 1.05, 1.05))


def test_title_is_the_finding_and_the_caption_says_when_both_were_measured():
    comparison = changed()
    picture = charts.picture("comparison", OfTarget(comparison, comparison.targets[1]))
    assert picture.title.startswith("B against A, Quart: worse in 1 of ")
    assert "grey band" in picture.look_for
    assert any("machine's state may be part" in text.get_text() for text in drawn(comparison).texts)


def test_caption_of_two_machines_begins_by_saying_what_that_means():
    a = one()
    comparison = compared(a, on(a, cpu_count=4), across_machines=True)
    assert chart.caption(comparison)[0] == words.ACROSS
    assert "2 cores against made up, 4 cores" in chart.caption(comparison)[1]
    assert any(text.get_text() == words.ACROSS for text in drawn(comparison).texts)


def test_stamp_is_that_of_the_worse_run():
    b = one().model_copy(update={"complete": False})
    (stamp,) = [text for text in drawn(compared(one(), b)).texts if text.get_gid() == "stamp"]
    assert stamp.get_text() == "VALID, INCOMPLETE"


@pytest.mark.parametrize("length", range(5, 25, 2))
def test_title_leaves_room_for_a_long_stamp(length):
    suspect = Validity(verdict="SUSPECT")
    target = QUART.model_copy(update={"label": "Q" * length})
    a = one(targets=[target], number=3)
    figure = drawn(compared(a, a.model_copy(update={"complete": False, "validity": suspect})), 0)
    (stamp,) = [text for text in figure.texts if text.get_gid() == "stamp"]
    sheet = style.WIDTH_INCHES * 72
    left = stamp.get_position()[0] * sheet - width_points(stamp.get_text(), stamp.get_size(), bold=True)
    titles = [text for text in figure.texts if (text.get_gid() or "").startswith("title-")]
    ends = [t.get_position()[0] * sheet + width_points(t.get_text(), t.get_size(), bold=True) for t in titles]
    assert ends and max(ends) < left - 5


def test_same_comparison_gives_the_same_bytes():
    comparison = changed()
    of = OfTarget(comparison, comparison.targets[1])
    assert charts.picture("comparison", of) == charts.picture("comparison", of)


def test_nothing_is_drawn_of_no_key_number():
    comparison = changed().model_copy(update={"compared": []})
    assert drawn(comparison) is None
