"""Which cores each role gets: the server one side, generator and fake the other, so that neither robs the other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Cores:
    """Core numbers for each role; empty sets where the machine has one core and nothing is pinned."""

    server: frozenset[int]
    load: frozenset[int]

    @property
    def pinned(self) -> bool:
        return bool(self.server)

    def as_pinning(self) -> dict[str, list[int]]:
        """As the environment record shows it."""
        if not self.pinned:
            return {}
        return {"server": sorted(self.server), "load and fake": sorted(self.load)}


def share_out(available: frozenset[int]) -> Cores:
    """One core for the server, so that one event loop and one interpreter compete for the same thing; the rest
    for everything else."""
    if len(available) < 2:
        return Cores(frozenset(), frozenset())
    first, *others = sorted(available)
    return Cores(frozenset({first}), frozenset(others))


def usable_cores() -> frozenset[int]:
    """The cores this process may run on; empty where the system cannot say."""
    if not hasattr(os, "sched_getaffinity"):
        return frozenset()
    return frozenset(os.sched_getaffinity(0))


def pin(pid: int, cores: frozenset[int]) -> None:
    """Holds a process to cores; its threads and children to come inherit that. Nothing happens for an empty set."""
    if cores:
        os.sched_setaffinity(pid, cores)


@contextmanager
def held_to(cores: frozenset[int]) -> Iterator[None]:
    """Holds this process to cores while inside, and lets it back to where it was afterwards."""
    before = usable_cores()
    pin(os.getpid(), cores)
    try:
        yield
    finally:
        pin(os.getpid(), before)
