"""How far a profile lies from what was recorded. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from bench.calibrate.samples import Samples, planned
from bench.metrics import Unit
from bench.stats import percentile, sample_floor
from servers.fake_gemini.timing import Profile

PLANNED_TURNS = 10_000
"""So many that their own chance is nothing beside that of what was recorded."""
PERCENTS = (5.0, 50.0, 95.0, 99.0)
KOLMOGOROV = 1.628
"""The distance that two samples of one distribution exceed once in 100 times, times sqrt(1/n + 1/m)."""
SHOWN: tuple[tuple[str, str, Unit], ...] = (
    ("first_chunk_seconds", "time to the first words", "s"),
    ("gap_seconds", "time from chunk to chunk", "s"),
    ("reply_words", "words of a reply", "count"),
    ("later_chunk_words", "words of a chunk", "count"),
    ("reply_seconds", "time to the last words", "s"),
)
"""Field of `Samples`, what people call it, unit."""


@dataclass(frozen=True)
class Distance:
    """One quantity, as recorded and as the profile gives it."""

    title: str
    unit: Unit
    recorded: tuple[float, ...]
    planned: tuple[float, ...]
    farthest: float
    """The widest gap between the two distributions: the share of values that would have to be others."""
    by_chance: float
    """What chance alone would exceed once in 100 times."""

    @property
    def holds(self) -> bool:
        return self.farthest <= self.by_chance

    def quantiles(self) -> list[tuple[float, float, float] | tuple[float, None, None]]:
        """Percent, recorded and planned value; None for a percentile that too few values stand behind."""
        return [
            (percent, percentile(self.recorded, percent), percentile(self.planned, percent))
            if len(self.recorded) >= max(sample_floor(percent), sample_floor(100 - percent))
            else (percent, None, None)
            for percent in PERCENTS
        ]


def distances(samples: Samples, profile: Profile) -> list[Distance]:
    """Of every quantity that was recorded."""
    drawn = planned(profile, PLANNED_TURNS)
    return [
        _distance(title, unit, getattr(samples, name), getattr(drawn, name))
        for name, title, unit in SHOWN
        if getattr(samples, name) and getattr(drawn, name)
    ]


def _distance(title: str, unit: Unit, recorded: Sequence[float], drawn: Sequence[float]) -> Distance:
    ours, theirs = np.sort(recorded), np.sort(drawn)
    points = np.concatenate([ours, theirs])
    gap = np.searchsorted(ours, points, "right") / len(ours) - np.searchsorted(theirs, points, "right") / len(theirs)
    by_chance = KOLMOGOROV * sqrt(1 / len(ours) + 1 / len(theirs))
    return Distance(title, unit, tuple(ours.tolist()), tuple(theirs.tolist()), float(np.abs(gap).max()), by_chance)
