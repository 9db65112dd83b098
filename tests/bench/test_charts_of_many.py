"""All targets of the table in one picture: whatever is written there can be read."""

import re
from importlib import import_module
from itertools import combinations, cycle
from typing import get_args

import matplotlib
import pytest
from made_up import run, trial
from made_up_run import made_up_data
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from bench.charts import NAMES, ttft
from bench.charts.data import ChartData, colour_of, gather, ink_of
from bench.charts.style import SETTINGS
from bench.evaluate import conclude
from bench.faults.record import Holding, Seen, Struck, Suffered
from bench.results import Target
from bench.targets import resolve
from servers.fake_gemini.faults.kinds import KINDS

SPILL_POINTS = 1.5
"""How far letters may come into another line's box: that of a line is higher than its letters."""


@pytest.fixture(scope="module")
def whole() -> ChartData:
    return made_up_data(targets=resolve(["all"]))


@pytest.fixture(scope="module")
def suffering() -> ChartData:
    """Every fault there is has struck each target twice, and people saw all that they may see."""
    targets = resolve(["all"])
    seen = cycle(get_args(Seen))
    held = Holding(memory_bytes=50_000_000, threads=5, descriptors=17)
    trials = []
    for target in targets:
        strikes = [
            Struck(fault=name, moment=moment, at=1.0, session="1/1", turn="a", seen=next(seen), known_seconds=0.02)
            for name, kind in KINDS.items()
            for moment in (kind.moments[0],) * 2
        ]
        suffered = Suffered(script="each", struck=strikes, touched=9, untouched=9, before=held, after=held)
        trials.append(trial(target.name, faults=suffered))
    return gather(conclude(run(*trials, targets=targets)), [])


@pytest.fixture
def data(request: pytest.FixtureRequest, name: str) -> ChartData:
    """What a chart is drawn from."""
    drawn_from: ChartData = request.getfixturevalue("suffering" if name == "faults" else "whole")
    return drawn_from


def written(name: str, data: ChartData) -> dict[str, Bbox]:
    """Each text that is seen, to the box that it is in."""
    with matplotlib.rc_context(SETTINGS):
        figure = import_module(f"bench.charts.{name}").draw(data)
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        shown = [*figure.texts, *(text for axes in figure.axes for text in texts_of(axes))]
        return {
            f"{number} {text.get_text()}": text.get_window_extent(renderer)
            for number, text in enumerate(shown)
            if text.get_text().strip()
        }


def texts_of(axes: Axes) -> list[Text]:
    """Without ticks beyond the ends of an axis, which there are and nobody draws."""
    if not axes.axison:
        return list(axes.texts)
    texts = [*axes.texts, axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        texts += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [text for text in texts if text.get_visible()]


@pytest.mark.parametrize("name", NAMES)
def test_no_words_lie_on_others(name: str, data: ChartData) -> None:
    overlapping = [
        (one, other)
        for (one, a), (other, b) in combinations(written(name, data).items(), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > SPILL_POINTS and min(a.y1, b.y1) - max(a.y0, b.y0) > SPILL_POINTS
    ]
    assert overlapping == []


@pytest.mark.parametrize("name", NAMES)
def test_all_words_lie_on_the_sheet(name: str, data: ChartData) -> None:
    outside = [text for text, box in written(name, data).items() if box.x0 < 0 or box.x1 > 1280 or box.y0 < 0]
    assert outside == []


@pytest.mark.parametrize("name", ["ttft"])
def test_turns_beyond_the_axis_are_told_in_few_words(
    name: str, data: ChartData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ttft, "_FAR", 0.9)
    (told,) = [text for text in written(name, data) if "turns further right" in text]
    assert re.search(r"[1-9]\d* in all, [1-9]\d* at most with one$", told)
    test_all_words_lie_on_the_sheet(name, data)


@pytest.mark.parametrize("name", ["crowd", "resources"])
def test_every_target_stands_in_the_key_once(name: str, data: ChartData) -> None:
    told = [text.split(" ", 1)[1].splitlines()[0] for text in written(name, data)]
    assert [told.count(call) for call in data.book.names.values()] == [1] * 7


@pytest.mark.parametrize("target", resolve(["all"]), ids=lambda target: target.name)
def test_letters_are_dark_enough_and_marks_are_as_bright_as_can_be(target: Target) -> None:
    ink, colour = ([int(shade[at : at + 2], 16) for at in (1, 3, 5)] for shade in (ink_of(target), colour_of(target)))
    assert all(dark <= bright for dark, bright in zip(ink, colour, strict=True))
    assert sum(ink) < 500
