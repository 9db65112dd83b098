"""How one metric went over many runs: a panel for each target, scenario and load.

Each mark is the estimate of one run, with its interval; a horizontal line is a level that runs keep to, a dashed
vertical one a change, named by the first commit behind it. Runs of different machines or workloads have marks of their
own and are never joined. Hollow runs are INVALID and count for nothing; those ringed are SUSPECT or were not complete.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogFormatter, NullFormatter

from bench.charts import style
from bench.charts.commits import label_axis, size_points
from bench.charts.data import colour_of
from bench.charts.lettering import printable, width_points
from bench.history import sheets, words
from bench.history.record import Change, Followed, Line, Point
from bench.history.sheets import Sheet
from bench.metrics import METRICS

ZOOM_SHARE = 0.25
"""Where all values lie within that share of the largest, an axis from 0 would hide a change; noise it may hide."""
LOG_RATIO = 20.0
"""Where the largest value is so many times the usual one, an axis from 0 would flatten the rest."""
WORSE, BETTER, DOUBTFUL = style.STALE, style.STAMPS["VALID"], style.STAMPS["SUSPECT"]
CHANGE_POINTS, ROW_POINTS = 10.0, 14.0
LINES = ("-", "--", ":", "-.")


def draw(sheet: Sheet) -> Figure | None:
    if not sheet.series:
        return None
    figure = style.blank(sheets.title(sheet), sheets.subtitle(sheet), sheets.caption(sheet))
    rows, columns = _grid(len(sheet.series))
    grid = figure.add_gridspec(
        rows, columns, left=style.LEFT, right=style.RIGHT - 0.005, top=style.TOP - 0.02, bottom=0.125,
        wspace=0.24, hspace=0.52,
    )  # fmt: skip
    for index, series in enumerate(sheet.series):
        _panel(figure.add_subplot(grid[divmod(index, columns)]), sheet, series)
    keys = list(_key(sheet))
    figure.legend(
        handles=keys, loc="upper left", bbox_to_anchor=(style.LEFT - 0.037, 0.845), ncols=8, frameon=False,
        fontsize=style.SMALL_POINTS if len(keys) < 7 else 9.5, handletextpad=0.5, columnspacing=1.6, borderpad=0.2,
    )  # fmt: skip
    return figure


def _grid(count: int) -> tuple[int, int]:
    columns = 1 if count == 1 else 2 if count <= 4 else 3
    return ceil(count / columns), columns


def _panel(axes: Axes, sheet: Sheet, series: Followed) -> None:
    places = {run: place for place, run in enumerate(sheet.runs)}
    target = next(each for each in sheet.history.targets if each.name == series.target)
    factor, unit = _unit(series)
    for line in series.lines:
        _line(axes, sheet, line, places, factor, colour_of(target))
    label_axis(axes, [sheet.history.runs[run] for run in sheet.runs], _changed(series, places))
    taken = _mark_changes(axes, sheet, series, places)
    scaled = _scale(axes, series, factor, taken)
    axes.set_ylabel(f"{unit}{scaled}", size=style.SMALL_POINTS if not scaled else 10)
    axes.tick_params(axis="y", labelsize=10)
    name = printable(f"{words.name_of(sheet.history, series)}: {words.place_of(series)}")
    size = style.LABEL_POINTS
    while width_points(name, size, bold=True) > size_points(axes)[0] and size > 8:
        size -= 0.5
    axes.set_title(name, loc="left", weight="bold", size=size, pad=5)


def _changed(series: Followed, places: dict[int, int]) -> list[int]:
    return [places[change.first_run_after] for line in series.lines for change in line.changes]


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
    if line.drift:
        axes.plot(
            [places[used[0].run], places[used[-1].run]], [line.drift.first * factor, line.drift.last * factor],
            color=style.INK, linewidth=1.8, zorder=5, gid=f"drift-{gid}",
        )  # fmt: skip
    for level in line.levels:
        axes.hlines(
            level.value * factor, places[level.first_run] - 0.4, places[level.last_run] + 0.4, linewidth=1.8, zorder=5,
            color=style.MUTED if index else style.INK, linestyle=LINES[index % 4], gid=f"level-{gid}",
        )  # fmt: skip


def _pale(colour: str) -> str:
    """Halfway to the paper."""
    return "#" + "".join(f"{(int(colour[at : at + 2], 16) + 255) // 2:02X}" for at in (1, 3, 5))


def _by_kind(sheet: Sheet, points: Sequence[Point]) -> Iterator[tuple[str, list[Point]]]:
    runs = sheet.history.runs
    yield "used", [point for point in points if runs[point.run].is_used and not runs[point.run].is_doubtful]
    yield "doubtful", [point for point in points if runs[point.run].is_doubtful]
    yield "invalid", [point for point in points if not runs[point.run].is_used]


def _look(kind: str, index: int, colour: str, count: int) -> dict[str, Any]:
    """By whether a run counts; smaller where there are many, paler on another machine than the first."""
    face = _pale(colour) if index else colour
    return {
        "marker": style.MARKERS[index % len(style.MARKERS)],
        "markersize": 6.5 if count <= 40 else 4.5,
        "markerfacecolor": style.PAPER if kind == "invalid" else face,
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
    axes.plot(across, up, linestyle="none", alpha=0.9, zorder=4, clip_on=False, **look)


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


def _scale(axes: Axes, series: Followed, factor: float, taken: float) -> str:
    """From 0, unless that hides everything; says what it is then. `taken` is the share that labels need above."""
    points = [point for line in series.lines for point in line.points]
    values = [point.value * factor for point in points]
    low = min([*values, *(point.low * factor for point in points if point.low is not None)])
    high = max([*values, *(point.high * factor for point in points if point.high is not None)])
    style.scale(axes, "y", "count")
    room = 1 / (0.96 - taken)
    if min(values) > 0 and max(values) > LOG_RATIO * median(values):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(LogFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(min(values) / 1.5, min(values) * (1.2 * max(values) / min(values)) ** room)
        return ", logarithmic"
    if taken and low > 0 and high - low < ZOOM_SHARE * high:
        span = high - low
        axes.set_ylim(low - 0.15 * span, low - 0.15 * span + 1.15 * span * room)
        return ", zoomed: not from 0"
    axes.set_ylim(0, (min(high, 2 * max(values)) or high) * room or 1.0)
    return ""


def _mark_changes(axes: Axes, sheet: Sheet, series: Followed, places: dict[int, int]) -> float:
    """A line each, and its label on top of it, on a row of its own where it would run into one before it.

    Gives the share of the height that the labels take.
    """
    width, height = size_points(axes)
    changes = [(line, change) for line in series.lines for change in line.changes]
    ends: list[float] = []
    for line, change in sorted(changes, key=lambda each: each[1].first_run_after):
        across, colour = places[change.first_run_after] - 0.5, BETTER if change.better else WORSE
        axes.axvline(across, color=colour, linewidth=1.4, linestyle=(0, (4, 3)), zorder=1, gid="change")
        text = _label(sheet, series, line, change)
        half = width_points(text, CHANGE_POINTS, bold=True) / width * len(places) / 2
        middle = min(max(across, half - 0.5), len(places) - 0.5 - half)
        row = next((row for row, end in enumerate(ends) if end <= middle - half), len(ends))
        ends[row : row + 1] = [middle + half + 0.01 * len(places)]
        axes.text(
            middle, 1 - (2 + ROW_POINTS * row) / height, text, transform=axes.get_xaxis_transform(), ha="center",
            va="top", size=CHANGE_POINTS, weight="bold", color=colour, zorder=6, gid="change-label",
            bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip
    return (len(ends) * ROW_POINTS + 4) / height if ends else 0.0


def _label(sheet: Sheet, series: Followed, line: Line, change: Change) -> str:
    """'\N{MULTIPLICATION SIGN}1.12 at abc1234', with the machine behind it where there are several."""
    sized = words.ratio(change.ratio) if words.has_ratio(series, change) else "changed"
    several = f" ({line.machine})" if len({machine for machine, _ in sheet.settings}) > 1 else ""
    return f"{sized} at {words.commit(sheet.history.runs[change.first_run_after])}{several}"


def _key(sheet: Sheet) -> Iterator[Line2D]:
    """What the marks mean; only of those that are there."""
    shown = [sheet.history.runs[run] for run in sheet.runs]
    colour = style.MUTED
    several = len(sheet.settings) > 1
    for index, (machine, workload) in enumerate(sheet.settings):
        look = {**_look("used", index, colour, 1), "linestyle": LINES[index % 4] if several else "none"}
        workloads = {each for name, each in sheet.settings if name == machine}
        label = f"machine {machine}{f', workload {workload}' if len(workloads) > 1 else ''}" if several else "a run"
        yield Line2D([], [], color=colour, label=label, **look)
    if any(run.is_doubtful for run in shown):
        yield Line2D([], [], linestyle="none", label="SUSPECT or incomplete", **_look("doubtful", 0, colour, 1))
    if any(not run.is_used for run in shown):
        yield Line2D([], [], linestyle="none", label="INVALID, left out", **_look("invalid", 0, colour, 1))
    if any(line.levels or line.drift for series in sheet.series for line in series.lines):
        yield Line2D([], [], color=style.INK, linewidth=1.8, label="level (median), or drift")
    ways = {change.better for series in sheet.series for line in series.lines for change in line.changes}
    for better in sorted(ways):
        look = {"color": BETTER if better else WORSE, "linestyle": (0, (4, 3)), "linewidth": 1.4}
        yield Line2D([], [], label="change for the better" if better else "change for the worse", **look)
