"""The house style: one sheet for every chart, with its finding above, what it rests on below, and its stamp.

16 by 9, letters large enough for a talk. Nothing here keeps state: the settings in `SETTINGS` are to hold while a
chart is drawn and saved, and `bench.charts.pictures` sees to that.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import RcKeyType

from bench import units
from bench.book import Place
from bench.charts.data import ChartData, colour_of
from bench.charts.lettering import FAMILY, printable, wrapped
from bench.elsewhere_words import trip_to
from bench.metrics import Unit
from bench.pairs import FEW
from bench.results import Run, Target, Verdict
from bench.stats import MINIMUM_TRIALS

WIDTH_INCHES, HEIGHT_INCHES = 12.8, 7.2
LEFT, RIGHT, TOP, BOTTOM = 0.065, 0.97, 0.77, 0.175
"""Where axes may be, as shares of the sheet; tick and axis labels go beyond."""
INK, MUTED, GRID, PAPER = "#1B1F24", "#57606A", "#E4E7EB", "#FFFFFF"
STALE = "#B00020"
"""Of what should not have come any more; always with a cross, so that colour is never the only sign."""
MODEL = "#8A929C"
"""Of what the fake Gemini itself took."""
STAMPS: dict[Verdict, str] = {"VALID": "#1A7F37", "SUSPECT": "#9A6700", "INVALID": "#B00020"}
TITLE_POINTS, SUBTITLE_POINTS, LABEL_POINTS, SMALL_POINTS, CAPTION_POINTS = 20.0, 13.0, 12.5, 11.0, 9.5

SETTINGS: dict[RcKeyType, Any] = {
    "font.family": FAMILY,
    "font.size": LABEL_POINTS,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": LABEL_POINTS,
    "axes.titlesize": LABEL_POINTS,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.9,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 11.5,
    "ytick.labelsize": 11.5,
    "svg.fonttype": "path",
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
}
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "p")
_LONG_NAME = 13
_POINTS_PER_INCH = 72
Points = tuple[Sequence[float], Sequence[float]]
"""Where they are, across and up."""
SEPARATOR = " \N{MIDDLE DOT} "


def sheet(data: ChartData, title: str, subtitle: str, places: Iterable[Place]) -> Figure:
    """An empty chart: title, subtitle, caption and stamp are there, the axes are to come.

    `places` are those that are drawn: the caption counts their trials, and says whose are INVALID.
    """
    shown = list(places)
    figure = blank(title, subtitle, caption_of(data, shown))
    verdict: Verdict = "INVALID" if data.doubtful_targets(shown) else data.run.validity.verdict
    stamp(figure, verdict, complete=data.run.complete)
    return figure


def blank(title: str, subtitle: str, caption: Sequence[str], stamp_points: float = 130) -> Figure:
    """A sheet with nothing on it but what it says, above and below; of the caption two lines.

    The title leaves `stamp_points` to the stamp.
    """
    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=100)
    room = WIDTH_INCHES * _POINTS_PER_INCH * (RIGHT - LEFT + 0.03)
    _write_title(figure, printable(title), room - stamp_points)
    for index, line in enumerate(wrapped(printable(subtitle), SUBTITLE_POINTS, room)[:2]):
        figure.text(LEFT - 0.03, 0.853 - 0.03 * index, line, size=SUBTITLE_POINTS, color=MUTED, va="baseline")
    for index, line in enumerate(caption[:2]):
        figure.text(
            LEFT - 0.03, 0.038 - 0.021 * index, printable(line), size=CAPTION_POINTS, color=MUTED, va="baseline"
        )
    return figure


def _write_title(figure: Figure, title: str, room_points: float) -> None:
    """On two lines at most: a long finding is set smaller rather than cut."""
    size = TITLE_POINTS
    while len(lines := wrapped(title, size, room_points, bold=True)) > 2 and size > 12:
        size -= 0.5
    lines = lines[:2]
    for index, line in enumerate(lines):
        bottom = 0.897 + (len(lines) - 1 - index) * 0.048
        figure.text(LEFT - 0.03, bottom, line, size=size, weight="bold", va="baseline", gid=f"title-{index}")


def caption_of(data: ChartData, places: Sequence[Place]) -> tuple[str, str]:
    """What the chart rests on, and where and from what it was measured."""
    run = data.run
    here = [len(data.trials(target, place)) for target in run.targets for place in places]
    trials = sorted({count for count in here if count})
    people = sorted({sessions for _, sessions in places})
    basis = [
        f"{_span(trials)} trial{'' if trials == [1] else 's'} per target",
        f"{_span(people)} {'person' if people == [1] else 'people'}",
        f"profile {run.profile}, seed {run.seed}",
        f"model: {model_of(run)}",
        run.validity.verdict if run.complete else f"{run.validity.verdict}, incomplete",
    ]
    doubtful = [data.book.names[target.name] for target in data.doubtful_targets(places)]
    if doubtful:
        whose = f"{len(doubtful)} targets" if len(doubtful) > 2 else ", ".join(doubtful)
        basis.append(f"INVALID trials shown, for want of others: {whose}")
    if trials and trials[0] < MINIMUM_TRIALS:
        basis.append(f"an interval needs {MINIMUM_TRIALS} trials")
    machine = [f"{run.environment.cpu_model}, {run.environment.cpu_count} cores", commit_of(run), f"run {run.id}"]
    if trips := [f"{name_of(data, target)} {trip}" for target in run.targets if (trip := trip_to(run, target))]:
        machine.insert(0, f"round trip: {', '.join(trips)}")
    return SEPARATOR.join(basis), SEPARATOR.join(machine)


def model_of(run: Run) -> str:
    profile = run.fake_gemini.get("profile")
    return f"fake Gemini, {profile}" if profile else "whatever the servers speak to"


def commit_of(run: Run) -> str:
    if run.environment.commit is None:
        return "commit unknown"
    return f"commit {run.environment.commit[:9]}{' with changes' if run.environment.dirty else ''}"


def _span(numbers: Sequence[int]) -> str:
    if not numbers:
        return "0"
    return f"{numbers[0]}" if numbers[0] == numbers[-1] else f"{numbers[0]} to {numbers[-1]}"


def stamp(figure: Figure, verdict: Verdict, *, complete: bool) -> None:
    """Whether what is shown may be believed."""
    label = verdict if complete else f"{verdict}, INCOMPLETE"
    figure.text(
        RIGHT, 0.945, label, size=11, weight="bold", color=STAMPS[verdict], ha="right", va="center", gid="stamp",
        bbox={"boxstyle": "round,pad=0.45", "facecolor": PAPER, "edgecolor": STAMPS[verdict], "linewidth": 1.6},
    )  # fmt: skip
    if verdict == "INVALID":
        figure.text(
            0.5, 0.46, verdict, size=120, weight="bold", color=STAMPS[verdict], alpha=0.07, rotation=24,
            ha="center", va="center", gid="watermark", zorder=0.5,
        )  # fmt: skip


def marker_of(data: ChartData, target: Target) -> str:
    """Fixed by the target's place in the run, the same in every chart."""
    return MARKERS[data.run.targets.index(target) % len(MARKERS)]


def name_of(data: ChartData, target: Target) -> str:
    """What people call it, in characters that can be drawn; its own name, cut if it must be, where that is long."""
    name = printable(data.book.names[target.name])
    if len(name) > _LONG_NAME:
        name = printable(target.name)
    return name if len(name) <= _LONG_NAME else f"{name[: _LONG_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"


def are_many(targets: Sequence[object]) -> bool:
    """Whether there is no room to say everything of each beside what is drawn of it."""
    return len(targets) > FEW


def dots(axes: Axes, data: ChartData, target: Target, points: Points, gid: str, *, hollow: bool = False) -> None:
    """One mark per trial."""
    colour = colour_of(target)
    axes.plot(
        *points, linestyle="none", marker=marker_of(data, target), markersize=6, alpha=0.75, zorder=4,
        markerfacecolor=PAPER if hollow else colour, markeredgecolor=colour, gid=gid,
    )  # fmt: skip


def scale(axes: Axes, axis: str, unit: Unit) -> None:
    """Ticks of one axis as people read them, a handful of them, from 0."""
    chosen = axes.xaxis if axis == "x" else axes.yaxis
    chosen.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    if unit == "B":
        chosen.set_major_formatter(FuncFormatter(lambda value, _: units.size(value) if value else "0"))
    elif unit == "ratio":
        chosen.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}".replace("%", " %")))
    else:
        chosen.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    axes.grid(True, axis="x" if axis == "x" else "y")
