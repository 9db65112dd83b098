"""From searches to how many people each target holds, and what binds it beyond that. Pure.

A search that the server did not end says only that it holds at least so many. Its place among the others is then known
from below alone: the median is exact where it is the same with all such searches taken for endless, and a lower limit
where it is not.
"""

from collections import Counter
from collections.abc import Sequence
from math import inf
from statistics import median_low

from bench.bottleneck import Bottleneck, bottleneck
from bench.capacity import words
from bench.capacity.record import Capacity, Held, Probed, Searched
from bench.capacity.search import Ending
from bench.capacity.validity import judge
from bench.results import Target
from bench.stats import interval_ranks


def conclude(capacity: Capacity) -> Capacity:
    """A copy with everything that follows from its searches and probes."""
    held = [found for target in capacity.targets if (found := hold(capacity, target))]
    concluded = capacity.model_copy(update={"held": held, "validity": judge(capacity)})
    return concluded.model_copy(update={"headline": words.headline(concluded)})


def hold(capacity: Capacity, target: Target) -> Held | None:
    """What the searches of one target come to; None while there is none."""
    searches = capacity.searches_of(target.name)
    if not searches:
        return None
    found = sorted(search.sessions for search in searches)
    endless = sorted(_upper(search) for search in searches)
    sessions = median_low(found)
    at_least = median_low(endless) > sessions
    low, high = _interval(found, endless)
    beyond = missed_beyond(capacity, target.name, sessions)
    bound = None if at_least else _binding(capacity, target, beyond)
    return Held(
        target=target.name,
        sessions=sessions,
        at_least=at_least,
        low=low,
        high=high,
        searches=len(searches),
        ended_by=_ended_by(searches, at_least),
        beyond=min((probe.sessions for probe in beyond), default=None),
        binding=bound[1].kind if bound else None,
        because=bound[1].because if bound else "",
        binding_at=bound[0] if bound else None,
    )


def missed_beyond(capacity: Capacity, target: str, sessions: int) -> list[Probed]:
    """In each search the probe with the smallest load above what is held that was missed."""
    nearest: dict[int, Probed] = {}
    for probe in capacity.probes:
        if (probe.target, probe.answer) != (target, "missed") or probe.sessions <= sessions:
            continue
        if probe.search not in nearest or probe.sessions < nearest[probe.search].sessions:
            nearest[probe.search] = probe
    return list(nearest.values())


def _binding(capacity: Capacity, target: Target, beyond: Sequence[Probed]) -> tuple[int, Bottleneck] | None:
    """What binds it, and the load that shows it. Right behind the limit it may not show yet; further on it does."""
    nearest = min((probe.sessions for probe in beyond), default=0)
    missed = [probe for probe in capacity.probes if (probe.target, probe.answer) == (target.name, "missed")]
    larger = sorted({probe.sessions for probe in missed if probe.sessions > nearest})
    groups = [(nearest, beyond), *((at, [probe for probe in missed if probe.sessions == at]) for at in larger)]
    found = [(at, bound) for at, probes in groups if (bound := _bottleneck(capacity, target, probes))]
    return next(((at, bound) for at, bound in found if bound.kind != "machine"), found[0] if found else None)


def _bottleneck(capacity: Capacity, target: Target, probes: Sequence[Probed]) -> Bottleneck | None:
    if not probes:
        return None
    longest = max(probe.longest_connect_seconds for probe in probes)
    return bottleneck(target, [probe.trial for probe in probes], capacity.environment.memory_bytes, longest)


def _interval(found: Sequence[int], endless: Sequence[float]) -> tuple[int | None, int | None]:
    """Of the median, by ranks; both from the smallest."""
    ranks = interval_ranks(len(found))
    if ranks is None:
        return None, None
    low, high = found[ranks[0] - 1], endless[ranks[1] - 1]
    return low, None if high == inf else int(high)


def _upper(search: Searched) -> float:
    """The most that it allows for."""
    return search.sessions if search.ended_by == "missed" else inf


def _ended_by(searches: Sequence[Searched], at_least: bool) -> Ending:
    if not at_least:
        return "missed"
    return Counter(search.ended_by for search in searches if search.ended_by != "missed").most_common(1)[0][0]
