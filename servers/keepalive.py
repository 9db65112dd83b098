"""How a server finds out that a client is gone without a word, as a telephone is that has changed its network.

Nothing arrives then, not even an end, and a server that only listens would keep the session until it has been silent
for long enough. The system is told to ask instead. Its questions need no answer of the client's program.
"""

import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

IDLE_SECONDS = 15
"""How long nothing may arrive before the system asks."""
PROBE_SECONDS = 5
"""How long it waits for an answer before it asks again."""
PROBES = 3
GONE_SECONDS = IDLE_SECONDS + PROBE_SECONDS * PROBES
"""How long after it was last heard of a client is given up, whether or not there was something on its way to it.

Also how long it may leave no room at all for what is sent to it, where the system can be told so.
"""

_WANTED = (
    ("TCP_KEEPIDLE", IDLE_SECONDS),
    ("TCP_KEEPALIVE", IDLE_SECONDS),  # what macOS calls the same
    ("TCP_KEEPINTVL", PROBE_SECONDS),
    ("TCP_KEEPCNT", PROBES),
    ("TCP_USER_TIMEOUT", GONE_SECONDS * 1000),
)


class Listener(Protocol):
    """A socket, or what an event loop or a server shows of one."""

    def setsockopt(self, level: int, option: int, value: int, /) -> None: ...


def ask_after_clients(listeners: Iterable[Listener]) -> None:
    """For every connection that is made from now on: it inherits what its listener is told.

    What a system has no name for, or does not know by its name, it is not told.
    """
    for listener in listeners:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _WANTED:
            if (option := getattr(socket, name, None)) is not None:
                with suppress(OSError):
                    listener.setsockopt(socket.IPPROTO_TCP, option, value)
