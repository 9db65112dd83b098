"""A comparison as a chart can draw it: its ratio and interval, and the words for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from matplotlib.axes import Axes

from bench import units
from bench.book import Place
from bench.charts import forest, style
from bench.charts.data import ChartData, colour_of
from bench.charts.forest import Reach
from bench.charts.key import Key
from bench.metrics import METRICS
from bench.results import Comparison, Judgement

VERDICTS: dict[Judgement, str] = {
    "better": "better",
    "no difference": "alike",
    "worse": "worse",
    "inconclusive": "undecided",
}


@dataclass(frozen=True)
class Row:
    comparison: Comparison
    ratio: float
    """Infinite where the base is 0."""
    low: float | None
    high: float | None


def rows_of(data: ChartData, place: Place, chosen: Sequence[Key]) -> list[Row]:
    """In the order of the keys, then of the run."""
    return [
        row
        for key in chosen
        for comparison in data.run.comparisons
        if (comparison.scenario, comparison.sessions) == place
        and (comparison.metric, comparison.statistic) == key
        and (row := row_of(comparison))
    ]


def row_of(comparison: Comparison) -> Row | None:
    """With the infinities back in that JSON cannot hold; None where there is no ratio at all."""
    divided_by_zero = any("the base is 0" in warning for warning in comparison.warnings)
    ratio, low, high = comparison.ratio, comparison.low, comparison.high
    if ratio is None:
        if not divided_by_zero:
            return None
        ratio = inf
    if high is None and divided_by_zero and (low is not None or comparison.verdict != "inconclusive"):
        high = inf
        low = inf if low is None else low
    return Row(comparison, ratio, low, high)


def metric_of(comparison: Comparison) -> str:
    title = METRICS[comparison.metric].title
    statistic = "" if comparison.statistic == "value" else f", {comparison.statistic}"
    more = " (more is better)" if METRICS[comparison.metric].better == "higher" else ""
    return f"{title}{statistic}{more}"


def numbers_of(row: Row) -> str:
    said = units.factor(row.ratio)
    if row.low is None or row.high is None:
        return said
    return f"{said}  [{units.factor(row.low)[1:]}, {units.factor(row.high)[1:]}]"


def mark(axes: Axes, data: ChartData, row: Row, y: float, reach: Reach, size: float = 9) -> None:
    """The ratio with its interval; `size` in points. Hollow where there are too few trials for one."""
    target = next(target for target in data.run.targets if target.name == row.comparison.other)
    colour = colour_of(target)
    if row.low is not None and row.high is not None:
        axes.plot([forest.within(row.low, reach), forest.within(row.high, reach)], [y, y], color=colour, linewidth=3.4,
                  solid_capstyle="butt", gid="interval")  # fmt: skip
    axes.plot(
        [forest.within(row.ratio, reach)], [y], linestyle="none",
        marker=forest.marker(row.ratio, reach, style.marker_of(data, target)),
        markersize=size, markeredgecolor=colour, markeredgewidth=1.8, gid=f"ratio-{target.name}",
        markerfacecolor=style.PAPER if row.low is None else colour,
    )  # fmt: skip
