"""How far two clocks are apart, by what one says when the other asks. Pure.

The answer was given at some moment of the round trip: the shorter that took, the less can be said for anything but its
middle.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One question and its answer, in Unix seconds: by our clock, by theirs, and by ours again."""

    asked_at: float
    told: float
    heard_at: float

    @property
    def offset_seconds(self) -> float:
        """By how much their clock is ahead of ours."""
        return self.told - (self.asked_at + self.heard_at) / 2

    @property
    def uncertainty_seconds(self) -> float:
        """By how much the offset may be wrong, if the clocks ran evenly."""
        return (self.heard_at - self.asked_at) / 2

    @property
    def tells_a_difference(self) -> bool:
        """Whether two clocks that agree could not have given this reading."""
        return abs(self.offset_seconds) > self.uncertainty_seconds


def best(readings: Iterable[ClockReading]) -> ClockReading:
    """That of the shortest round trip. Raises ValueError where there is none."""
    return min(readings, key=lambda reading: reading.uncertainty_seconds)
