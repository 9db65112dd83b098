"""How long the rest will take at most, found by searching made-up servers of every size. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.capacity.search import Answer, Bounds, Found, Probe, search

SIZES = 40
"""How many made-up servers are searched; the ones between them take about as long."""
Seconds = Callable[[Probe], float]
"""What a probe takes."""


@dataclass(frozen=True)
class Standing:
    """How far the searches of one target are."""

    around: int | None = None
    answers: Sequence[Answer] = ()
    """Of the search that goes on."""
    searches: int = 0
    """How many are to come after it."""
    low: int = 0
    high: int | None = None
    """What is known to hold, and to miss."""


def most_seconds(standing: Standing, bounds: Bounds, seconds: Seconds) -> float:
    """The longest that the search that goes on and those after it can take, for a server that is the same each time."""
    return max(_seconds(standing, capacity, bounds, seconds) for capacity in _sizes(standing, bounds))


def _sizes(standing: Standing, bounds: Bounds) -> list[int]:
    low = max(standing.low, bounds.start - 1)
    high = max(low, min(standing.high - 1 if standing.high else bounds.most, bounds.most))
    return sorted({round(low + (high - low) * place / SIZES) for place in range(SIZES + 1)})


def _seconds(standing: Standing, capacity: int, bounds: Bounds, seconds: Seconds) -> float:
    spent, found = _carried_out(bounds, standing.around, standing.answers, capacity, seconds)
    if not found.sessions or not standing.searches:
        return spent
    again, _ = _carried_out(bounds, found.sessions, (), capacity, seconds)
    return spent + standing.searches * again


def _carried_out(
    bounds: Bounds, around: int | None, answers: Sequence[Answer], capacity: int, seconds: Seconds
) -> tuple[float, Found]:
    """What is left of a search of which some answers are known."""
    looking, spent, asked = search(bounds, around), 0.0, 0
    try:
        probe = next(looking)
        while True:
            known = asked < len(answers)
            spent += 0.0 if known else seconds(probe)
            answer = answers[asked] if known else "held" if probe.sessions <= capacity else "missed"
            asked += 1
            probe = looking.send(answer)
    except StopIteration as end:
        found: Found = end.value
        return spent, found
