"""Which cores each role gets: the server one side, generator and fake the other, so that neither robs the other."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOPOLOGY = Path("/sys/devices/system/cpu")

Siblings = Mapping[int, frozenset[int]]
"""A core as the system counts them, to all that are hardware threads of the same physical core, itself included."""


@dataclass(frozen=True)
class Cores:
    """Core numbers for each role; empty sets where the machine has one core and nothing is pinned.

    Where no server runs on this machine the load has all cores, which holds it to nothing."""

    server: frozenset[int]
    load: frozenset[int]
    idle: frozenset[int] = frozenset()
    """The other hardware threads of the server's physical core, which nobody uses."""

    def in_use(self, with_server: bool) -> frozenset[int]:
        """Those that a trial runs on; `with_server` says whether its server runs on this machine."""
        return self.load | self.server if with_server else self.load

    @property
    def pinned(self) -> bool:
        return bool(self.server)

    def as_pinning(self) -> dict[str, list[int]]:
        """As the environment record shows it."""
        if not self.pinned:
            return {}
        roles = {"server": self.server, "load and fake": self.load, "left idle": self.idle}
        return {role: sorted(cores) for role, cores in roles.items() if cores}


def share_out(available: frozenset[int], siblings: Siblings) -> Cores:
    """One core for the server, so that one event loop and one interpreter compete for the same thing; the rest
    for everything else.

    Two hardware threads of one physical core take from each other what they compute with. So those beside the server
    are left idle where the load still has a physical core to itself; where there is but one, all are used.
    """
    if len(available) < 2:
        return Cores(frozenset(), frozenset())
    first = min(available)
    beside = siblings.get(first, frozenset()) & available - {first}
    elsewhere = available - beside - {first}
    if not elsewhere:
        return Cores(frozenset({first}), beside)
    return Cores(frozenset({first}), elsewhere, beside)


def share_out_machine(with_server: bool = True) -> Cores:
    """The cores that this process may use, shared out; all to the load where no server is started on this machine."""
    available = usable_cores()
    return share_out(available, read_siblings(available)) if with_server else Cores(frozenset(), available)


def read_siblings(cores: frozenset[int], topology: Path = TOPOLOGY) -> Siblings:
    """As the system tells them; a core of which it tells nothing is left out."""
    found = {}
    for core in cores:
        with contextlib.suppress(OSError, ValueError):
            path = topology / f"cpu{core}" / "topology" / "thread_siblings_list"
            found[core] = parse_list(path.read_text(encoding="ascii"))
    return found


def parse_list(text: str) -> frozenset[int]:
    """The kernel's way to write a set of cores: '0-2,5'. Raises ValueError for anything else."""
    spans = [[int(end) for end in span.split("-")] for span in text.strip().split(",")]
    return frozenset(core for span in spans for core in range(span[0], span[-1] + 1))


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
