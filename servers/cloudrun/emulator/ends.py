"""The two ends of a connection through the front, and bytes that pass between them as they are.

A frame costs one read and one write: after the heads nothing is looked into. Each end waits while the other is full.
"""

import asyncio
from collections.abc import Callable

from servers.cloudrun.emulator.heads import BYTES_MAX, END

EARLY_BYTES_MAX = 4 * BYTES_MAX
"""What a client may send before its request has found an instance; with more of it, it has to wait."""


class End(asyncio.Protocol):
    """One end. What comes before `join` is kept; after it, all goes to the other."""

    def __init__(self, on_head: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        self.transport: asyncio.Transport
        self.other: End | None = None
        self._on_head, self._on_end = on_head, on_end
        self._head_read = False
        self._early = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
            return
        self._early += data
        if not self._head_read:
            self.look_for_head()
        elif len(self._early) > EARLY_BYTES_MAX:
            self.transport.pause_reading()

    def look_for_head(self) -> None:
        """Calls `on_head` with the bytes of a head once they are there, or with as many as there may be."""
        end = self._early.find(END)
        if end < 0 and len(self._early) <= BYTES_MAX:
            return
        self._head_read = True
        head = bytes(self._early[:end]) if end >= 0 else bytes(self._early)
        del self._early[: len(head) + len(END)]
        self._on_head(head)

    def expect_another_head(self) -> None:
        """After one that only announces the real one (100 Continue, 103 Early Hints)."""
        self._head_read = False
        self.look_for_head()

    def join(self, other: "End") -> None:
        """From now on what comes goes to the other, beginning with what has come."""
        self.other = other
        if self._early:
            other.transport.write(bytes(self._early))
            self._early.clear()
        self.transport.resume_reading()

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if self.other is not None:
            self.other.transport.close()  # what has been written to it still goes out
        self._on_end()
