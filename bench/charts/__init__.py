"""The pictures of a run, in the order of the page. To add one, write its module and name it in `NAMES`.

A chart's module has a docstring (its first paragraph says what it shows, the second what to look for) and
`draw(data)`, which gives a figure, or None where the run has nothing for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import cleandoc
from io import BytesIO
from typing import TYPE_CHECKING

from bench.charts.vector import clean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bench.charts.data import ChartData

NAMES = ("barge_in", "sequence", "waterfall", "crowd", "ttft", "resources", "faults", "ratios")
_SLIDE_DPI = 200
"""Twice the 1280 by 720 that a chart is laid out for."""


@dataclass(frozen=True)
class Picture:
    """One chart, drawn."""

    name: str
    title: str
    look_for: str
    """What to see in it, from its module's docstring."""
    svg: str
    png: bytes


def pictures(data: "ChartData") -> Iterator[Picture]:
    """Every chart that the run has something for. The same run gives the same bytes."""
    for name in NAMES:
        if drawn := picture(name, data):
            yield drawn


def picture(name: str, data: object) -> Picture | None:
    """One chart, of what its module draws from; None where there is nothing for it."""
    import matplotlib

    from bench.charts.style import SETTINGS

    chart = import_module(f"bench.charts.{name}")
    with matplotlib.rc_context(SETTINGS), matplotlib.rc_context({"svg.hashsalt": name}):
        figure = chart.draw(data)
        if figure is None:
            return None
        return Picture(name, title_of(figure), look_for(chart.__doc__), _svg(figure, name), _png(figure))


def title_of(figure: "Figure") -> str:
    """The finding, in one line."""
    return " ".join(text.get_text() for text in figure.texts if (text.get_gid() or "").startswith("title-"))


def look_for(docstring: str | None) -> str:
    """All paragraphs but the first line's, on one line."""
    return " ".join(cleandoc(docstring or "").partition("\n\n")[2].split())


def _svg(figure: "Figure", name: str) -> str:
    file = BytesIO()
    figure.savefig(file, format="svg", dpi=_SLIDE_DPI, metadata={"Date": None, "Creator": None})
    return clean(file.getvalue().decode(), name)


def _png(figure: "Figure") -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", dpi=_SLIDE_DPI, metadata={"Software": None})
    return file.getvalue()
