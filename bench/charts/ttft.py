"""How long people wait for the first words, when nobody interrupts and there is room for all.

Look at the distance between a target's line and the grey one: the grey one is what the model took by itself, so the
distance is what the server adds. A dashed line left of its solid one shows waiting that a plain stopwatch, started
when the prompt is at last sent, would hide.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.book import Place
from bench.charts import apart, style
from bench.charts.data import ChartData, colour_of, ink_of, pooled
from bench.charts.lettering import spread
from bench.elsewhere_words import median_alone, trip_to
from bench.metrics import floor_of
from bench.readings import is_attributed
from bench.results import Target, Trial

PLANNED, SENT, ADDED = "ttft_from_plan_seconds", "ttft_seconds", "ttft_added_seconds"
STATISTICS = ("p50", "p90")
_FAR = 2.5
"""Times the largest p95 of what is drawn: what lies beyond is counted in words."""

_ROOM_FOR = 2
"""With more targets there is no room for a second line beside each row."""


def draw(data: ChartData) -> Figure | None:
    place = data.quiet_place
    targets = data.measured_targets(place, PLANNED) if place else []
    if place is None or not targets:
        return None
    figure = style.sheet(
        data,
        _finding(data, place),
        f"Share of turns whose first words had come after so many seconds{_lines(targets)}. "
        "Below: each trial's percentile, and the median of the trials with its interval.",
        [place],
    )
    rows = len(STATISTICS) * len(targets)
    grid = figure.add_gridspec(
        2, 1, left=0.15 if style.are_many(targets) else 0.115, right=0.765, top=style.TOP, bottom=0.14, hspace=0.09,
        height_ratios=[1, 1.5 if style.are_many(targets) else min(0.16 * rows, 0.9)],
    )  # fmt: skip
    above = figure.add_subplot(grid[0])
    below = figure.add_subplot(grid[1], sharex=above)
    _shares(above, data, place, targets)
    _percentiles(below, data, place, targets)
    return figure


def _lines(targets: list[Target]) -> str:
    return ", since the person meant to ask" if style.are_many(targets) else ". Thin: each trial; thick: all trials"


def _finding(data: ChartData, place: Place) -> str:
    waits = data.centers(place, PLANNED, "p50")
    if not waits:
        return "Time to the first words of a reply"
    if style.are_many(waits):
        return f"First words come {apart.told(data, place, (PLANNED, 'p50'))}"
    said = [f"{units.seconds(seconds)} with {style.name_of(data, target)}" for target, seconds in waits]
    added = [data.estimate(target, place, ADDED, "p50") for target, _ in waits]
    adds = [units.seconds(entry.center) for entry in added if entry and entry.center is not None]
    # With the way to it: pings tell what a service elsewhere is to be spared no more exactly than servers differ.
    adder = "the server and the way to it add" if any(target.url for target, _ in waits) else "the server adds"
    tail = f"; of that {adder} {' and '.join(adds)}" if len(adds) == len(said) <= 3 else ""
    return f"First words come after {' and '.join(said) if len(said) < 3 else ', '.join(said)}{tail}"


def _shares(axes: Axes, data: ChartData, place: Place, targets: list[Target]) -> None:
    labels: list[tuple[str, str, str]] = []
    trials = {target.name: data.trials(target, place) for target in targets}
    alone = model_alone(data, pooled_trials(trials))
    far = _far(data, trials, alone)
    if alone:
        axes.ecdf(alone, color=style.MODEL, linewidth=8, alpha=0.55, gid="model")
        labels.append(("the model alone", style.MODEL, "-"))
    for index, target in enumerate(targets):
        thickest = 3.4 if len(targets) <= 3 else 6.0
        _curves(
            axes, data, target, trials[target.name], max(thickest - (1.2 if len(targets) <= 3 else 0.8) * index, 1.2)
        )
        name, colour = style.name_of(data, target), colour_of(target)
        if style.are_many(targets):
            labels.append((name, colour, "-"))
        else:
            labels += [(f"{name}, since planned", colour, "-"), (f"{name}, since sent", colour, "--")]
    _beyond(axes, data, trials, far)
    _key(axes, labels)
    axes.set_xlim(0, far)
    axes.set_ylim(0, 1.01)
    axes.set_ylabel("share of turns")
    style.scale(axes, "y", "ratio")
    axes.grid(True)
    axes.tick_params(axis="x", labelbottom=False)


def _curves(axes: Axes, data: ChartData, target: Target, trials: list[Trial], width: float) -> None:
    """Later targets are drawn thinner, so that an earlier one with the same curve still shows."""
    colour = colour_of(target)
    for trial in trials:
        if (values := data.values(trial, PLANNED)) and not style.are_many(data.run.targets):
            axes.ecdf(values, color=colour, linewidth=0.8, alpha=0.3, gid=f"trial-{target.name}")
    lines = ((SENT, "--", 0.6), (PLANNED, "-", 1.0))
    for metric, line, share in lines[1:] if style.are_many(data.run.targets) else lines:
        if values := pooled(data.values(trial, metric) for trial in trials):
            axes.ecdf(values, color=colour, linewidth=width * share, linestyle=line, gid=f"{metric}-{target.name}")


def _beyond(axes: Axes, data: ChartData, trials: dict[str, list[Trial]], far: float) -> None:
    """What lies right of the axis is not drawn, but it is not kept quiet either."""
    counts = {
        style.name_of(data, target): sum(
            value > far for trial in trials[target.name] for value in data.values(trial, PLANNED)
        )
        for target in data.run.targets
        if target.name in trials
    }
    beyond = ", ".join(f"{count} with {name}" for name, count in counts.items() if count)
    if beyond and style.are_many(data.run.targets):
        beyond = f"{sum(counts.values())} in all, {max(counts.values())} at most with one"
    if beyond:
        axes.text(
            0.99, 0.06, f"turns further right: {beyond}", size=style.SMALL_POINTS, color=style.MUTED,
            ha="right", transform=axes.transAxes,
        )  # fmt: skip


def model_alone(data: ChartData, trials: list[Trial]) -> list[float]:
    """What the fake itself had spent until the first chunk, of the very turns that are drawn."""
    return [
        turn.chunks_spent_seconds[0]
        for trial in trials
        for turn in data.window(trial).turns
        if turn.outcome == "ok" and is_attributed(turn)
    ]


def pooled_trials(trials: dict[str, list[Trial]]) -> list[Trial]:
    return [trial for there in trials.values() for trial in there]


def _far(data: ChartData, trials: dict[str, list[Trial]], alone: list[float]) -> float:
    values = sorted([*alone, *pooled(data.values(trial, PLANNED) for trial in pooled_trials(trials))])
    if not values:
        return 1.0
    return min(values[-1] * 1.02, _FAR * values[int(0.95 * (len(values) - 1))]) or 1.0


def _key(axes: Axes, labels: list[tuple[str, str, str]]) -> None:
    """The names of the lines, right of them."""
    for (text, colour, line), y in zip(
        labels, spread([0.98 - 0.09 * index for index in range(len(labels))], 0.075, 0.0, 1.0), strict=True
    ):
        axes.plot(
            [1.02, 1.055], [y, y], color=colour, linestyle=line, linewidth=2.4,
            transform=axes.transAxes, clip_on=False,
        )  # fmt: skip
        axes.text(1.065, y, text, color=style.INK, size=style.SMALL_POINTS, va="center", transform=axes.transAxes)


def _percentiles(axes: Axes, data: ChartData, place: Place, targets: list[Target]) -> None:
    rows = [(statistic, target) for statistic in STATISTICS for target in targets]
    for row, (statistic, target) in enumerate(rows):
        _row(axes, data, place, statistic, target, row)
    axes.set_yticks(range(len(rows)), [f"{statistic} {style.name_of(data, target)}" for statistic, target in rows])
    for tick, (_, target) in zip(axes.get_yticklabels(), rows, strict=True):
        tick.set_color(ink_of(target))
        tick.set_fontsize(9.5 if style.are_many(targets) else 11.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("seconds from the moment the person meant to ask")
    style.scale(axes, "x", "s")


def _row(axes: Axes, data: ChartData, place: Place, statistic: str, target: Target, row: int) -> None:
    trials = [trial.metrics[PLANNED] for trial in data.trials(target, place) if PLANNED in trial.metrics]
    known = [value for entry in trials if (value := entry.values.get(statistic)) is not None]
    style.dots(axes, data, target, (known, [row] * len(known)), f"{statistic}-trials-{target.name}")
    estimate = data.estimate(target, place, PLANNED, statistic)
    if estimate is None or estimate.center is None:
        floor, least = floor_of(statistic), min((entry.count for entry in trials), default=0)
        said = f"needs {floor} turns a trial, has {least}" if least < floor else "no valid trial"
    else:
        said = units.seconds(estimate.center)
        axes.plot([estimate.center] * 2, [row - 0.34, row + 0.34], color=style.INK, linewidth=2.5, zorder=5,
                  gid=f"{statistic}-median-{target.name}")  # fmt: skip
        if estimate.low is not None and estimate.high is not None:
            axes.fill_betweenx([row - 0.3, row + 0.3], estimate.low, estimate.high, color=colour_of(target),
                               alpha=0.25, linewidth=0)  # fmt: skip
            said += f"  [{units.seconds(estimate.low)}, {units.seconds(estimate.high)}]"
    if statistic == "p50":
        said += _alone(axes, data, target, row)
    size = 9.5 if style.are_many(data.run.targets) else style.SMALL_POINTS
    axes.text(1.02, row, said, transform=axes.get_yaxis_transform(), va="center", size=size)


def _alone(axes: Axes, data: ChartData, target: Target, row: int) -> str:
    """Marks what one person alone waited for at an address; what is to be said of the row besides."""
    alone = median_alone(data.run, target, PLANNED)
    if alone is not None:
        axes.plot([alone], [row], marker="d", markersize=8, markerfacecolor="none", markeredgecolor=style.INK,
                  linestyle="none", zorder=6, gid=f"alone-{target.name}")  # fmt: skip
    parts = [
        f"round trip {trip}" if (trip := trip_to(data.run, target)) else "",
        f"\N{WHITE DIAMOND} alone {units.seconds(alone)}" if alone is not None else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"\n{told}" if told and len(data.run.targets) <= _ROOM_FOR else ""
