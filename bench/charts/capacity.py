"""How many people each target holds: the share of turns answered well in every load that was tried.

Look at where a target's line falls. Its solid line is at the load that was found to hold, in the median of its
searches, and the band is the 95 % interval over them. A target that is bound by threads falls right behind as many
people as it has threads: the dotted line. Near its limit a server answers the same load well one time and badly the
next, which is why a load has to be sustained, and why a search is repeated.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from bench import units
from bench.capacity import words
from bench.capacity.record import Capacity, Held, Probed
from bench.charts import style
from bench.charts.data import colour_of, ink_of
from bench.charts.lettering import printable, spread
from bench.results import Target

SPOILED = style.MODEL
LEFT_SHARE = 0.35
"""So far left there is no room for words before a line."""
PROBE_POINTS, CONFIRMING_POINTS = 6.0, 9.5


def draw(capacity: Capacity) -> Figure | None:
    if not any(probe.well_answered_ratio is not None for probe in capacity.probes):
        return None
    figure = style.blank(
        words.title(capacity),
        "Each mark is one load on a fresh server: large where it had to be sustained, hollow where the objective was "
        "missed, a cross where the instrument spoiled it. Solid: what is held, with its interval; dotted: threads.",
        _caption(capacity),
    )
    axes = figure.add_axes((style.LEFT + 0.02, style.BOTTOM, 0.82, style.TOP - style.BOTTOM - 0.02))
    ends = {}
    for target in capacity.targets:
        of_target = [probe for probe in capacity.probes if probe.target == target.name]
        probes = [probe for probe in of_target if probe.well_answered_ratio is not None]
        _marks(axes, capacity, target, probes)
        if (end := _line(axes, target, probes)) is not None:
            ends[target.name] = end
    _finish(axes, capacity)
    for held in capacity.held:
        _held(axes, capacity, held)
    _limits(axes, capacity)
    _name_lines(axes, capacity, ends)
    style.stamp(figure, capacity.validity.verdict, complete=capacity.complete)
    return figure


def _caption(capacity: Capacity) -> tuple[str, str]:
    profile, environment = capacity.fake_gemini.get("profile"), capacity.environment
    basis = [
        f"objective: {capacity.objective}",
        f"probes: {len(capacity.probes)}",
        f"searches: {len(capacity.searches)}",
        f"thinking {units.seconds(capacity.think_seconds)}",
        f"model: {f'fake Gemini, {profile}' if profile else 'whatever the servers speak to'}",
        f"seed {capacity.seed}",
    ]
    commit = f"commit {environment.commit[:9]}" if environment.commit else "commit unknown"
    machine = [f"{environment.cpu_model}, {environment.cpu_count} cores", commit, f"capacity {capacity.id}"]
    return style.SEPARATOR.join(basis), style.SEPARATOR.join(machine)


def _marks(axes: Axes, capacity: Capacity, target: Target, probes: Sequence[Probed]) -> None:
    """By answer and by whether it was sustained; what says nothing of the server is a grey cross."""
    shape, colour = style.MARKERS[capacity.targets.index(target) % len(style.MARKERS)], colour_of(target)
    for answer in ("held", "missed", "not known", "spoiled"):
        for confirms in (False, True):
            chosen = [probe for probe in probes if (probe.answer, probe.confirms) == (answer, confirms)]
            look: dict[str, Any] = {"marker": shape, "markeredgecolor": colour, "markeredgewidth": 1.6}
            look["markerfacecolor"] = colour if answer == "held" else style.PAPER
            if answer in ("not known", "spoiled"):
                look |= {"marker": "x", "markeredgecolor": SPOILED}
            axes.plot(
                [probe.sessions for probe in chosen], [probe.well_answered_ratio or 0.0 for probe in chosen],
                linestyle="none", markersize=CONFIRMING_POINTS if confirms else PROBE_POINTS, alpha=0.85, zorder=4,
                clip_on=False,
                gid=f"{'confirming' if confirms else 'probe'}-{answer}-{target.name}", **look,
            )  # fmt: skip


def _line(axes: Axes, target: Target, probes: Sequence[Probed]) -> tuple[float, float] | None:
    """Through the medians of what says something of the server; gives its end."""
    at: dict[int, list[float]] = {}
    for probe in probes:
        if probe.answer in ("held", "missed"):
            at.setdefault(probe.sessions, []).append(probe.well_answered_ratio or 0.0)
    if not at:
        return None
    across = sorted(at)
    up = [median(at[sessions]) for sessions in across]
    axes.plot(across, up, color=colour_of(target), linewidth=2.2, alpha=0.6, zorder=3, gid=f"line-{target.name}")
    return across[-1], up[-1]


def _finish(axes: Axes, capacity: Capacity) -> None:
    loads = sorted({probe.sessions for probe in capacity.probes})
    axes.set_ylim(0, 1.03)
    style.scale(axes, "y", "ratio")
    axes.set_ylabel("share of turns answered well")
    axes.set_xscale("log")
    axes.set_xlim(loads[0] / 1.15, loads[-1] * 1.08)
    axes.set_xticks(_ticks(loads[0], loads[-1]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("people at a time, logarithmic")


def _ticks(low: int, high: int) -> list[int]:
    """Round numbers, each about twice the one before."""
    rounds = [digit * 10**power for power in range(6) for digit in (1, 2, 5)]
    return [number for number in rounds if low / 1.15 <= number <= high * 1.08] or [low]


def _held(axes: Axes, capacity: Capacity, held: Held) -> None:
    if not held.sessions:
        return
    target = next(target for target in capacity.targets if target.name == held.target)
    colour = colour_of(target)
    if held.low is not None:
        high = held.high if held.high is not None else axes.get_xlim()[1]
        axes.axvspan(held.low, high, color=colour, alpha=0.13, linewidth=0, zorder=1, gid=f"interval-{held.target}")
    axes.axvline(held.sessions, color=colour, linewidth=1.8, zorder=2, gid=f"held-{held.target}")
    row = [other.target for other in capacity.held].index(held.target)
    low, high = axes.get_xlim()
    is_left = held.sessions < low * (high / low) ** LEFT_SHARE
    at_least = "at least " if held.at_least else ""
    axes.annotate(
        f"{printable(capacity.names[held.target])}: {at_least}{units.people(held.sessions)}\n{words.interval(held)}",
        (held.sessions, 0.06 + 0.13 * row), xytext=(8 if is_left else -8, 0), textcoords="offset points",
        ha="left" if is_left else "right", color=ink_of(target), size=style.SMALL_POINTS, weight="bold", zorder=5,
        bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.5}, gid=f"words-{held.target}",
    )  # fmt: skip


def _limits(axes: Axes, capacity: Capacity) -> None:
    """As many people as there are threads; targets with the same limit share its name."""
    sharing: dict[int, list[Target]] = {}
    for target in capacity.targets:
        if target.threads is not None and axes.get_xlim()[0] <= target.threads <= axes.get_xlim()[1]:
            sharing.setdefault(target.threads, []).append(target)
    for threads, targets in sharing.items():
        for target in targets:
            axes.axvline(
                threads, color=colour_of(target), linewidth=1.4, linestyle=":", zorder=2, gid=f"limit-{target.name}"
            )
        names = ", ".join(printable(capacity.names[target.name]) for target in targets)
        axes.annotate(
            f"{names}: {threads} threads", (threads, 0.5), xytext=(4, 0), textcoords="offset points", rotation=90,
            va="center", color=ink_of(targets[0]), size=10, zorder=5,
        )  # fmt: skip


def _name_lines(axes: Axes, capacity: Capacity, ends: dict[str, tuple[float, float]]) -> None:
    """Each behind its line's last load."""
    places = spread([y for _, y in ends.values()], 0.06, 0.03, 1.0)
    for (name, (x, _)), y in zip(ends.items(), places, strict=True):
        target = next(target for target in capacity.targets if target.name == name)
        axes.annotate(
            printable(capacity.names[name]), (x, y), xytext=(9, 0), textcoords="offset points", color=ink_of(target),
            size=style.SMALL_POINTS, weight="bold", va="center", annotation_clip=False, zorder=5, gid=f"name-{name}",
        )  # fmt: skip
