import pytest
from made_up import FLASK, QUART
from made_up_size import made

from bench import charts
from bench.charts import size as chart


def axes_of(size):
    (axes,) = chart.draw(size).axes
    return axes


def lines(size):
    return {line.get_gid(): line for line in axes_of(size).lines if line.get_gid()}


def test_each_step_is_an_instance_more_and_as_wide_as_what_one_carries():
    size = made()
    steps = lines(size)["steps-flask"]
    flask = size.sized[0]
    each = flask.cost_per_hour / flask.instances
    assert list(steps.get_xdata())[:3] == [0, flask.usual_sessions, 2 * flask.usual_sessions]
    assert list(steps.get_ydata())[:3] == pytest.approx([each, each, 2 * each])


def test_the_dot_is_the_bill_for_those_who_were_asked_about():
    size = made()
    dot = lines(size)["at-quart"]
    assert (list(dot.get_xdata()), list(dot.get_ydata())) == ([1000], [size.sized[1].cost_per_hour])
    assert dot.get_color() == QUART.colour


def test_staircase_reaches_to_the_right_edge():
    size = made()
    edge = axes_of(size).get_xlim()[1]
    assert all(lines(size)[f"steps-{name}"].get_xdata()[-1] >= edge for name in ("flask", "quart"))


def test_without_prices_instances_are_drawn():
    size = made(prices=None)
    assert axes_of(size).get_ylabel() == "instances"
    assert list(lines(size)["at-flask"].get_ydata()) == [18]


def test_a_target_that_serves_nobody_is_left_out_and_none_leaves_no_chart():
    assert chart.draw(made(objective="ttft_added p95 <= 1ms")) is None


def test_many_steps_are_drawn_as_fewer():
    assert len(lines(made(users=10**6))["steps-flask"].get_xdata()) <= chart.MOST_STEPS + 2


def test_title_is_the_finding_and_the_same_sizing_draws_the_same():
    first, second = charts.picture("size", made()), charts.picture("size", made())
    assert first == second
    assert first.title.startswith("Flask takes 18 instances for 1,000 people at a time")
    assert FLASK.colour.lower() in first.svg.lower()
