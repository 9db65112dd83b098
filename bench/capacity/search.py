"""Where to look next for the largest load that holds: doubling, then bisection, then a sustained confirmation.

A search is a generator that yields the probes it wants and is sent the answer to each; it knows nothing of servers,
clocks or files. Only what passed a confirmation is ever given as found. Pure.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Literal

Answer = Literal["held", "missed", "not known", "spoiled"]
"""Not known: too few values to judge. Spoiled: by the instrument, which says nothing about the server."""
Ending = Literal["missed", "not known", "spoiled", "most"]


@dataclass(frozen=True)
class Bounds:
    """Where to look: from `start` people to `most`, and no finer than a share of what was found."""

    start: int
    most: int
    precision: float

    def step(self, sessions: int) -> int:
        """The smallest difference that matters at this load."""
        return max(1, int(self.precision * sessions))


@dataclass(frozen=True)
class Probe:
    sessions: int
    confirms: bool
    """Whether it is sustained: a longer window, which decides."""


@dataclass(frozen=True)
class Found:
    """What one search came to."""

    sessions: int
    """The largest load that was confirmed; 0 where none was."""
    beyond: int | None = None
    """The smallest larger load that was seen to miss; None where none was."""
    ended_by: Ending = "missed"
    """The answer beyond what was found, or `most` where there was no more to try. With anything but `missed` the
    server may well hold more."""
    ended_at: int | None = None
    """The load that got this answer."""


Search = Generator[Probe, Answer, Found]


def search(bounds: Bounds, around: int | None = None) -> Search:
    """The largest load that holds; `around` is where earlier searches found it, which saves the long way there."""
    if around is None or not bounds.start <= around <= bounds.most:
        found = yield from _climb(Found(0), bounds.start, bounds)
        return (yield from _confirmed(found, 0, bounds))
    found = yield from _confirmed(Found(around, ended_by="most"), 0, bounds)
    if found.sessions < around:
        return found
    above = yield from _climb(found, around + bounds.step(around), bounds)
    return (yield from _confirmed(above, around, bounds))


def _climb(found: Found, first: int, bounds: Bounds) -> Search:
    """Upwards from what is known to hold, twice as far each time, and back by halves once a load is missed."""
    origin = low = found.sessions
    sessions = min(first, bounds.most)
    while sessions > low:
        answer = yield from _ask(Probe(sessions, confirms=False))
        if answer != "held":
            return (yield from _bisect(_ended(replace(found, sessions=low), sessions, answer), bounds))
        low, sessions = sessions, min(origin + 2 * (sessions - origin), bounds.most)
    return replace(found, sessions=low, ended_by="most", ended_at=None)


def _bisect(found: Found, bounds: Bounds) -> Search:
    """Ends at once where the instrument, and not the server, is what ended the climb."""
    low = found.sessions
    while low and found.ended_by == "missed" and found.beyond and found.beyond - low > bounds.step(low):
        middle = (low + found.beyond) // 2
        answer = yield from _ask(Probe(middle, confirms=False))
        if answer == "held":
            low = middle
        else:
            found = _ended(found, middle, answer)
    return replace(found, sessions=low)


def _confirmed(found: Found, known: int, bounds: Bounds) -> Search:
    """Sustains what was found, and steps down until a load holds or nothing is left above what is `known` to."""
    sessions = found.sessions
    while sessions > known:
        answer = yield from _ask(Probe(sessions, confirms=True))
        if answer == "held":
            return replace(found, sessions=sessions)
        found = _ended(found, sessions, answer)
        below = sessions - bounds.step(sessions)
        floor = known or bounds.start
        sessions = max(below, floor) if sessions > floor else 0
    return replace(found, sessions=known)


def _ended(found: Found, sessions: int, answer: Answer) -> Found:
    """Another load, the smallest so far, is not held."""
    assert answer != "held"
    beyond = sessions if answer == "missed" else found.beyond
    return replace(found, beyond=beyond, ended_by=answer, ended_at=sessions)


def _ask(probe: Probe) -> Generator[Probe, Answer, Answer]:
    """What the instrument spoiled is asked once more."""
    answer = yield probe
    if answer == "spoiled":
        answer = yield probe
    return answer
