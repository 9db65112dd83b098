"""How much load comes next, and for how long. Pure."""

from itertools import pairwise
from math import sqrt

from bench.certify.certificate import Certificate, Pace
from bench.certify.judgement import first_beyond, within
from bench.stats import sample_floor

SPARE = 1.25
"""Of turns: some will be planned before the window and end in it, or come slower than the mean."""


def next_sessions(certificate: Certificate, first: int, most: int) -> int | None:
    """How many people to measure next: twice as many while all is well, then once in between. None when done."""
    levels, kept, beyond = certificate.levels, within(certificate), first_beyond(certificate)
    if not levels:
        return min(first, most)
    if beyond is None:
        return min(2 * kept[-1].sessions, most) if kept[-1].sessions < most else None
    refined = any(later.sessions < earlier.sessions for earlier, later in pairwise(levels))
    if refined or beyond.server_saturated or not kept:
        return None
    middle = round(sqrt(kept[-1].sessions * beyond.sessions))
    return middle if kept[-1].sessions < middle < beyond.sessions else None


def window_seconds(pace: Pace, sessions: int, least: float) -> float:
    """Enough for a 99th percentile of first words, and at least so long."""
    return max(least, SPARE * sample_floor(99) * pace.turn_seconds / sessions)
