"""The ratios of many targets: a panel for each metric that tells them apart, in each the same pairs."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.book import Place
from bench.charts import alike, forest, style
from bench.charts.compared import VERDICTS, Row, mark, metric_of, rows_of
from bench.charts.data import ChartData, ink_of
from bench.charts.forest import Reach
from bench.charts.key import Key
from bench.charts.lettering import wrapped
from bench.pairs import bases

_COLUMNS = 4
_CROWDED = 8
"""With more pairs than this, one row of panels is all there is room for."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.155, 0.985, 0.775, 0.11
_HEAD = 0.088
"""Of the sheet's height, above each panel."""
_FOOT = 0.038
_FOREST = 0.52
"""Of a panel's width; the words have the rest."""
_FAR = 8.0
"""A ratio beyond this, or its reciprocal, is told in numbers."""
_WORDS, _HEADING = 9.0, 9.5

Panel = tuple[Place, list[Row]]
Pair = tuple[str, str]
"""Base and other."""


def draw(data: ChartData, places: Sequence[tuple[Place, Sequence[Key]]]) -> Figure | None:
    every = [(place, rows) for place, chosen in places for key in chosen if (rows := rows_of(data, place, [key]))]
    if not every:
        return None
    pairs = [(base, other) for other, base in bases(data.run).items()]
    panels = telling(every, _COLUMNS * (2 if len(pairs) <= _CROWDED else 1))
    figure = style.sheet(
        data,
        _finding(data, every, pairs),
        "Ratio to the target behind the stroke, median of the trials' ratios with its 95 % interval; log scale. Grey "
        f"band: no difference that matters. {_which(panels, every)}",
        [place for place, _ in panels],
    )
    reach = _reach(panels)
    lines = -(-len(panels) // _COLUMNS)
    for index, panel in enumerate(panels):
        line, column = divmod(index, _COLUMNS)
        axes = figure.add_axes(_box(line, column, lines))
        forest.prepare(axes, reach, "")
        _panel(axes, data, panel, pairs, reach)
        if column == 0:
            _name_pairs(axes, data, pairs)
    return figure


def _reach(panels: Sequence[Panel]) -> Reach:
    """The same for all; what lies far beyond is an arrow, as differences of a few percent are to be seen as well."""
    bounds = (bound for _, rows in panels for row in rows for bound in (row.ratio, row.low, row.high))
    least, largest = forest.reach_of(bounds)
    return max(least, 1 / _FAR), min(largest, _FAR)


def telling(every: Sequence[Panel], most: int) -> list[Panel]:
    """Those with the most differences that are decided, and of such those with the most likenesses; in their order."""

    def told(index: int) -> tuple[int, int, int]:
        verdicts = [row.comparison.verdict for row in every[index][1]]
        return -verdicts.count("better") - verdicts.count("worse"), -verdicts.count("no difference"), index

    return [every[index] for index in sorted(sorted(range(len(every)), key=told)[:most])]


def _which(panels: Sequence[Panel], every: Sequence[Panel]) -> str:
    if len(panels) == len(every):
        return "Every metric."
    any_told = any(row.comparison.verdict in ("better", "worse") for _, rows in panels for row in rows)
    return f"{len(panels)} of {len(every)} metrics, those that tell most{' targets apart' if any_told else ''}."


def _finding(data: ChartData, every: Sequence[Panel], pairs: Sequence[Pair]) -> str:
    """What is better and worse of all that is compared, drawn or not."""
    called = {target.name: alike.who(data, [target]) for target in data.run.targets}
    clauses = []
    for base in dict.fromkeys(base for base, _ in pairs):
        counted = [(other, _counts(every, (base, other))) for one, other in pairs if one == base]
        told = [(other, counts) for other, counts in counted if counts]
        said = [f"{called[other]} {'' if index else 'is '}{counts}" for index, (other, counts) in enumerate(told)]
        if said:
            clauses.append(f"beside {called[base]}, {', '.join(said)}")
    if not clauses:
        return f"No difference between any two is decided in {len(every)} metrics"
    return f"Of {len(every)} metrics, {'; '.join(clauses)}"


def _counts(every: Sequence[Panel], pair: Pair) -> str:
    """'better in 5 and worse in 1'; empty where no difference is decided."""
    verdicts = [
        row.comparison.verdict
        for _, rows in every
        for row in rows
        if (row.comparison.base, row.comparison.other) == pair
    ]
    return " and ".join(f"{word} in {verdicts.count(word)}" for word in ("better", "worse") if word in verdicts)


def _box(line: int, column: int, lines: int) -> tuple[float, float, float, float]:
    """Of a panel's forest, as shares of the sheet."""
    width, height = (_RIGHT - _LEFT) / _COLUMNS, (_TOP - _BOTTOM) / lines
    bottom = _TOP - (line + 1) * height + _FOOT
    return _LEFT + column * width, bottom, _FOREST * width, height - _HEAD - _FOOT


def _panel(axes: Axes, data: ChartData, panel: Panel, pairs: Sequence[Pair], reach: Reach) -> None:
    _, rows = panel
    axes.set_ylim(len(pairs) - 0.4, -0.6)
    axes.tick_params(axis="x", labelsize=_WORDS, pad=2)
    for row in rows:
        y = pairs.index((row.comparison.base, row.comparison.other))
        mark(axes, data, row, y, reach, 7)
        verdict = row.comparison.verdict
        axes.text(
            1.04, y, f"{units.factor(row.ratio)} {VERDICTS[verdict]}", transform=axes.get_yaxis_transform(),
            va="center", size=_WORDS, color=forest.colour_of(verdict),
            weight="bold" if verdict in ("better", "worse") else "normal",
        )  # fmt: skip
    for line in axes.lines:
        line.set_clip_on(False)  # arrows stand at the edge
    for y, pair in enumerate(pairs):
        if pair not in {(row.comparison.base, row.comparison.other) for row in rows}:
            axes.text(1.04, y, "not measured", transform=axes.get_yaxis_transform(), va="center", size=_WORDS,
                      color=style.MUTED)  # fmt: skip
    _head(axes, panel)


def _head(axes: Axes, panel: Panel) -> None:
    """What the panel shows, and where it was measured."""
    (scenario, sessions), rows = panel
    room = (_RIGHT - _LEFT) / _COLUMNS * style.WIDTH_INCHES * 72 - 12
    head = wrapped(metric_of(rows[0].comparison), _HEADING, room, bold=True)
    lines = [
        *((text, "bold", style.INK) for text in head),
        (f"{scenario}, {units.people(sessions)}", "normal", style.MUTED),
    ]
    for index, (text, weight, colour) in enumerate(reversed(lines)):
        axes.annotate(
            text, (0, 1), xycoords="axes fraction", xytext=(0, 5 + 12.5 * index), textcoords="offset points",
            size=_HEADING, weight=weight, color=colour,
        )  # fmt: skip


def _name_pairs(axes: Axes, data: ChartData, pairs: Sequence[Pair]) -> None:
    """Left of the rows."""
    called = {target.name: target for target in data.run.targets}
    for y, (base, other) in enumerate(pairs):
        axes.text(
            -0.06, y, f"{style.name_of(data, called[other])} / {style.name_of(data, called[base])}",
            color=ink_of(called[other]), va="center", ha="right", transform=axes.get_yaxis_transform(), size=_WORDS,
            gid=f"pair-{other}",
        )  # fmt: skip
