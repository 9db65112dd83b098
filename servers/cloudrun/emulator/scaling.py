"""How many instances there should be, which of them a request goes to, and how long it may wait. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

UTILISATION = 0.6
"""The share of its concurrency at which the autoscaler means to keep an instance."""
PENDING_SECONDS = 10.0


@dataclass(frozen=True)
class Limits:
    """What a service allows: requests that an instance is given at a time, and instances."""

    concurrency: int
    instances_min: int
    instances_max: int

    @property
    def manual(self) -> bool:
        return self.instances_min == self.instances_max

    def wanted(self, requests: int) -> int:
        """How many instances so many requests call for, those that wait included."""
        per_instance = max(1, math.floor(self.concurrency * UTILISATION))
        return min(max(math.ceil(requests / per_instance), self.instances_min), self.instances_max)


@dataclass(frozen=True)
class Load:
    """An instance that has started: how many requests it has, and how many it was ever given."""

    instance: str
    requests: int
    served: int


def chosen(loads: Iterable[Load], limits: Limits, preferred: str | None) -> str | None:
    """The instance for a request: the preferred one if it has room, else one with the fewest; None if none has."""
    with_room = [load for load in loads if load.requests < limits.concurrency]
    if any(load.instance == preferred for load in with_room):
        return preferred
    return min(with_room, key=lambda load: (load.requests, load.served)).instance if with_room else None


def pending_seconds(start_ups_seconds: Sequence[float], at_least_seconds: float = PENDING_SECONDS) -> float:
    """How long a request may wait for room: as long as an instance takes to start on average, and at least so long."""
    if not start_ups_seconds:
        return at_least_seconds
    return max(at_least_seconds, sum(start_ups_seconds) / len(start_ups_seconds))
