"""A profile against what it was made from: the share of values at or below each, recorded and by the profile.

Where the two lines lie on each other, the fake behaves as the model did. The thin bar is at the place where they are
farthest apart.
"""

from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.calibrate import words
from bench.calibrate.goodness import Distance
from bench.calibrate.record import Calibration
from bench.charts import style

RECORDED, PROFILE = "#0B6E99", "#D1711B"
PANELS = 4
Values: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"


def draw(calibration: Calibration) -> Figure:
    figure = style.blank(
        words.headline(calibration),
        "Share of values at or below each. Blue: as recorded; orange, dashed: as the profile gives it; red: where they "
        "are farthest apart",
        [
            style.SEPARATOR.join(words.basis(calibration)),
            style.SEPARATOR.join([calibration.name, *calibration.notes]),
        ],
        stamp_points=0,
    )
    for index, distance in enumerate(calibration.distances[:PANELS]):
        row, column = divmod(index, 2)
        axes = figure.add_axes((style.LEFT + column * 0.495, 0.505 - row * 0.345, 0.41, 0.25))
        _panel(axes, distance, index)
    return figure


def _panel(axes: Axes, distance: Distance, index: int) -> None:
    scale = 1000 if distance.unit == "s" else 1
    ours, theirs = (np.array(values) * scale for values in (distance.recorded, distance.planned))
    for values, colour, line, name in ((ours, RECORDED, "-", "recorded"), (theirs, PROFILE, "--", "profile")):
        share = np.arange(1, len(values) + 1) / len(values)
        axes.step(values, share, where="post", color=colour, linestyle=line, linewidth=2, gid=f"{name}-{index}")
    at, low, high = _farthest(ours, theirs)
    axes.plot([at, at], [low, high], color=style.STALE, linewidth=2.5, gid=f"farthest-{index}", zorder=5)
    # The slowest few would take all the room.
    axes.set_xlim(0, 1.15 * max(np.quantile(ours, 0.985), np.quantile(theirs, 0.985)))
    axes.set_ylim(0, 1.02)
    far, chance = units.percent(distance.farthest), units.percent(distance.by_chance)
    unit = ", ms" if distance.unit == "s" else ""
    axes.set_title(f"{distance.title}{unit}", loc="left", weight="bold", size=style.LABEL_POINTS)
    axes.text(
        0.98, 0.07, f"farthest: {far}\nby chance: up to {chance}", transform=axes.transAxes, ha="right", va="bottom",
        size=style.SMALL_POINTS, color=style.MUTED if distance.holds else style.STALE, gid=f"distance-{index}",
    )  # fmt: skip
    style.scale(axes, "x", distance.unit)
    style.scale(axes, "y", "ratio")


def _farthest(ours: Values, theirs: Values) -> tuple[float, float, float]:
    """The value at which the distributions are farthest apart, and the share of each there, the lower one first."""
    points = np.concatenate([ours, theirs])
    first = np.searchsorted(ours, points, "right") / len(ours)
    second = np.searchsorted(theirs, points, "right") / len(theirs)
    worst = int(np.abs(first - second).argmax())
    low, high = sorted((float(first[worst]), float(second[worst])))
    return float(points[worst]), low, high
