"""The clock of a load process: Unix seconds that never run backwards.

A monotonic clock, set to the wall clock once, so that durations are safe from clock steps and moments still line
up with what other processes of the machine stamp. A forked worker shares the offset, and so the clock; one on another
machine is set by its master's before it makes load.
"""

import time

_unix_offset_seconds = time.time() - time.perf_counter()


def now() -> float:
    """Unix seconds."""
    return _unix_offset_seconds + time.perf_counter()


def put_forward(seconds: float) -> None:
    """From now on the clock tells a moment so much later; what was stamped before no longer lines up."""
    global _unix_offset_seconds
    _unix_offset_seconds += seconds
