"""What happens in one second in which we only look on."""

import contextlib
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import psutil

from bench.doctor.leftovers import PROGRAMS, name_of
from bench.doctor.machine import Process, Second
from bench.steal import stolen_seconds

SECONDS = 1.0
AT_REST = frozenset({"idle", "iowait", "steal", "guest", "guest_nice"})
"""Not computing; what guests compute is in `user` already."""
NOTICED_SHARE = 0.02
"""Of a core: who computes less is not named."""


@dataclass(frozen=True)
class Counters:
    """All in seconds since some beginning, but for bytes."""

    at: float
    wall_less_steady: float
    computed: float | None
    """On the usable cores; None where nothing is counted."""
    stolen: float | None
    swapped_bytes: int
    own: float
    processes: Mapping[tuple[int, float], float]
    """Process id and when it was started, which together name a process, to what it has computed."""


def watch(cores: frozenset[int]) -> Second:
    """Looks on for `SECONDS`; at all cores where the set is empty."""
    before = read_counters(cores)
    time.sleep(SECONDS)
    after = read_counters(cores)
    return compare(before, after, len(cores) or psutil.cpu_count() or 1, _names(after.processes))


def compare(before: Counters, after: Counters, cores: int, names: Mapping[int, str]) -> Second:
    """What went on between the two; `names` are those of processes. Pure."""
    seconds = after.at - before.at
    return Second(
        counts_processor_time=after.computed is not None,
        others_share=_others(before, after, seconds * cores),
        busiest=_busiest(before, after, seconds, names),
        steal_share=None
        if before.stolen is None or after.stolen is None
        else max(0.0, after.stolen - before.stolen) / seconds,
        swapped_bytes=after.swapped_bytes - before.swapped_bytes,
        clock_step_seconds=after.wall_less_steady - before.wall_less_steady,
    )


def _others(before: Counters, after: Counters, core_seconds: float) -> float | None:
    if before.computed is None or after.computed is None:
        return None
    others = after.computed - before.computed - (after.own - before.own)
    return min(1.0, max(0.0, others / core_seconds))


def _busiest(before: Counters, after: Counters, seconds: float, names: Mapping[int, str]) -> tuple[Process, ...]:
    """Of those that were there all the time, and of those that came meanwhile."""
    shares = {
        pid: (computed - before.processes.get((pid, started), 0.0)) / seconds
        for (pid, started), computed in after.processes.items()
    }
    busy = [Process(pid, names.get(pid, "?"), share) for pid, share in shares.items() if share >= NOTICED_SHARE]
    return tuple(sorted(busy, key=lambda process: -process.cpu_share))


def read_counters(cores: frozenset[int]) -> Counters:
    return Counters(
        processes=_processes(),  # first, as it takes a while that is ours
        at=time.monotonic(),
        wall_less_steady=time.time() - time.monotonic(),
        computed=_computed(cores),
        stolen=stolen_seconds(cores),
        swapped_bytes=_swapped_bytes(),
        own=_own(),
    )


def _own() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


def _computed(cores: frozenset[int]) -> float | None:
    times = psutil.cpu_times(percpu=True)
    if not any(sum(core) for core in times):
        return None
    ours = [times[core] for core in cores] if cores and max(cores) < len(times) else times
    return float(sum(_computing(core._asdict()) for core in ours))


def _computing(core: Mapping[str, Any]) -> float:
    return float(sum(seconds for name, seconds in core.items() if name not in AT_REST))


def _swapped_bytes() -> int:
    with warnings.catch_warnings(action="ignore"):  # psutil warns where a sandbox does not count what moves
        swap = psutil.swap_memory()
    return int(swap.sin + swap.sout)


def _processes() -> dict[tuple[int, float], float]:
    found = {}
    own = psutil.Process().pid
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != own:
                times = process.cpu_times()
                found[process.pid, process.create_time()] = times.user + times.system
    return found


def shown_as(name: str, command: Sequence[str]) -> str:
    """What a run calls a process of its own; else its name, and the module where it is an interpreter's."""
    if ours := name_of(command):
        return ours
    module = next((after for option, after in pairwise(command) if option == "-m"), None)
    return f"{name} -m {module}" if module and name.startswith(PROGRAMS) else name


def _names(processes: Mapping[tuple[int, float], float]) -> dict[int, str]:
    names = {}
    for pid, _ in processes:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            names[pid] = shown_as(process.name(), process.cmdline())
    return names
