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
from bench.charts.data import ChartData, colour_of, ink_of
from bench.charts.forest import Reach
from bench.charts.key import key_places
from bench.metrics import METRICS
from bench.pairs import bases
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
    most = 1 if style.are_many(data.run.targets) else _MOST_ROWS // max(len(places) * (len(data.run.targets) - 1), 1)
    groups = [(place, rows) for place, chosen in places if (rows := _rows(data, place, chosen[: max(most, 1)]))]
    if not groups:
        return None
    figure = style.sheet(
        data,
        _finding(data, [row for _, rows in groups for row in rows]),
        f"Ratio to {_base(data)}, median of the trials' ratios with its 95 % interval; "
        "log scale. Grey band: no difference that matters in practice.",
        [place for place, _ in groups],
    )
    axes = figure.add_axes((0.355, 0.13, 0.36, style.TOP - 0.095))
    reach = forest.reach_of(bound for _, rows in groups for row in rows for bound in (row.ratio, row.low, row.high))
    forest.prepare(axes, reach, f"ratio to {_base(data)} (log scale)")
    _fill(axes, data, groups, reach)
    return figure


def _base(data: ChartData) -> str:
    """What each target is held against."""
    names = set(bases(data.run).values())
    first = next((target for target in data.run.targets if names == {target.name}), None)
    return style.name_of(data, first) if first else "the target named behind the stroke"


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
    alone = len({row.comparison.base for row in rows}) == 1
    base = f" with {names[rows[0].comparison.base]}" if alone else " each"
    said: list[str] = []
    verdicts: list[Judgement] = []
    for other in dict.fromkeys(row.comparison.other for row in rows):
        of_other = [row.comparison for row in rows if row.comparison.other == other]
        verdicts = [comparison.verdict for comparison in of_other]
        held = "" if alone else f" beside {names[of_other[0].base]}"
        if set(verdicts) == {"inconclusive"}:
            between = "it" if alone else names[of_other[0].base]
            said.append(f"none decides between {between} and {names[other]}")
            continue
        counts = [f"{phrase} in {verdicts.count(word)}" for word, phrase in _VERDICTS.items() if word in verdicts]
        said.append(f"{names[other]}{held} is {', '.join(counts)}")
    return f"Of {len(verdicts)} comparisons{base}, {'; '.join(said)}"


def _fill(axes: Axes, data: ChartData, groups: list[tuple[Place, list[Row]]], reach: Reach) -> None:
    y = 0.0
    for (scenario, sessions), rows in groups:
        many = style.are_many(data.run.targets)
        head = f"{scenario}, {sessions} people" + (f": {_metric(rows[0].comparison)}" if many else "")
        axes.text(-0.895, y, head, weight="bold", transform=axes.get_yaxis_transform(),
                  va="center", size=style.LABEL_POINTS)  # fmt: skip
        named = ""
        for row in rows:
            y += 1
            metric = _metric(row.comparison)
            _row(axes, data, row, y, reach)
            if many:
                _name_pair(axes, data, row.comparison, y)
            elif metric != named:
                axes.text(-0.87, y, metric, transform=axes.get_yaxis_transform(), va="center", size=style.SMALL_POINTS)
            named = metric
        y += 1.35
    axes.set_ylim(y - 0.6, -0.7)


def _name_pair(axes: Axes, data: ChartData, comparison: Comparison, y: float) -> None:
    """Left of its row."""
    called = {target.name: target for target in data.run.targets}
    other, base = called[comparison.other], called[comparison.base]
    axes.text(
        -0.87, y, f"{style.name_of(data, other)} / {style.name_of(data, base)}", color=ink_of(other), va="center",
        transform=axes.get_yaxis_transform(), size=style.SMALL_POINTS, gid=f"pair-{other.name}",
    )  # fmt: skip


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
    who = "" if alone or style.are_many(data.run.targets) else f"{style.name_of(data, target)}  "
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
