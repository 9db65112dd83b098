"""The ways of several shards to one server, told as one. Pure.

Each machine has a way of its own. What is taken off a turn's latency is the round trip of the shard that asked; the one
number that stands beside the latencies of them all is the median of theirs.
"""

from collections.abc import Sequence
from statistics import median

from bench import round_trips, units
from bench.distance import differ
from bench.elsewhere import Approach, RoundTrip
from bench.execution import Execution

NAMES = ("app", "build", "revision", "instance")
"""What a server says of itself."""


def combined(parts: Sequence[Execution]) -> Approach | None:
    """None where one of them did not look."""
    ways = [part.approach for part in parts if part.approach]
    if len(ways) < len(parts):
        return None
    return Approach(
        connect_seconds=max(way.connect_seconds for way in ways),
        round_trip=_round_trip([way.round_trip for way in ways]),
        from_elsewhere=any(way.from_elsewhere for way in ways),
        cold=any(way.cold for way in ways),
        **_agreed(ways),
    )


def remarks(parts: Sequence[Execution]) -> list[str]:
    """Whether they are at different distances: then latencies are of a mixture of ways."""
    known = [(round_trips.of_way(part.approach), index) for index, part in enumerate(parts)]
    trips = [(seconds, index) for seconds, index in known if seconds is not None]
    if not trips or not differ([seconds for seconds, _ in trips]):
        return []
    nearest, furthest = min(trips), max(trips)
    return [
        f"the shards are not equally far away (round trip {units.seconds(nearest[0])} from shard {nearest[1]}, "
        f"{units.seconds(furthest[0])} from shard {furthest[1]}): latencies are of them all, and what is told without "
        "the round trip is without that of the shard that asked"
    ]


def _round_trip(trips: Sequence[RoundTrip | None]) -> RoundTrip | None:
    """None where one of them has none."""
    known = [trip for trip in trips if trip]
    if len(known) < len(trips):
        return None
    return RoundTrip(
        pings=sum(trip.pings for trip in known),
        p50_seconds=median(trip.p50_seconds for trip in known),
        min_seconds=min(trip.min_seconds for trip in known),
        p95_seconds=max(trip.p95_seconds for trip in known),
    )


def _agreed(ways: Sequence[Approach]) -> dict[str, str | None]:
    """What the server said to all of them alike."""
    said = {name: {getattr(way, name) for way in ways} for name in NAMES}
    return {name: values.pop() if len(values) == 1 else None for name, values in said.items()}
