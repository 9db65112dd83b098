"""What became of one target from run A to run B: the ratio of every key number, with its interval.

Look at whether a bar touches the grey band: outside it the difference is real and large enough to matter, inside it
the two runs are alike for practical purposes. A hollow mark has too few trials for an interval and proves nothing. The
thin grey bar below shows the same number beside the first target: what the machine did to both is not in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.charts import forest, style
from bench.charts.data import colour_of
from bench.charts.forest import Reach
from bench.charts.lettering import printable
from bench.compare import words
from bench.compare.record import Change, Compared, Comparison, Side
from bench.results import Target
from bench.validity import worst

_MOST_ROWS = 24
_STAMP_POINTS = {True: 130.0, False: 200.0}
"""How much room the stamp needs, by whether both runs are whole."""
_ABOVE, _BELOW = 0.14, 0.3
"""How far above its row a ratio is drawn, and how far below it the one beside the first target; in rows."""


@dataclass(frozen=True)
class OfTarget:
    """What the chart is of."""

    comparison: Comparison
    target: Target


def draw(data: OfTarget) -> Figure | None:
    comparison, target = data.comparison, data.target
    groups = _groups(comparison, target)
    rows = [row for group in groups for row in group]
    if not rows:
        return None
    whole = comparison.base.complete and comparison.other.complete
    title, room = words.title(comparison, target), _STAMP_POINTS[whole]
    figure = style.blank(title, _subtitle(comparison, rows), caption(comparison), room)
    axes = figure.add_axes((0.355, 0.13, 0.36, style.TOP - 0.095))
    reach = forest.reach_of(number for row in rows for each in (row.change, row.beside) for number in _numbers(each))
    forest.prepare(axes, reach, "B / A (log scale)")
    _fill(axes, target, groups, reach)
    verdict = worst(side.validity.verdict for side in (comparison.base, comparison.other))
    style.stamp(figure, verdict, complete=whole)
    return figure


def caption(comparison: Comparison) -> tuple[str, str]:
    """What is held against what, from where; and before all else that two machines are."""
    base, other = comparison.base, comparison.other
    sides = [f"{letter}: run {side.id}, {_commit(side)}" for letter, side in (("A", base), ("B", other))]
    machines = [f"{side.cpu_model}, {side.cpu_count} cores" for side in (base, other)]
    if comparison.across_machines:
        return words.ACROSS, style.SEPARATOR.join([*sides, f"{machines[0]} against {machines[1]}"])
    moments = f"measured at {base.started_at} and {other.started_at}: the machine's state may be part of a difference"
    return style.SEPARATOR.join(sides), style.SEPARATOR.join([moments, machines[0]])


def _commit(side: Side) -> str:
    if side.commit is None:
        return "commit unknown"
    return f"commit {side.commit[:9]}{' with changes' if side.dirty else ''}"


def _subtitle(comparison: Comparison, rows: Sequence[Compared]) -> str:
    beside = ""
    if any(row.beside for row in rows):
        first = comparison.names[comparison.targets[0].name]
        beside = f" Thin: the same of the ratio to {first}, without what the machine did to both."
    return f"Run B over run A, with the exact 95 % interval; log scale. Grey band: no difference that matters.{beside}"


def _groups(comparison: Comparison, target: Target) -> list[list[Compared]]:
    """Scenario by scenario, what tells most first, and no more than can be read."""
    rows = [row for row in comparison.key_rows(target.name) if row.change.number("ratio") is not None]
    groups = [list(group) for _, group in groupby(rows, key=lambda row: (row.scenario, row.sessions))]
    most = max(_MOST_ROWS // max(len(groups), 1), 1)
    return [group[:most] for group in groups]


def _numbers(change: Change | None) -> list[float | None]:
    return [change.number(end) for end in ("ratio", "low", "high")] if change else []


def _fill(axes: Axes, target: Target, groups: Sequence[Sequence[Compared]], reach: Reach) -> None:
    y = 0.0
    aside = axes.get_yaxis_transform()
    for group in groups:
        where = printable(words.place(group[0]))
        axes.text(-0.895, y, where, weight="bold", transform=aside, va="center", size=style.LABEL_POINTS)
        for row in group:
            y += 1
            axes.text(-0.87, y, words.row_title(row), transform=aside, va="center", size=style.SMALL_POINTS)
            _mark(axes, row.change, y - _ABOVE if row.beside else y, reach, target)
            _words(axes, row.change, y)
            if row.beside:
                _mark(axes, row.beside, y + _BELOW, reach, None)
        y += 1.35
    axes.set_ylim(y - 0.6, -0.7)


def _mark(axes: Axes, change: Change, y: float, reach: Reach, target: Target | None) -> None:
    """Of the target in its colour; of None, small and grey, of the ratio beside the first target."""
    ratio, low, high = _numbers(change)
    colour, size, name = (colour_of(target), 9.0, "") if target else (style.MODEL, 4.0, "beside-")
    if low is not None and high is not None:
        axes.plot([forest.within(low, reach), forest.within(high, reach)], [y, y], color=colour,
                  linewidth=3.4 if target else 1.4, solid_capstyle="butt", gid=f"{name}interval")  # fmt: skip
    if ratio is not None:
        axes.plot(
            [forest.within(ratio, reach)], [y], linestyle="none", marker=forest.marker(ratio, reach, "o"),
            markersize=size, markeredgecolor=colour, markeredgewidth=size / 5, gid=f"{name}ratio",
            markerfacecolor=style.PAPER if low is None else colour,
        )  # fmt: skip


def _words(axes: Axes, change: Change, y: float) -> None:
    low, aside = change.number("low"), axes.get_yaxis_transform()
    said = words.ratio(change) if low is not None else units.factor(change.number("ratio"))
    axes.text(1.02, y, said, transform=aside, va="center", size=style.SMALL_POINTS)
    axes.text(
        1.71, y, change.verdict or "", transform=aside, va="center", ha="right", size=style.SMALL_POINTS, weight="bold",
        color=forest.colour_of(change.verdict),
    )  # fmt: skip
