"""Which sessions have something to read, and when they read it.

Where the kernel stamps what arrives, a read that comes a little later is no less right, and a loop that wakes for every
single frame spends much of its time on waking. So all sessions share one epoll, and every two milliseconds what has
arrived is read in one go. Elsewhere every session has a watcher of its own, and reads as soon as the loop is told.
"""

import select
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import gevent
from gevent.monkey import get_original

from loadtests.support.stamped_socket import has_stamps

_GATHER_SECONDS = 0.002
"""Well below the gap between two chunks of a reply: of those that one read brings, only the last one has its stamp."""
_READABLE = 1
"""What libev calls a socket that can be read."""

Read = Callable[[], None]
"""Runs in the event loop: must neither wait nor raise."""


class Reads(Protocol):
    def watch(self, descriptor: int, read: Read) -> None:
        """Have `read` called whenever there is something, until the descriptor is forgotten, which must be before it
        is closed."""

    def forget(self, descriptor: int) -> None:
        """Nothing happens where it is not watched."""


@cache
def reads() -> Reads:
    """Those of this process; to be asked for first where the sessions are made."""
    return Gathered() if has_stamps() else AtOnce()


class Gathered:
    """Read together, once in so many seconds."""

    def __init__(self, seconds: float = _GATHER_SECONDS) -> None:
        # gevent takes it out of `select`, for its wait would stop everybody; here nobody waits in it.
        self._epoll = get_original("select", "epoll")()
        self._reads: dict[int, Read] = {}
        # Not a watcher of the epoll: whenever one starts or stops, the kernel looks through all sessions.
        self._tick = gevent.get_hub().loop.timer(seconds, seconds)

    def watch(self, descriptor: int, read: Read) -> None:
        if not self._reads:
            self._tick.start(self._read_all)
        self._reads[descriptor] = read
        self._epoll.register(descriptor, select.POLLIN)

    def forget(self, descriptor: int) -> None:
        if self._reads.pop(descriptor, None):
            self._epoll.unregister(descriptor)
        if not self._reads:
            self._tick.stop()

    def _read_all(self) -> None:
        reads = self._reads
        for descriptor, _ in self._epoll.poll(0, max(1, len(reads))):
            read = reads.get(descriptor)
            if read:  # else one that was read before it made an end of it
                read()


class AtOnce:
    """Read one by one."""

    def __init__(self) -> None:
        self._watchers: dict[int, Any] = {}

    def watch(self, descriptor: int, read: Read) -> None:
        watcher = gevent.get_hub().loop.io(descriptor, _READABLE)
        self._watchers[descriptor] = watcher
        watcher.start(read)

    def forget(self, descriptor: int) -> None:
        watcher = self._watchers.pop(descriptor, None)
        if watcher:
            watcher.stop()
            watcher.close()
