"""Each target against the one it is held against, metric by metric, with the interval of the ratio.

Look at whether a bar touches the grey band: outside it the difference is real and large enough to matter, inside it
the two are alike for practical purposes. A hollow mark has too few trials for an interval and proves nothing. An arrow
head at the edge stands for a ratio beyond the scale.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.book import Place
from bench.charts import forest, ratio_panels, style
from bench.charts.compared import VERDICTS, Row, mark, metric_of, numbers_of, rows_of
from bench.charts.data import ChartData
from bench.charts.forest import Reach
from bench.charts.key import key_places
from bench.pairs import bases
from bench.results import Judgement

_MOST_ROWS = 24


def draw(data: ChartData) -> Figure | None:
    places = key_places(data)
    if style.are_many(data.run.targets):
        return ratio_panels.draw(data, places)
    # the metrics that tell most come first
    most = _MOST_ROWS // max(len(places) * (len(data.run.targets) - 1), 1)
    groups = [(place, rows) for place, chosen in places if (rows := rows_of(data, place, chosen[: max(most, 1)]))]
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
    return style.name_of(data, first) if first else "the target behind it"


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
        counts = [f"{phrase} in {verdicts.count(word)}" for word, phrase in VERDICTS.items() if word in verdicts]
        said.append(f"{names[other]}{held} is {', '.join(counts)}")
    return f"Of {len(verdicts)} comparisons{base}, {'; '.join(said)}"


def _fill(axes: Axes, data: ChartData, groups: list[tuple[Place, list[Row]]], reach: Reach) -> None:
    y = 0.0
    for (scenario, sessions), rows in groups:
        axes.text(-0.895, y, f"{scenario}, {sessions} people", weight="bold", transform=axes.get_yaxis_transform(),
                  va="center", size=style.LABEL_POINTS)  # fmt: skip
        named = ""
        for row in rows:
            y += 1
            metric = metric_of(row.comparison)
            _row(axes, data, row, y, reach)
            if metric != named:
                axes.text(-0.87, y, metric, transform=axes.get_yaxis_transform(), va="center", size=style.SMALL_POINTS)
            named = metric
        y += 1.35
    axes.set_ylim(y - 0.6, -0.7)


def _row(axes: Axes, data: ChartData, row: Row, y: float, reach: Reach) -> None:
    comparison = row.comparison
    target = next(target for target in data.run.targets if target.name == comparison.other)
    mark(axes, data, row, y, reach)
    alone = len(data.run.targets) == 2
    size = style.SMALL_POINTS if alone else 9.5
    verdict = comparison.verdict
    who = "" if alone else f"{style.name_of(data, target)}  "
    axes.text(1.02, y, who + numbers_of(row), transform=axes.get_yaxis_transform(), va="center", size=size)
    axes.text(
        1.71, y, verdict, transform=axes.get_yaxis_transform(), va="center", ha="right", size=size, weight="bold",
        color=forest.colour_of(verdict),
    )  # fmt: skip
