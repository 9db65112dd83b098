"""Each target against the first, metric by metric, with the interval of the ratio.

Look at whether a bar touches the grey band: outside it the difference is real and large enough to matter, inside it
the two are alike for practical purposes. A hollow mark has too few trials for an interval and proves nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.book import Place
from bench.charts import forest, style
from bench.charts.data import ChartData, colour_of
from bench.charts.forest import Reach
from bench.charts.key import key_places
from bench.metrics import METRICS
from bench.results import Comparison, Judgement

_MOST_ROWS = 24

_VERDICTS: dict[Judgement, str] = {
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


def draw(data: ChartData) -> Figure | None:
    places = key_places(data)
    # the metrics that tell most come first
    most = _MOST_ROWS // max(len(places) * (len(data.run.targets) - 1), 1)
    groups = [(place, rows) for place, chosen in places if (rows := _rows(data, place, chosen[: max(most, 1)]))]
    if not groups:
        return None
    figure = style.sheet(
        data,
        _finding(data, [row for _, rows in groups for row in rows]),
        f"Ratio to {style.name_of(data, data.run.targets[0])}, median of the trials' ratios with its 95 % interval; "
        "log scale. Grey band: no difference that matters in practice.",
        [place for place, _ in groups],
    )
    axes = figure.add_axes((0.355, 0.13, 0.36, style.TOP - 0.095))
    reach = forest.reach_of(bound for _, rows in groups for row in rows for bound in (row.ratio, row.low, row.high))
    forest.prepare(axes, reach, f"ratio to {style.name_of(data, data.run.targets[0])} (log scale)")
    _fill(axes, data, groups, reach)
    return figure


def _rows(data: ChartData, place: Place, chosen: Sequence[tuple[str, str]]) -> list[Row]:
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


def _finding(data: ChartData, rows: Sequence[Row]) -> str:
    names = {target.name: style.name_of(data, target) for target in data.run.targets}
    base = names[rows[0].comparison.base]
    said: list[str] = []
    verdicts: list[Judgement] = []
    for other in dict.fromkeys(row.comparison.other for row in rows):
        verdicts = [row.comparison.verdict for row in rows if row.comparison.other == other]
        if set(verdicts) == {"inconclusive"}:
            said.append(f"none decides between it and {names[other]}")
            continue
        counts = [f"{phrase} in {verdicts.count(word)}" for word, phrase in _VERDICTS.items() if word in verdicts]
        said.append(f"{names[other]} is {', '.join(counts)}")
    return f"Of {len(verdicts)} comparisons with {base}, {'; '.join(style.extremes(said))}"


def _fill(axes: Axes, data: ChartData, groups: list[tuple[Place, list[Row]]], reach: Reach) -> None:
    y = 0.0
    for (scenario, sessions), rows in groups:
        axes.text(-0.895, y, f"{scenario}, {sessions} people", weight="bold", transform=axes.get_yaxis_transform(),
                  va="center", size=style.LABEL_POINTS)  # fmt: skip
        named = ""
        for row in rows:
            y += 1
            metric = _metric(row.comparison)
            _row(axes, data, row, y, reach)
            if metric != named:
                axes.text(-0.87, y, metric, transform=axes.get_yaxis_transform(), va="center", size=style.SMALL_POINTS)
            named = metric
        y += 1.35
    axes.set_ylim(y - 0.6, -0.7)


def _row(axes: Axes, data: ChartData, row: Row, y: float, reach: Reach) -> None:
    comparison = row.comparison
    target = next(target for target in data.run.targets if target.name == comparison.other)
    colour = colour_of(target)
    if row.low is not None and row.high is not None:
        axes.plot([forest.within(row.low, reach), forest.within(row.high, reach)], [y, y], color=colour, linewidth=3.4,
                  solid_capstyle="butt", gid="interval")  # fmt: skip
    axes.plot(
        [forest.within(row.ratio, reach)], [y], linestyle="none",
        marker=forest.marker(row.ratio, reach, style.marker_of(data, target)),
        markersize=9, markeredgecolor=colour, markeredgewidth=1.8, gid=f"ratio-{target.name}",
        markerfacecolor=style.PAPER if row.low is None else colour,
    )  # fmt: skip
    alone = len(data.run.targets) == 2
    size = style.SMALL_POINTS if alone else 9.5
    verdict = comparison.verdict
    who = "" if alone else f"{style.name_of(data, target)}  "
    axes.text(1.02, y, who + _numbers(row), transform=axes.get_yaxis_transform(), va="center", size=size)
    axes.text(
        1.71, y, verdict, transform=axes.get_yaxis_transform(), va="center", ha="right", size=size, weight="bold",
        color=forest.colour_of(verdict),
    )  # fmt: skip


def _metric(comparison: Comparison) -> str:
    title = METRICS[comparison.metric].title
    statistic = "" if comparison.statistic == "value" else f", {comparison.statistic}"
    more = " (more is better)" if METRICS[comparison.metric].better == "higher" else ""
    return f"{title}{statistic}{more}"


def _numbers(row: Row) -> str:
    said = units.factor(row.ratio)
    if row.low is None or row.high is None:
        return said
    return f"{said}  [{units.factor(row.low)[1:]}, {units.factor(row.high)[1:]}]"
