"""What people saw of each fault that struck behind the server they spoke to.

Each bar is all strikes of one fault at one target, cut by what people saw of them; the numbers are strikes. Blue is
well: the reply came. Grey is honest: the turn failed, and an error said so. Orange and red are not: the session ended
without a word, a reply was cut short as if that were all, or nothing came until the person gave up. Beside the bar
stand the median time until the client knew, and until the same question, asked again, was answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bench import units
from bench.charts import alike, style
from bench.charts.data import ChartData, ink_of
from bench.charts.lettering import width_points
from bench.faults.record import Seen
from bench.faults.tally import Kind, Tallies, Tally, tallies_of, trials_of, wrongly_touched
from bench.faults.words import SAW, WHEN, title
from bench.results import Target

LOOKS: dict[Seen, tuple[str, str, str]] = {
    "unnoticed": ("#0072B2", "", "white"),
    "late": ("#56B4E9", "", style.INK),
    "told": ("#C9CFD6", "", style.INK),
    "closed": ("#E69F00", "//", style.INK),
    "cut_short": ("#D55E00", "xx", "white"),
    "given_up": ("#8B0020", "..", "white"),
    "unknown": (style.PAPER, "", style.MUTED),
}
"""Fill, hatching, so that colour is never the only sign, and the colour of letters on it."""
_PANEL_TOP, _PANEL_BOTTOM = 0.735, 0.075
_NAMES_SHARE = 0.28
"""Of a panel's width: the names of the faults."""
_BAR_SHARES = (0.42, 0.42, 0.34, 0.3)
"""Of a target's column, by how many there are, where times stand beside the bar."""
_PANEL_WIDTH = 0.465
_LEGEND_POINTS = 10.0
_MOST_WITH_TIMES = len(_BAR_SHARES)
"""Targets; with more there is no room."""


@dataclass(frozen=True)
class _Line:
    """A heading where there is no kind."""

    heading: str
    kind: Kind | None = None


def draw(data: ChartData) -> Figure | None:
    tallies = tallies_of(data.run)
    there = [target for target in data.run.targets if target.name in tallies.by_target]
    if not there:
        return None
    places = list(dict.fromkeys((t.scenario, t.sessions) for target in there for t in trials_of(data.run, target)))
    figure = style.sheet(data, _finding(data, there, tallies), _subtitle(there), places)
    left, right = _halves(tallies.kinds)
    height = max(len(left), len(right))
    for lines, x in ((left, style.LEFT - 0.03), (right, 0.515)):
        axes = figure.add_axes((x, _PANEL_BOTTOM, _PANEL_WIDTH, _PANEL_TOP - _PANEL_BOTTOM))
        _panel(axes, data, there, tallies, lines, height)
    _legend(figure, tallies)
    return figure


def _finding(data: ChartData, there: Sequence[Target], tallies: Tallies) -> str:
    wholes = {target.name: tallies.all_of(target.name) for target in there}
    shares = [(target, wholes[target.name].dark / max(wholes[target.name].known, 1)) for target in there]
    worst_first = sorted(shares, key=lambda share: share[1], reverse=True)
    if style.are_many(there):
        said = [
            f"{group.said} with {alike.who(data, group.targets)}" for group in alike.groups(worst_first, units.percent)
        ]
    else:
        wholes_of = [(style.name_of(data, target), wholes[target.name]) for target, _ in worst_first]
        said = [f"{name} {whole.dark} of {whole.known}" for name, whole in wholes_of]
    wronged = sum(wrongly_touched(data.run, target) for target in there)
    others = f"; {wronged} sessions suffered that no fault had struck" if wronged else "; nobody else is hurt"
    return f"Faults that leave people in the dark: {', '.join(said)}{others}"


def _subtitle(there: Sequence[Target]) -> str:
    times = (
        " Beside it, medians: until the client knew / until the question, asked again, was answered."
        if len(there) <= _MOST_WITH_TIMES
        else " How soon they knew is told in the table."
    )
    return f"What people saw when Gemini failed them, as shares of each fault's strikes.{times}"


def _halves(kinds: Sequence[Kind]) -> tuple[list[_Line], list[_Line]]:
    """Lines of the left panel and of the right, about as many each, a heading above each part."""
    half = (len(kinds) + 1) // 2
    return _lines(kinds[:half]), _lines(kinds[half:])


def _lines(kinds: Sequence[Kind]) -> list[_Line]:
    lines: list[_Line] = []
    moment = ""
    for kind in kinds:
        if kind[0] != moment:
            moment = kind[0]
            lines.append(_Line(WHEN[moment]))
        lines.append(_Line("", kind))
    return lines


def _panel(
    axes: Axes, data: ChartData, there: Sequence[Target], tallies: Tallies, lines: Sequence[_Line], height: int
) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(max(height, 8) + 0.1, -1.2)
    size = _size(height)
    column = _column(there)
    times_size = _times_size(there, tallies, size)
    for number, target in enumerate(there):
        name = style.name_of(data, target)
        axes.text(
            _NAMES_SHARE + number * column, -0.6, name if len(there) <= _MOST_WITH_TIMES else name.replace(" ", "\n"),
            size=min(10.5, 80 * column), weight="bold", va="baseline", color=ink_of(target), clip_on=False,
            linespacing=1.0,
        )  # fmt: skip
    for y, line in enumerate(lines):
        if line.kind is None:
            axes.text(0, y + 0.08, line.heading, size=size, weight="bold", va="center")
            continue
        axes.text(0.008, y, title(line.kind), size=size, va="center")
        for number, target in enumerate(there):
            tally = tallies.of(target.name, line.kind)
            _bar(axes, tally, (_NAMES_SHARE + number * column, y), there, size, times_size)


def _size(height: int) -> float:
    """Of letters, where so many lines stand below one another."""
    return min(11.0, 330 / max(height, 8) * 0.72)


def _column(there: Sequence[Target]) -> float:
    """The share of a panel that is a target's."""
    return (1 - _NAMES_SHARE) / len(there)


def _bar_share(there: Sequence[Target]) -> float:
    """The share of a panel that a whole bar takes."""
    return _column(there) * (_BAR_SHARES[len(there) - 1] if len(there) <= _MOST_WITH_TIMES else 0.9)


def _times_size(there: Sequence[Target], tallies: Tallies, size: float) -> float:
    """Of the letters of all times: the longest have room beside their bar."""
    room = (_column(there) - _bar_share(there) - 0.02) * _PANEL_WIDTH * style.WIDTH_INCHES * 72
    times = [_times(tallies.of(target.name, kind)) for target in there for kind in tallies.kinds]
    return min(size * 0.92, size * room / max(1.0, *(width_points(each, size) for each in times)))


def _bar(
    axes: Axes, tally: Tally, corner: tuple[float, float], there: Sequence[Target], size: float, times_size: float
) -> None:
    x, y = corner
    width = _bar_share(there)
    if not tally.strikes:
        axes.text(x, y, "did not strike", size=size * 0.9, color=style.MUTED, va="center")
        return
    start = x
    for seen, number in tally.counts.items():
        fill, hatch, letters = LOOKS[seen]
        share = width * number / len(tally.strikes)
        axes.add_patch(
            Rectangle(
                (start, y - 0.38), share, 0.76, facecolor=fill, hatch=hatch, linewidth=0.5,
                edgecolor=style.MUTED if seen == "unknown" else style.PAPER, gid=f"seen-{seen}",
            )
        )  # fmt: skip
        if share > 0.022:
            axes.text(
                start + share / 2, y, str(number), size=size * 0.85, color=letters, ha="center", va="center",
                weight="bold", bbox={"facecolor": fill, "edgecolor": "none", "pad": 0.6},
            )  # fmt: skip
        start += share
    if len(there) <= _MOST_WITH_TIMES and (times := _times(tally)):
        axes.text(x + width + 0.008, y, times, size=times_size, va="center", color=style.INK, gid="times")


def _times(tally: Tally) -> str:
    known, answered = tally.known_seconds, tally.recovered_seconds
    if known is None and answered is None:
        return ""
    return " / ".join("-" if number is None else _short(number) for number in (known, answered))


def _short(seconds: float) -> str:
    """As `units.seconds`, but of what is less than a millisecond no more than that."""
    if seconds < 0.001:
        return "<1 ms"
    return units.seconds(seconds) if seconds < 0.0995 else f"{seconds:.1f} s"


def _legend(figure: Figure, tallies: Tallies) -> None:
    occurred = {seen for target in tallies.by_target for seen in tallies.all_of(target).counts}
    x = style.LEFT - 0.03
    for seen, words in SAW.items():
        if seen not in occurred:
            continue
        fill, hatch, _ = LOOKS[seen]
        figure.patches.append(
            Rectangle(
                (x, 0.768), 0.016, 0.02, transform=figure.transFigure, facecolor=fill, hatch=hatch, linewidth=0.5,
                edgecolor=style.MUTED if seen == "unknown" else style.PAPER, figure=figure,
            )
        )  # fmt: skip
        figure.text(x + 0.02, 0.778, words, size=_LEGEND_POINTS, va="center")
        x += 0.034 + width_points(words, _LEGEND_POINTS) / 72 / style.WIDTH_INCHES
