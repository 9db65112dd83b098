"""The heap of a process whose sessions come and go: what they give back, the system is to have back.

A TLS connection owns a buffer of 256 KiB. glibc learns from the first that is freed to take the next from its heap,
where what is small and lives long soon lies between them: a server that leaks nothing then seems to, by a few kilobytes
a session. It is told not to learn. Such buffers then come from the system and go back to it, and of those that are in
use only what has been written to is really there.
"""

import ctypes
from contextlib import suppress

LARGE_BYTES = 64 * 1024
"""From here on memory is asked of the system, and returned to it."""
_M_MMAP_THRESHOLD = -3


def return_what_is_large() -> None:
    """From now on. Nothing happens where the C library is another."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
