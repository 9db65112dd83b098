"""The clock of a load process: Unix seconds that never run backwards.

A monotonic clock, set to the wall clock once, so that durations are safe from clock steps and moments still line
up with what other processes of the machine stamp. A forked worker shares the offset, and so the clock; one on another
machine is set by its master's before it makes load.
"""

import time
from collections.abc import Callable

READINGS = 20


def offset_seconds(wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.perf_counter) -> float:
    """Wall clock less steady clock, by the reading that was over soonest.

    Between two clocks a process may have to wait: whoever reads each of them once is some microseconds wrong, and on a
    busy machine milliseconds.
    """
    readings = []
    for _ in range(READINGS):
        before, told, after = steady(), wall(), steady()
        readings.append((after - before, told - (before + after) / 2))
    return min(readings)[1]


_unix_offset_seconds = offset_seconds()


def now() -> float:
    """Unix seconds."""
    return _unix_offset_seconds + time.perf_counter()


def put_forward(seconds: float) -> None:
    """From now on the clock tells a moment so much later; what was stamped before no longer lines up."""
    global _unix_offset_seconds
    _unix_offset_seconds += seconds
