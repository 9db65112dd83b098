"""The sequence of many targets: none is left out, and what is drawn is what was recorded."""

import matplotlib
import pytest
from made_up_run import MODEL_SECONDS, PASSES_ON_SECONDS, TALKS_ON_SECONDS, made_up_data
from pytest import approx

from bench.charts import sequence, title_of
from bench.charts.style import SETTINGS
from bench.targets import resolve

TARGETS = resolve(["all"])
BLOCKING = [target.name for target in TARGETS if target.style == "blocking"]


def drawn(**choices):
    with matplotlib.rc_context(SETTINGS):
        return sequence.draw(made_up_data(targets=TARGETS, number=1, **choices))


@pytest.fixture(scope="module")
def figure():
    return drawn()


def strip(figure, name):
    return next(axes for axes in figure.axes if any(text.get_gid() == f"name-{name}" for text in axes.texts))


def words(axes):
    return " / ".join(text.get_text() for text in axes.texts)


def test_every_target_has_a_strip_and_all_have_the_same_time(figure):
    strips = [strip(figure, target.name) for target in TARGETS]
    assert len({id(axes) for axes in strips}) == len(TARGETS) == 7
    assert len({axes.get_xlim() for axes in strips}) == 1


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_prompt_lies_in_the_server_from_when_it_was_sent_until_gemini_had_it(figure, target):
    axes = strip(figure, target.name)
    (wait,) = [line for line in axes.lines if line.get_gid() == "wait"]
    start, end = wait.get_xdata()
    seconds = TALKS_ON_SECONDS if target.name in BLOCKING else PASSES_ON_SECONDS
    added = 0.020 if target.name in BLOCKING else 0.005
    assert start == approx(1000 * (MODEL_SECONDS + added + 0.25), abs=0.01)
    assert end - start == approx(1000 * seconds, abs=0.01)
    assert ("B lies unread for 300 ms" if target.name in BLOCKING else "B passed on after 2.0 ms") in words(axes)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_came_after_the_interruption_is_crossed_and_counted(figure, target):
    axes = strip(figure, target.name)
    stale = [text for text in axes.texts if text.get_gid() == "stale"]
    assert len(stale) == (3 if target.name in BLOCKING else 0)
    assert ("3 stale chunks, silent after 300 ms" if stale else "nothing stale") in words(axes)


def test_title_tells_those_that_pass_it_on_at_once_together(figure):
    assert title_of(figure) == (
        "The interruption reaches Gemini after 300 ms with 3 of 7, within 2.0 ms with 4 of 7"
    )  # fmt: skip


def test_geminis_side_is_left_out_where_it_was_not_seen():
    figure = drawn(tags=False)
    assert title_of(figure) == "The old reply goes on for 300 ms with 3 of 7, not at all with 4 of 7"
    for target in TARGETS:
        axes = strip(figure, target.name)
        assert "Gemini" not in words(axes)
        assert not [line for line in axes.lines if line.get_gid() == "wait"]
