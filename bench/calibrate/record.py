"""What a calibration came to, for those who show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.calibrate.goodness import Distance
from servers.fake_gemini.timing import Profile


@dataclass(frozen=True)
class Calibration:
    profile: Profile
    name: str
    """Of the profile's file."""
    turns: int
    sessions: int
    sources: Sequence[str]
    """Where the recordings were made of, without repetition."""
    distances: Sequence[Distance]
    notes: Sequence[str]
