"""How one metric went over many runs: a panel for each target, scenario and load.

Each mark is the estimate of one run, with its interval; a horizontal line is a level that runs keep to, a dashed
vertical one a change, named by the first commit behind it. Runs of different machines or workloads have marks of their
own and are never joined. Hollow runs are INVALID and count for nothing; those ringed are SUSPECT or were not complete.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatter, NullFormatter

from bench import units
from bench.charts import style
from bench.charts.commits import label_axis
from bench.charts.data import colour_of
from bench.charts.lettering import printable, width_points, wrapped
from bench.history import words
from bench.history.record import Change, Followed, History, Line, Point
from bench.history.series import Gated
from bench.metrics import METRICS

PANELS = 6
"""On one sheet at most."""
ZOOM_SHARE = 0.25
"""Where all values lie within that share of the largest, an axis from 0 would hide how they differ."""
LOG_RATIO = 20.0
"""Where the largest value is so many times the usual one, an axis from 0 would flatten the rest."""
WORSE, BETTER, DOUBTFUL = style.STALE, style.STAMPS["VALID"], style.STAMPS["SUSPECT"]
LINES = ("-", "--", ":", "-.")
Setting = tuple[str, int]
"""Machine and workload."""


@dataclass(frozen=True)
class Sheet:
    """What one picture shows: up to `PANELS` series of one metric."""

    history: History
    rule: Gated
    series: Sequence[Followed]

    @property
    def runs(self) -> list[int]:
        """The places, in the history, of those that any of its series has a point of."""
        return sorted({point.run for each in self.series for line in each.lines for point in line.points})

    @property
    def settings(self) -> list[Setting]:
        return sorted({(line.machine, line.workload) for each in self.series for line in each.lines})


def sheets_of(history: History, rule: Gated) -> list[Sheet]:
    """Everything there is of a metric; where that is too much for one sheet, target by target."""
    every = [each for each in history.series if (each.metric, each.statistic) == (rule.metric, rule.statistic)]
    if len(every) <= PANELS:
        return [Sheet(history, rule, every)] if every else []
    by_target = [[each for each in every if each.target == target.name] for target in history.targets]
    return [
        Sheet(history, rule, some[first : first + PANELS])
        for some in by_target
        for first in range(0, len(some), PANELS)
    ]


def draw(sheet: Sheet) -> Figure | None:
    if not sheet.series:
        return None
    figure = style.blank(_title(sheet), _subtitle(sheet), _caption(sheet))
    rows, columns = _grid(len(sheet.series))
    grid = figure.add_gridspec(
        rows, columns, left=style.LEFT, right=style.RIGHT + 0.015, top=style.TOP - 0.02, bottom=0.125,
        wspace=0.24, hspace=0.52,
    )  # fmt: skip
    for index, series in enumerate(sheet.series):
        _panel(figure.add_subplot(grid[divmod(index, columns)]), sheet, series)
    figure.legend(
        handles=list(_key(sheet)), loc="upper left", bbox_to_anchor=(style.LEFT - 0.037, 0.845), ncols=8,
        frameon=False, fontsize=style.SMALL_POINTS, handletextpad=0.5, columnspacing=1.6, borderpad=0.2,
    )  # fmt: skip
    return figure


def _grid(count: int) -> tuple[int, int]:
    columns = 1 if count == 1 else 2 if count <= 4 else 3
    return ceil(count / columns), columns


def _title(sheet: Sheet) -> str:
    changes = [(series, change) for series in sheet.series for line in series.lines for change in line.changes]
    drifts = sum(line.drift is not None for series in sheet.series for line in series.lines)
    if not changes:
        return f"{sheet.rule.title}: {_nothing(sheet, drifts)}"
    series, change = max(changes, key=lambda each: max(each[1].ratio, 1 / each[1].ratio))
    told = f"{words.size(series, change)} at {words.commit(sheet.history.runs[change.first_run_after])}"
    what = f"{words.name_of(sheet.history, series)}, {words.place_of(series)}"
    if len(changes) == 1:
        return f"{sheet.rule.title}: {told} ({what})"
    return f"{sheet.rule.title}: {len(changes)} changes, the largest {told} ({what})"


def _nothing(sheet: Sheet, drifts: int) -> str:
    if drifts:
        return f"no step, but {drifts} of {len(sheet.series)} drift"
    runs = len(sheet.runs)
    if any(line.looked for series in sheet.series for line in series.lines):
        return f"no change found in {runs} runs"
    if runs < sheet.history.minimum_runs:
        return f"{'1 run is' if runs == 1 else f'{runs} runs are'} too few to tell a change"
    return "too few runs alike to tell a change"


def _subtitle(sheet: Sheet) -> str:
    margin = units.percent(sheet.rule.margin)
    return f"Runs in the order of time; less is better. A change has to be larger than {margin} and clearer than chance."


def _caption(sheet: Sheet) -> tuple[str, str]:
    history = sheet.history
    shown = [history.runs[place] for place in sheet.runs]
    machines = {run.machine for run in shown}
    first, last = shown[0], shown[-1]
    basis = [
        f"{len(shown)} {'run' if len(shown) == 1 else 'runs'}, {first.started_at[:10]} to {last.started_at[:10]}",
        f"a change is looked for in {history.minimum_runs} runs alike or more",
        f"at most {units.percent(history.alpha)} of lines show one by chance",
        "* uncommitted changes",
        f"history {history.id}",
    ]
    named = [
        f"machine {each.name}: {words.machine_told(each.cpu_model, each.cpu_count, each.system)}"
        for each in history.machines
        if each.name in machines
    ]
    return style.SEPARATOR.join(basis), style.SEPARATOR.join(named)


def _panel(axes: Axes, sheet: Sheet, series: Followed) -> None:
    places = {run: place for place, run in enumerate(sheet.runs)}
    target = next(each for each in sheet.history.targets if each.name == series.target)
    factor, unit = _unit(series)
    for line in series.lines:
        _line(axes, sheet, line, places, factor, colour_of(target))
    scaled = _scale(axes, series, factor)
    changes = [change for line in series.lines for change in line.changes]
    bbox = axes.get_position()
    room = bbox.width * style.WIDTH_INCHES * 72
    _name(axes, sheet, series, scaled, room)
    axes.set_ylabel(unit, size=style.SMALL_POINTS)
    axes.tick_params(axis="y", labelsize=10)
    wanted = [places[change.first_run_after] for change in changes]
    label_axis(axes, [sheet.history.runs[run] for run in sheet.runs], wanted, room)
    _mark_changes(axes, sheet, series, changes, places, room)


def _name(axes: Axes, sheet: Sheet, series: Followed, scaled: str, room: float) -> None:
    name = printable(f"{words.name_of(sheet.history, series)}: {words.place_of(series)}")
    size = style.LABEL_POINTS
    while width_points(name + scaled, size, bold=True) > room and size > 8:
        size -= 0.5
    axes.set_title(name, loc="left", weight="bold", size=size, pad=5)
    if scaled:
        axes.set_title(scaled, loc="right", size=9, color=style.MUTED, pad=5)


def _line(
    axes: Axes, sheet: Sheet, line: Line, places: dict[int, int], factor: float, colour: str
) -> None:  # fmt: skip
    index = sheet.settings.index((line.machine, line.workload))
    used = [point for point in line.points if sheet.history.runs[point.run].is_used]
    gid = f"{line.machine}-{line.workload}"
    axes.plot(
        [places[point.run] for point in used], [point.value * factor for point in used], linestyle=LINES[index % 4],
        color=colour, linewidth=0.9, alpha=0.35, zorder=2, gid=f"joined-{gid}",
    )  # fmt: skip
    for kind, points in _by_kind(sheet, line.points):
        _dots(axes, points, places, factor, {"gid": f"{kind}-{gid}", **_look(kind, index, colour, len(places))})
    for level in line.levels:
        axes.hlines(
            level.value * factor, places[level.first_run] - 0.4, places[level.last_run] + 0.4, color=style.INK,
            linewidth=1.8, zorder=5, gid=f"level-{gid}",
        )  # fmt: skip


def _by_kind(sheet: Sheet, points: Sequence[Point]) -> Iterator[tuple[str, list[Point]]]:
    runs = sheet.history.runs
    yield "used", [point for point in points if runs[point.run].is_used and not runs[point.run].is_doubtful]
    yield "doubtful", [point for point in points if runs[point.run].is_doubtful]
    yield "invalid", [point for point in points if not runs[point.run].is_used]


def _look(kind: str, index: int, colour: str, count: int) -> dict[str, Any]:
    """By whether a run counts; smaller where there are many."""
    return {
        "marker": style.MARKERS[index % len(style.MARKERS)],
        "markersize": 6.5 if count <= 40 else 4.5,
        "markerfacecolor": style.PAPER if kind == "invalid" else colour,
        "markeredgecolor": DOUBTFUL if kind == "doubtful" else colour,
        "markeredgewidth": 2.0 if kind == "doubtful" else 1.2,
    }


def _dots(axes: Axes, points: Sequence[Point], places: dict[int, int], factor: float, look: dict[str, Any]) -> None:
    for point in points:
        if point.low is not None and point.high is not None:
            axes.vlines(
                places[point.run], point.low * factor, point.high * factor, color=look["markeredgecolor"],
                linewidth=1.2, alpha=0.4, zorder=3, gid=f"interval-{look['gid']}",
            )  # fmt: skip
    across, up = [places[point.run] for point in points], [point.value * factor for point in points]
    axes.plot(across, up, linestyle="none", alpha=0.9, zorder=4, **look)


def _unit(series: Followed) -> tuple[float, str]:
    """By what to multiply, and what comes of it."""
    top = max(point.value for line in series.lines for point in line.points)
    match METRICS[series.metric].unit:
        case "s":
            return (1e3, "ms") if top < 0.1 else (1.0, "seconds")
        case "B":
            return (1e-3, "kB") if top < 1e6 else (1e-6, "MB")
        case "ratio":
            return 100.0, "%"
        case other:
            return 1.0, str(other)


def _scale(axes: Axes, series: Followed, factor: float) -> str:
    """From 0, unless that hides everything; says what it is then."""
    values = [point.value * factor for line in series.lines for point in line.points]
    low, high = min(values), max(values)
    room = 1.0 + (0.28 if any(line.changes for line in series.lines) else 0.08)
    style.scale(axes, "y", "count")
    if low > 0 and high > LOG_RATIO * median(values):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(low / 1.5, high * (high / low) ** (room - 1) * 1.2)
        return "logarithmic"
    if low > 0 and high - low < ZOOM_SHARE * high:
        span = (high - low) or 0.1 * high
        axes.set_ylim(low - 0.25 * span, low - 0.25 * span + 1.4 * span * room)
        return "zoomed: not from 0"
    highest = max(high, *(p.high * factor for e in series.lines for p in e.points if p.high is not None), 0.0)
    axes.set_ylim(0, max(high * room, min(highest, 2 * high)) * 1.02 or 1.0)
    return ""


def _mark_changes(
    axes: Axes, sheet: Sheet, series: Followed, changes: Sequence[Change], places: dict[int, int], room: float
) -> None:
    """A line each, and its label on top of it, on a row of its own where it would run into one before it."""
    ends: list[float] = []
    for change in sorted(changes, key=lambda each: each.first_run_after):
        across = places[change.first_run_after] - 0.5
        colour = BETTER if change.better else WORSE
        axes.axvline(across, color=colour, linewidth=1.4, linestyle=(0, (4, 3)), zorder=3, gid="change")
        sized = words.ratio(change.ratio) if words.has_ratio(series, change) else "changed"
        text = f"{sized} at {words.commit(sheet.history.runs[change.first_run_after])}"
        half = width_points(text, 10, bold=True) / room * len(places) / 2
        middle = min(max(across, half - 0.5), len(places) - 0.5 - half)
        row = next((row for row, end in enumerate(ends) if end <= middle - half), len(ends))
        ends[row : row + 1] = [middle + half + 0.3]
        axes.text(
            middle, 0.985 - 0.1 * row, text, transform=axes.get_xaxis_transform(), ha="center", va="top", size=10,
            weight="bold", color=colour, zorder=6, gid="change-label",
            bbox={"facecolor": style.PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 1.0},
        )  # fmt: skip


def _key(sheet: Sheet) -> Iterator[Line2D]:
    """What the marks mean; only of those that are there."""
    shown = [sheet.history.runs[run] for run in sheet.runs]
    colour = style.MUTED
    several = len(sheet.settings) > 1
    for index, (machine, workload) in enumerate(sheet.settings):
        look = _look("used", index, colour, 1)
        workloads = {each for name, each in sheet.settings if name == machine}
        label = f"machine {machine}{f', workload {workload}' if len(workloads) > 1 else ''}" if several else "a run"
        yield Line2D([], [], linestyle=LINES[index % 4] if several else "none", color=colour, label=label, **look)
    if any(run.is_doubtful for run in shown):
        yield Line2D([], [], linestyle="none", label="SUSPECT", **_look("doubtful", 0, colour, 1))
    if any(not run.is_used for run in shown):
        yield Line2D([], [], linestyle="none", label="INVALID, left out", **_look("invalid", 0, colour, 1))
    if any(line.levels for series in sheet.series for line in series.lines):
        yield Line2D([], [], color=style.INK, linewidth=1.8, label="level (median)")
    ways = {change.better for series in sheet.series for line in series.lines for change in line.changes}
    for better in sorted(ways):
        look = {"color": BETTER if better else WORSE, "linestyle": (0, (4, 3)), "linewidth": 1.4}
        yield Line2D([], [], label="change for the better" if better else "change for the worse", **look)
