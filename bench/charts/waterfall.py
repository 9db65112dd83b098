"""Interruptions one by one: what arrived before, after, and when the new reply began.

Each lane is one interruption of one person, at 0. Grey ticks are the old reply while it was wanted; crosses are what
still came of it afterwards; filled marks are the new reply. Look at how far the crosses reach to the right.
"""

from dataclasses import dataclass
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.book import UNNOTICED_SECONDS, Place
from bench.charts import alike, style
from bench.charts.data import ChartData, colour_of, ink_of
from bench.charts.lettering import width_points
from bench.readings import stale, stop
from bench.results import Target
from bench.windows import BargeIn

_BEFORE_SECONDS = 0.6
_AFTER_SECONDS = 0.5
"""How much of the new reply is shown behind its latest beginning."""


@dataclass(frozen=True)
class Lane:
    """One interruption, with every moment in seconds after it."""

    stop_seconds: float
    stale_chunks: float
    old: list[float]
    new: list[float]
    acknowledged: float | None


def draw(data: ChartData) -> Figure | None:
    place = data.interruption_place
    targets = data.measured_targets(place, "stop_seconds") if place else []
    if place is None or not targets:
        return None
    rows = 1 if len(targets) <= 3 else 2
    count = 12 if rows == 1 else 6
    lanes = {target.name: pick(lanes_of(data, target, place), count) for target in targets}
    figure = style.sheet(
        data,
        _finding(data, targets, place),
        f"Up to {count} interruptions per target, evenly from the one that stopped soonest (top) to the one that "
        "talked on longest (bottom). Each mark is a chunk of text as it arrived.",
        [place],
    )
    grid = figure.add_gridspec(
        rows, ceil(len(targets) / rows), left=style.LEFT, right=style.RIGHT,
        top=style.TOP - (0.03 if rows == 1 else 0.07), bottom=style.BOTTOM,
        wspace=0.12, hspace=0.42,
    )  # fmt: skip
    latest = max((lane.new[0] for there in lanes.values() for lane in there), default=1.0)
    for index, target in enumerate(targets):
        axes = figure.add_subplot(grid[index // grid.ncols, index % grid.ncols])
        _lanes(axes, data, target, lanes[target.name])
        if rows == 1:
            _legend(axes, lanes[target.name], colour_of(target))
        if index + grid.ncols >= len(targets):  # nothing below it
            axes.set_xlabel("seconds after the interruption")
        axes.set_xlim(-_BEFORE_SECONDS, latest + _AFTER_SECONDS)
        axes.set_ylim(count - 0.3, -1.5 if rows == 1 else -0.7)
    if rows > 1:
        _legend_of_all(figure, [lane for there in lanes.values() for lane in there])
    return figure


def lanes_of(data: ChartData, target: Target, place: Place) -> list[Lane]:
    """Every interruption whose two replies ended properly, from the shortest stop to the longest."""
    barge_ins = [barge_in for trial in data.trials(target, place) for barge_in in data.window(trial).barge_ins]
    lanes = [lane for barge_in in barge_ins if (lane := _lane(barge_in))]
    return sorted(lanes, key=lambda lane: (lane.stop_seconds, lane.new[0]))


def pick(lanes: list[Lane], count: int) -> list[Lane]:
    """So many of them, spread evenly over their ranks, the first and the last included."""
    if len(lanes) <= count:
        return lanes
    return [lanes[round(index * (len(lanes) - 1) / (count - 1))] for index in range(count)]


def _lane(barge_in: BargeIn) -> Lane | None:
    old, new, moment = barge_in.old, barge_in.new, barge_in.old.interrupted_at
    if old.outcome != "ok" or new.outcome != "ok" or moment is None or not new.chunks_at:
        return None
    return Lane(
        stop_seconds=stop(old, moment),
        stale_chunks=stale(old, moment),
        old=[at - moment for at in old.chunks_at],
        new=[at - moment for at in new.chunks_at],
        acknowledged=None if old.acknowledged_at is None else old.acknowledged_at - moment,
    )


def _finding(data: ChartData, targets: list[Target], place: Place) -> str:
    counts: dict[str, tuple[int, int]] = {}
    for target in targets:
        every = lanes_of(data, target, place)
        if every and data.estimate(target, place, "stale_chunks", "p50"):
            counts[target.name] = sum(lane.stop_seconds <= UNNOTICED_SECONDS for lane in every), len(every)
    if not counts:
        return "What arrived before and after each interruption"
    said = _of_many(data, counts) if style.are_many(list(counts)) else _of_few(data, counts)
    return f"Silent within {units.seconds(UNNOTICED_SECONDS)} of an interruption: {', '.join(said)}"


def _of_few(data: ChartData, counts: dict[str, tuple[int, int]]) -> list[str]:
    """How many of how many, from the target that was silent least often."""
    named = [(target, *counts[target.name]) for target in data.run.targets if target.name in counts]
    found = [(silent / of, f"{style.name_of(data, target)} in {silent} of {of}") for target, silent, of in named]
    return [text for _, text in sorted(found)]


def _of_many(data: ChartData, counts: dict[str, tuple[int, int]]) -> list[str]:
    """From those that were silent most often; a target that nobody else reads like, in how many of how many."""
    shares = [
        (target, counts[target.name][0] / counts[target.name][1])
        for target in data.run.targets
        if target.name in counts
    ]
    said = []
    for group in alike.groups(sorted(shares, key=lambda share: -share[1]), units.percent):
        silent, of = counts[group.targets[0].name]
        often = f"in {silent} of {of}" if len(group.targets) == 1 else f"in {group.said}"
        always = {"100 %": "always", "0 %": "never"}
        said.append(f"{alike.who(data, group.targets)} {always.get(group.said, often)}")
    return said


def _lanes(axes: Axes, data: ChartData, target: Target, lanes: list[Lane]) -> None:
    colour = colour_of(target)
    marker = style.marker_of(data, target)
    for row, lane in enumerate(lanes):
        late = [at for at in lane.old if at > 0]
        before = [at for at in lane.old if at <= 0]
        if late:
            axes.plot([0, late[-1]], [row, row], color=style.STALE, linewidth=7, alpha=0.16, solid_capstyle="butt")
        axes.plot(before, [row] * len(before), "|", color=style.MUTED, markersize=10, markeredgewidth=1.6, gid="old")
        axes.plot(late, [row] * len(late), "x", color=style.STALE, markersize=6.5, markeredgewidth=1.8, gid="stale")
        axes.plot(lane.new, [row] * len(lane.new), marker, color=colour, markersize=6, markeredgewidth=0, gid="new")
        if lane.acknowledged is not None:
            axes.plot([lane.acknowledged], [row], "|", color=style.INK, markersize=17, markeredgewidth=2.2, gid="ack")
    axes.axvline(0, color=style.INK, linewidth=1.8)
    axes.set_title(style.name_of(data, target), loc="left", weight="bold", color=ink_of(target), pad=8)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    style.scale(axes, "x", "s")


def _legend_of_all(figure: Figure, lanes: list[Lane]) -> None:
    """What each kind of mark is, said once for all targets."""
    words = [
        ("| old reply", style.MUTED),
        ("\N{BOX DRAWINGS HEAVY VERTICAL} at 0: interruption", style.INK),
        ("filled: new reply", style.INK),
    ]
    if any(lane.acknowledged is not None for lane in lanes):
        words.append(("\N{BOX DRAWINGS HEAVY VERTICAL} after 0: server says it is cut", style.INK))
    if any(lane.stale_chunks for lane in lanes):
        words.append(("\N{MULTIPLICATION SIGN} stale", style.STALE))
    x = style.LEFT
    for text, colour in words:
        figure.text(x, style.TOP - 0.005, text, color=colour, size=style.SMALL_POINTS)
        x += (width_points(text, style.SMALL_POINTS) + 22) / (style.WIDTH_INCHES * 72)


def _legend(axes: Axes, lanes: list[Lane], colour: str) -> None:
    """What each kind of mark is, said once above the lanes in its own colour."""
    for text, text_colour, side, x in (
        ("old reply", style.MUTED, "right", -0.03),
        ("interruption", style.INK, "left", 0.03),
    ):
        axes.text(x, -0.95, text, color=text_colour, ha=side, va="center", size=style.SMALL_POINTS)
    words = [("new reply", colour)]
    if any(lane.acknowledged is not None for lane in lanes):
        words.append(("\N{BOX DRAWINGS HEAVY VERTICAL} server says it is cut", style.INK))
    if any(lane.stale_chunks for lane in lanes):
        words.append(("\N{MULTIPLICATION SIGN} stale", style.STALE))
    right = 1.0
    room = axes.get_position().width * style.WIDTH_INCHES * 72
    for text, text_colour in words:
        axes.text(right, 1.02, text, color=text_colour, ha="right", transform=axes.transAxes, size=style.SMALL_POINTS)
        right -= (width_points(text, style.SMALL_POINTS) + 16) / room
