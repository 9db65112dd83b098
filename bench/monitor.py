"""Watches processes while a trial runs, from outside: CPU of whole trees often, their size now and then.

What a hypervisor takes from the cores meanwhile is watched beside them.

A look at the size of a server with hundreds of threads takes some ten milliseconds of CPU. It is taken seldom, of the
server alone, and by a thread with low priority, so that watching does not hold up the load and the fake beside it.
"""

import contextlib
import os
import threading
import time
from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psutil

from bench.steal import stolen_seconds

SAMPLE_SECONDS = 0.25
SIZE_SECONDS = 0.5
NICE = 10


@dataclass(frozen=True)
class Size:
    """How much a process and all its descendants hold."""

    memory_bytes: int
    """Proportional set size where the system tells it, else resident set size: shared pages are counted once."""
    own_bytes: int
    """What of it is no file's. A page that others map as well counts for less above as soon as they do, and Locust
    starting beside a server takes a megabyte off it; what sessions add is told by this."""
    threads: int
    descriptors: int
    processes: int


@dataclass(frozen=True)
class Sample:
    """One look at a process and all its descendants."""

    at: float
    """Unix seconds."""
    cpu_seconds: float
    """Spent so far, user and system, by all that are alive."""
    size: Size | None = None
    """None where this look was at the CPU alone."""


@dataclass
class Tree:
    """A process and its descendants, as last counted."""

    root: psutil.Process
    members: list[psutil.Process] = field(default_factory=list)
    lost: bool = False
    """Whether a process that was there before has ended."""

    def look(self, *, with_size: bool) -> Sample | None:
        """A sample; None once the root has gone."""
        if not self.root.is_running():
            return None
        size = self._size() if with_size else None
        return Sample(time.time(), sum(_cpu_seconds(process) for process in self.members), size)

    def count(self) -> None:
        """Finds the descendants anew, which means a look at every process of the machine."""
        before = self.members
        with contextlib.suppress(psutil.NoSuchProcess):
            self.members = [self.root, *self.root.children(recursive=True)]
        # One may end while they are looked for: it is not found any more, or found dead.
        self.lost = self.lost or not all(process in self.members and _is_alive(process) for process in before)

    def _size(self) -> Size:
        figures = [_holdings(process) for process in self.members]
        memory_bytes, own_bytes, threads, descriptors = (sum(column) for column in zip(*figures, strict=True))
        return Size(memory_bytes, own_bytes, threads, descriptors, len(figures))


def look(pid: int) -> Sample | None:
    """A sample, size included, of a process and its descendants."""
    try:
        tree = Tree(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return None
    tree.count()
    return tree.look(with_size=True)


def _is_alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that has ended and that nobody has asked about yet does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _cpu_seconds(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _holdings(process: psutil.Process) -> tuple[int, int, int, int]:
    with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
        memory = process.memory_full_info()
        descriptors = process.num_fds() if hasattr(process, "num_fds") else 0
        own_bytes = memory.rss - getattr(memory, "shared", 0)
        return getattr(memory, "pss", memory.rss), own_bytes, process.num_threads(), descriptors
    return 0, 0, 0, 0


class Monitor:
    """Samples named process trees from a thread of its own until it is left."""

    def __init__(self, roots: Mapping[str, int], sized: AbstractSet[str], cores: frozenset[int] = frozenset()) -> None:
        """`roots` maps a role to the id of its first process; of the roles in `sized` the size is looked at too.

        `cores` are those in use; all of the machine where there are none.
        """
        self._trees = {role: Tree(psutil.Process(pid)) for role, pid in roots.items()}
        for tree in self._trees.values():
            tree.count()
        self._sized = sized
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="monitor", daemon=True)
        self._cores = cores
        self.samples: dict[str, list[Sample]] = {role: [] for role in roots}
        self.stolen: list[Sample] = []
        """What each core in use lost on average to others than this machine; empty where the system does not tell."""

    def lost_some(self, role: str) -> bool:
        """Whether a process of this role ended while it was watched; a worker may, and its parent start another."""
        tree = self._trees[role]
        return tree.lost or not all(_is_alive(process) for process in tree.members)

    def _watch(self) -> None:
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)  # on Linux of this thread alone
        size_due_at = 0.0
        while not self._stop.wait(SAMPLE_SECONDS if size_due_at else 0.0):
            size_due = time.monotonic() >= size_due_at
            if size_due:
                size_due_at = time.monotonic() + SIZE_SECONDS
            self._look(size_due)
        self._look(size_due=False)  # what happened since the last look counts too

    def _look(self, size_due: bool) -> None:
        for role, tree in self._trees.items():
            if size_due:
                tree.count()
            if sample := tree.look(with_size=size_due and role in self._sized):
                self.samples[role].append(sample)
        stolen = stolen_seconds(self._cores)
        if stolen is not None:
            self.stolen.append(Sample(time.time(), stolen))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
