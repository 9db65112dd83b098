"""Watches processes while a trial runs: CPU, memory, threads and descriptors of whole trees, from outside."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

SAMPLE_SECONDS = 0.25


@dataclass(frozen=True)
class Sample:
    """One look at a process and all its descendants."""

    at: float
    """Unix seconds."""
    cpu_seconds: float
    """Spent so far, user and system, by all that are alive."""
    memory_bytes: int
    """Proportional set size where the system tells it, else resident set size: shared pages are counted once."""
    threads: int
    descriptors: int
    processes: int


def look(root: psutil.Process) -> Sample | None:
    """A sample of the tree under `root`; None once it has gone."""
    try:
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    seen = [figures for process in tree if (figures := _figures(process))]
    if not seen:
        return None
    cpu_seconds, memory_bytes, threads, descriptors = (sum(column) for column in zip(*seen, strict=True))
    return Sample(time.time(), cpu_seconds, int(memory_bytes), int(threads), int(descriptors), len(seen))


def _figures(process: psutil.Process) -> tuple[float, float, float, float] | None:
    try:
        with process.oneshot():
            times = process.cpu_times()
            memory = process.memory_full_info()
            return (
                times.user + times.system,
                getattr(memory, "pss", memory.rss),
                process.num_threads(),
                process.num_fds() if hasattr(process, "num_fds") else 0,
            )
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return None


class Monitor:
    """Samples named process trees from a thread of its own until it is left."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        """`roots` maps a role to the id of its first process."""
        self._roots = {role: psutil.Process(pid) for role, pid in roots.items()}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="monitor", daemon=True)
        self.samples: dict[str, list[Sample]] = {role: [] for role in roots}

    def _watch(self) -> None:
        while True:
            for role, root in self._roots.items():
                if sample := look(root):
                    self.samples[role].append(sample)
            if self._stop.wait(SAMPLE_SECONDS):
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
