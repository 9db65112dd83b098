"""The workers of --processes end with the process they were forked from, however that ends.

Locust's parent may leave before its workers have come up, and these would look for it for minutes.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""


def prevent() -> None:
    """From now on whatever this process forks is told to end when this one does. Only Linux can be asked for it."""
    parent = os.getpid()
    if sys.platform == "linux":
        os.register_at_fork(after_in_child=lambda: _end_with(parent))


def _end_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
