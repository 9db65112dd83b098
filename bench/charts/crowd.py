"""What happens when more and more people come: waiting, answers in time, and the wait to get in.

Look at where the lines part. A server with a thread per person can serve no more people at a time than it has
threads: the dotted line. Who waits behind it for the whole window has no time to first words at all and is seen only
in the middle panel.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.book import HOLDS, Place, telling_place
from bench.charts import alike, style
from bench.charts.data import ChartData, colour_of
from bench.charts.steps import Number, against_sessions, finish, key, name_lines, right_of
from bench.results import Target

WAIT = "ttft_from_plan_seconds"


def draw(data: ChartData) -> Figure | None:
    if not data.crowd_places:
        return None
    objective = f"{data.run.objective_seconds:g} s"
    figure = style.sheet(
        data,
        _finding(data),
        "Each mark is one trial, the line the median of the trials"
        + ("." if style.are_many(data.run.targets) else " (dashed: p90, where there are turns enough).")
        + (" Hollow: trials that are INVALID." if data.doubtful_targets(data.crowd_places) else ""),
        data.crowd_places,
    )
    grid = figure.add_gridspec(
        1, 3, left=style.LEFT, right=right_of(data, 0.925), top=style.TOP - 0.02, bottom=style.BOTTOM,
        wspace=0.33 if style.are_many(data.run.targets) else 0.48,
    )  # fmt: skip
    _waiting(figure.add_subplot(grid[0]), data)
    _answered(figure.add_subplot(grid[1]), data, objective)
    _connecting(figure.add_subplot(grid[2]), data)
    key(figure, data)
    return figure


def _finding(data: ChartData) -> str:
    telling = telling_place(data.book)
    place = telling or data.crowd_places[-1]
    shares = data.centers(place, "goodput_ratio", "value")
    if not shares:
        return "More and more people at a time"
    objective = f"{data.run.objective_seconds:g} s"
    if style.are_many(shares):
        return f"With {place[1]} people {_of_many(data, shares, objective)}"
    said = [
        f"{style.name_of(data, target)} answers {'only ' if share < HOLDS else ''}{units.percent(share)}"
        for target, share in shares
    ]
    return f"With {place[1]} people {', '.join(said)} of prompts within {objective}"


def _of_many(data: ChartData, shares: Sequence[tuple[Target, float]], objective: str) -> str:
    """`shares` ascend; those who answer most come first."""
    first, *others = alike.groups(shares[::-1], units.percent)
    answer = "answers" if len(first.targets) == 1 else "answer"
    rest = "".join(
        f", {alike.who(data, group.targets)} {'answer ' if len(group.targets) > alike.NAMED else ''}{group.said}"
        for group in others
    )
    return f"{alike.who(data, first.targets)} {answer} {first.said} of prompts within {objective}{rest}"


def _waiting(axes: Axes, data: ChartData) -> None:
    ends = against_sessions(axes, data, Number(WAIT, "p50"))
    if not style.are_many(data.run.targets):
        against_sessions(axes, data, Number(WAIT, "p90", "--"))
    finish(axes, data, "Wait for the first words", "seconds, waiting included", WAIT)
    name_lines(axes, data, ends)


def _answered(axes: Axes, data: ChartData, objective: str) -> None:
    ends = against_sessions(axes, data, Number("goodput_ratio", "value"))
    any_lost = False
    for target in data.run.targets:
        lost = [(place[1], share) for place in data.crowd_places if (share := _lost(data, place, target.name))]
        if lost:
            any_lost = True
            axes.plot(
                [at for at, _ in lost], [share for _, share in lost], "x", color=colour_of(target), markersize=7,
                markeredgewidth=2, clip_on=False, zorder=5, gid=f"lost-{target.name}",
            )  # fmt: skip
    if any_lost:
        axes.text(
            0.08, 0.74, "\N{MULTIPLICATION SIGN} failed or unfinished", size=9.5, color=style.MUTED,
            transform=axes.transAxes, zorder=6, bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
    axes.set_ylim(0, 1.02)
    finish(axes, data, f"Answered within {objective}", "share of prompts", "goodput_ratio")
    name_lines(axes, data, ends)


def _lost(data: ChartData, place: Place, target: str) -> float:
    """Share of the turns planned in the windows that failed or were still open at the end, all trials together."""
    turns = [trial.turns for trial in data.book.trials(target, place)]
    lost = sum(there.failed + there.unfinished for there in turns)
    return lost / (lost + sum(there.ok for there in turns)) if lost else 0.0


def _connecting(axes: Axes, data: ChartData) -> None:
    ends = against_sessions(axes, data, Number("connect_seconds", "max"))
    finish(axes, data, "Longest wait to connect", "seconds", "connect_seconds")
    name_lines(axes, data, ends)
