"""A forest of ratios: what the charts that draw one share. The scale, its band of no difference, and its edges."""

from collections.abc import Iterable
from math import ceil, floor, inf, log10

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bench.charts import style
from bench.results import Judgement
from bench.stats import MARGIN

_WIDEST = 1000.0
"""Ratios beyond this, or its reciprocal, are arrows at the edge."""
_EDGE = 1.25
"""How far behind the outermost ratio an arrow stands."""
Reach = tuple[float, float]
"""The smallest and the largest ratio that is drawn where it is."""


def reach_of(numbers: Iterable[float | None]) -> Reach:
    """From 1/2 to 2 at least, and as far as there are ratios and bounds which are neither 0 nor infinite."""
    bounds = [number for number in numbers if number and number != inf]
    return max(min([0.5, *bounds]), 1 / _WIDEST), min(max([2.0, *bounds]), _WIDEST)


def prepare(axes: Axes, reach: Reach, label: str) -> None:
    """The scale, the line of 1, and the band around it."""
    axes.set_xscale("log")
    axes.set_xlim(reach[0] / _EDGE**1.4, reach[1] * _EDGE**1.4)
    axes.axvspan(1 / (1 + MARGIN), 1 + MARGIN, color=style.MUTED, alpha=0.18, linewidth=0, gid="margin")
    axes.axvline(1, color=style.MUTED, linewidth=1)
    decades = range(floor(log10(reach[0])), ceil(log10(reach[1])) + 1)
    steps = (1, 2, 5) if len(decades) <= 3 else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    shown = [tick for tick in ticks if reach[0] / _EDGE <= tick <= reach[1] * _EDGE]
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel(label)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x")


def within(ratio: float, reach: Reach) -> float:
    return min(max(ratio, reach[0] / _EDGE), reach[1] * _EDGE)


def marker(ratio: float, reach: Reach, usual: str) -> str:
    """An arrow head where the ratio itself lies beyond the edge."""
    if ratio < reach[0] / _EDGE:
        return "<"
    return ">" if ratio > reach[1] * _EDGE else usual


def colour_of(verdict: Judgement | None) -> str:
    """Of the word that says it."""
    return style.STAMPS["VALID"] if verdict == "better" else style.STALE if verdict == "worse" else style.MUTED
