"""One number against the size of the crowd: every trial a dot, the medians a line, their interval a band."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.charts import style
from bench.charts.data import ChartData, colour_of, ink_of
from bench.charts.lettering import spread
from bench.metrics import METRICS
from bench.results import Estimate, Target
from bench.validity import is_usable

_WIDTH, _THIN, _WIDEST = 2.6, 1.4, 7.4
"""Of a line, in points: with few targets, and of many the last and at most."""
_KEY_LEFT = 0.865
_NEAR = 0.09
"""Share of a panel's width: a limit this near to the axis has no room for its words before it."""


@dataclass(frozen=True)
class Number:
    """What a panel shows."""

    metric: str
    statistic: str
    line: str = "-"


def against_sessions(axes: Axes, data: ChartData, number: Number) -> dict[str, float]:
    """Draws it for every target; gives the last height of each target's line, where it has one."""
    ends: dict[str, float] = {}
    for target in data.run.targets:
        _trials(axes, data, target, number)
        line = [
            (place[1], entry)
            for place in data.crowd_places
            if (entry := data.estimate(target, place, number.metric, number.statistic))
        ]
        if line:
            ends[target.name] = _medians(axes, data, target, number, line)
    return ends


def _trials(axes: Axes, data: ChartData, target: Target, number: Number) -> None:
    for place in data.crowd_places:
        trials = [trial for trial in data.trials(target, place) if number.metric in trial.metrics]
        values = [trial.metrics[number.metric].values.get(number.statistic) for trial in trials]
        known = [value for value in values if value is not None]
        hollow = any(not is_usable(trial) for trial in trials)
        points = [place[1]] * len(known), known
        style.dots(axes, data, target, points, f"{number.statistic}-trials-{target.name}", hollow=hollow)


def _medians(
    axes: Axes, data: ChartData, target: Target, number: Number, line: Sequence[tuple[int, Estimate]]
) -> float:
    sessions = [at for at, _ in line]
    centers = [entry.center for _, entry in line if entry.center is not None]
    colour = colour_of(target)
    axes.plot(
        sessions, centers, color=colour, linestyle=number.line,
        linewidth=_width(data, target) if number.line == "-" else 1.8,
        gid=f"{number.statistic}-median-{target.name}",
    )  # fmt: skip
    band = [(at, entry.low, entry.high) for at, entry in line if entry.low is not None and entry.high is not None]
    if band:
        axes.fill_between(
            [at for at, _, _ in band], [low for _, low, _ in band], [high for _, _, high in band],
            color=colour, alpha=0.08 if style.are_many(data.run.targets) else 0.18, linewidth=0,
        )  # fmt: skip
    return centers[-1]


def _width(data: ChartData, target: Target) -> float:
    """Of many targets, later ones are drawn thinner, so that an earlier one with the same line still shows."""
    if not style.are_many(data.run.targets):
        return _WIDTH
    behind = len(data.run.targets) - 1 - data.run.targets.index(target)
    return min(_THIN + behind, _WIDEST)


def finish(axes: Axes, data: ChartData, title: str, label: str, metric: str) -> None:
    """Axes from 0, with the levels of the crowd and the limits that threads set."""
    axes.set_title(title, loc="left", weight="bold", pad=10)
    axes.set_xlabel("people at a time")
    axes.set_ylabel(label)
    axes.set_xlim(0, 1.04 * data.crowd_places[-1][1])
    top = axes.get_ylim()[1]
    axes.set_ylim(0, top * 1.02 if top > 0 else 1)
    style.scale(axes, "x", "count")
    style.scale(axes, "y", METRICS[metric].unit)
    _limits(axes, data)


def _limits(axes: Axes, data: ChartData) -> None:
    """A line per target; targets with the same limit share its name."""
    sharing: dict[int, list[Target]] = {}
    for target in data.run.targets:
        if target.threads is not None and target.threads <= axes.get_xlim()[1]:
            sharing.setdefault(target.threads, []).append(target)
    for threads, targets in sharing.items():
        for target in targets:
            axes.axvline(threads, color=colour_of(target), linewidth=1.4, linestyle=":", gid=f"limit-{target.name}")
        names = f"{', '.join(style.name_of(data, target) for target in targets)}: "
        words = f"{'' if style.are_many(data.run.targets) else names}{threads} threads"
        beside_axis = threads < _NEAR * axes.get_xlim()[1]
        axes.text(
            threads, _widest_gap(axes, threads), words, rotation=90, color=ink_of(targets[0]), size=10,
            ha="left" if beside_axis else "right", va="center", zorder=5,
        )  # fmt: skip


def _widest_gap(axes: Axes, x: float) -> float:
    """The middle of the widest free stretch between the lines where they pass `x`."""
    low, high = axes.get_ylim()
    lines = [line for line in axes.lines if "-median-" in (line.get_gid() or "")]
    heights = [float(np.interp(x, np.asarray(line.get_xdata()), np.asarray(line.get_ydata()))) for line in lines]
    edges = pairwise(sorted([low, *(min(max(height, low), high) for height in heights), high]))
    below, above = max(edges, key=lambda edge: edge[1] - edge[0])
    return (below + above) / 2


def name_lines(axes: Axes, data: ChartData, heights: dict[str, float], words: dict[str, str] | None = None) -> None:
    """Each line's name, at its right end, with what `words` adds. Of many the sheet has a key instead."""
    if style.are_many(data.run.targets):
        return
    said = words or {}
    low, high = axes.get_ylim()
    names = [target for target in data.run.targets if target.name in heights]
    lines = 1 + max((text.count("\n") for text in said.values()), default=0)
    gap = (0.02 + 0.045 * lines) * (high - low)
    places = spread([heights[target.name] for target in names], gap, low + 0.03 * (high - low), high)
    for target, y in zip(names, places, strict=True):
        axes.annotate(
            f"{style.name_of(data, target)}{said.get(target.name, '')}", (1.01, y),
            xycoords=axes.get_yaxis_transform(), color=ink_of(target), size=style.SMALL_POINTS, va="center",
            weight="bold", annotation_clip=False, gid=f"name-{target.name}",
        )  # fmt: skip


def right_of(data: ChartData, right: float) -> float:
    """Where the last panel ends, as a share of the sheet: many targets have a key beside it."""
    return _KEY_LEFT - 0.015 if style.are_many(data.run.targets) else right


def key(figure: Figure, data: ChartData, words: dict[str, str] | None = None) -> None:
    """The names of many targets, once for all panels, each with what `words` adds below it."""
    if not style.are_many(data.run.targets):
        return
    axes = figure.add_axes((_KEY_LEFT, style.BOTTOM, 0.995 - _KEY_LEFT, style.TOP - style.BOTTOM), gid="key")
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(len(data.run.targets) - 0.4, -0.6)
    for row, target in enumerate(data.run.targets):
        axes.plot([0.0, 0.16], [row, row], color=colour_of(target), linewidth=min(_width(data, target), 5.0))
        axes.plot([0.08], [row], style.marker_of(data, target), color=colour_of(target), markersize=8)
        said = f"\n{words[target.name]}" if words and target.name in words else ""
        axes.text(
            0.23, row, f"{style.name_of(data, target)}{said}", color=ink_of(target), size=style.SMALL_POINTS - 1,
            va="center", weight="bold", gid=f"name-{target.name}",
        )  # fmt: skip
