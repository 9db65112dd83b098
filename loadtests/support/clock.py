"""The clock of a load process: Unix seconds that never run backwards.

A monotonic clock, set to the wall clock once, so that durations are safe from clock steps and moments still line
up with what other processes of the machine stamp. A forked worker shares the offset, and so the clock.
"""

import time

_UNIX_OFFSET_SECONDS = time.time() - time.perf_counter()


def now() -> float:
    """Unix seconds."""
    return _UNIX_OFFSET_SECONDS + time.perf_counter()
