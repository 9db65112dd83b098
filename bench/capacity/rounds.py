"""Every search for every target, one round of targets after the other, and the record as it grows. Pure but for what
measures."""

import random
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from statistics import median_low

from bench.capacity.conclude import conclude
from bench.capacity.outlook import Standing
from bench.capacity.record import Capacity, Probed, Searched
from bench.capacity.search import Bounds, Probe, search
from bench.results import Target


@dataclass(frozen=True)
class Attempt:
    """A probe to come, and where it belongs."""

    order: int
    target: Target
    search: int
    probe: Probe


Measure = Callable[[Attempt], Probed]


def carry_out(capacity: Capacity, measure: Measure) -> Iterator[Capacity]:
    """The record after every probe and after every search. Targets of a round are in an order that the seed decides,
    so that what the machine does in time falls on all of them."""
    dice = random.Random(capacity.seed)
    for number in range(1, capacity.repeats + 1):
        for target in dice.sample(capacity.targets, len(capacity.targets)):
            if is_worth_searching(capacity, target.name):
                capacity = yield from _search(capacity, target, number, measure)


def bounds_of(capacity: Capacity) -> Bounds:
    return Bounds(capacity.start, capacity.most, capacity.precision)


def around(capacity: Capacity, target: str) -> int | None:
    """Where the next search for a target begins: in the middle of what those before it found."""
    found = [search.sessions for search in capacity.searches_of(target) if search.sessions]
    return median_low(found) if found else None


def is_worth_searching(capacity: Capacity, target: str) -> bool:
    """Not once a target has missed the smallest load of all, or that load cannot be judged."""
    return not any(
        search.sessions == 0 and search.ended_by in ("missed", "not known") for search in capacity.searches_of(target)
    )


def standing(capacity: Capacity, target: str) -> Standing:
    """How far its searches are; one that has not begun counts as going on, with nothing asked.

    What earlier searches found is taken to hold still, until this one has seen it missed: then the next step down is.
    """
    done = capacity.searches_of(target)
    probes = [probe for probe in capacity.probes if (probe.target, probe.search) == (target, len(done) + 1)]
    missed = [probe.sessions for probe in probes if probe.answer == "missed"]
    beyond = [search.beyond for search in done if search.beyond]
    high = min(missed or beyond, default=None)
    known = [probe.sessions for probe in probes if probe.answer == "held"] or [around(capacity, target) or 0]
    low = max(known)
    if high is not None and low >= high:
        low = high - bounds_of(capacity).step(high)
    return Standing(
        around=around(capacity, target),
        answers=[probe.answer for probe in probes],
        searches=capacity.repeats - len(done) - 1,
        low=low,
        high=high,
    )


def _search(capacity: Capacity, target: Target, number: int, measure: Measure) -> Generator[Capacity, None, Capacity]:
    looking = search(bounds_of(capacity), around(capacity, target.name))
    try:
        probe = next(looking)
        while True:
            measured = measure(Attempt(len(capacity.probes) + 1, target, number, probe))
            capacity = capacity.model_copy(update={"probes": [*capacity.probes, measured]})
            yield capacity
            probe = looking.send(measured.answer)
    except StopIteration as end:
        found = end.value
    searched = Searched(
        target=target.name,
        search=number,
        sessions=found.sessions,
        beyond=found.beyond,
        ended_by=found.ended_by,
        ended_at=found.ended_at,
    )
    capacity = conclude(capacity.model_copy(update={"searches": [*capacity.searches, searched]}))
    yield capacity
    return capacity
