"""The load generator beside the plain recipe: what each misreads, what a frame and a session cost, how late it asks.

Every panel begins at 0 and less is better. Dots are single rounds, bars their medians.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.charts import style
from bench.generator.contenders import CONTENDERS, PLAIN
from bench.generator.reading import SCHEDULE_SECONDS, Part
from bench.generator.record import (
    CROWD_BYTES,
    NAMES,
    Comparison,
    Number,
    cpu_per_frame,
    error_p99,
    load_share,
    values,
)
from bench.generator.summary import headline

MARKERS = ("o", "s")
BAR_WIDTH = 0.62


@dataclass(frozen=True)
class Panel:
    title: str
    unit: str
    part: Part
    number: Number
    scale: float
    """From the number's unit to the one that is drawn."""
    bound: float | None = None
    """That this project's is to stay below, in the number's unit."""


def panels() -> list[Panel]:
    return [
        Panel("First words' p99 off by", "milliseconds", "round", error_p99, 1e3),
        Panel("Processor time a frame", "microseconds", "round", cpu_per_frame, 1e6),
        Panel(
            "Prompts late, p99", "milliseconds", "crowd",
            lambda each: each.schedule_delay_seconds_p99, 1e3, SCHEDULE_SECONDS,
        ),
        Panel(
            "Memory a session", "KiB", "crowd", lambda each: each.memory_bytes_per_session, 1 / 1024,
            CROWD_BYTES,
        ),
    ]  # fmt: skip


def draw(comparison: Comparison) -> Figure | None:
    load = comparison.of("round", PLAIN)
    share = load_share(comparison)
    if not load or share is None:
        return None
    figure = style.blank(
        headline(comparison),
        f"Left two: {load[0].sessions:,} people, where the plain recipe uses {units.percent(share)} of its core; dots "
        f"are rounds, bars and numbers medians. Right two: {comparison.crowd_sessions:,} people in one process, a turn "
        "a minute each; dashed: the bound. Less is better.",
        _caption(comparison),
    )
    grid = figure.add_gridspec(1, 4, left=0.06, right=0.985, top=style.TOP - 0.02, bottom=0.19, wspace=0.36)
    for index, panel in enumerate(panels()):
        _draw(figure.add_subplot(grid[index]), panel, comparison)
    return figure


def _draw(axes: Axes, panel: Panel, comparison: Comparison) -> None:
    tops = [0.0 if panel.bound is None else panel.bound * panel.scale]
    for index, name in enumerate(NAMES):
        found = [value * panel.scale for value in values(comparison.of(panel.part, name), panel.number).values()]
        if found:
            _column(axes, index, name, found)
            tops.append(max(found))
    if panel.bound is not None:
        axes.axhline(panel.bound * panel.scale, color=style.STALE, linewidth=1.4, linestyle="--", gid="bound")
    axes.set_ylim(0, 1.16 * max(tops) or 1)
    axes.set_xlim(-0.6, len(NAMES) - 0.4)
    axes.set_xticks(range(len(NAMES)), [CONTENDERS[name].title.replace(" ", "\n") for name in NAMES])
    axes.set_title(panel.title, loc="left", weight="bold", size=style.LABEL_POINTS)
    axes.set_ylabel(panel.unit)
    axes.grid(True, axis="y")


def _column(axes: Axes, index: int, name: str, found: Sequence[float]) -> None:
    colour = CONTENDERS[name].colour
    middle = median(found)
    axes.bar([index], [middle], width=BAR_WIDTH, color=colour, alpha=0.35, gid=f"bar-{name}")
    if len(found) > 1:
        across = [index + BAR_WIDTH * (0.6 * place / (len(found) - 1) - 0.3) for place in range(len(found))]
        axes.plot(
            across, found, linestyle="none", marker=MARKERS[index], color=colour, markersize=6, gid=f"dots-{name}"
        )
    # Below the bar: above it, among the dots, the median would be taken for one of them.
    axes.text(
        index, -0.155, units.significant(middle), transform=axes.get_xaxis_transform(), ha="center", weight="bold",
        color=colour, size=style.LABEL_POINTS,
    )  # fmt: skip


def _caption(comparison: Comparison) -> Sequence[str]:
    pace, environment = comparison.pace, comparison.environment
    basis = (
        f"one process on one core each; replies of {pace.chunks} chunks, the first after {pace.first_seconds:g} s, "
        f"then every {units.seconds(pace.gap_seconds)}; {units.percent(pace.stall_share)} of replies stall for "
        f"{pace.stall_seconds:g} s; seed {comparison.seed}{'' if comparison.complete else '; incomplete'}"
    )
    commit = f"commit {environment.commit[:9]}" if environment.commit else "commit unknown"
    changed = " with changes" if environment.dirty else ""
    machine = f"{environment.cpu_model}, {environment.cpu_count} cores; {commit}{changed}; {comparison.id}"
    return basis, machine
