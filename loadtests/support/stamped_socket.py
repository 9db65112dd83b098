"""A socket that knows when the bytes it hands out arrived: the one place where arrivals are stamped.

websocket-client asks for a frame piecemeal (two bytes of header, then the payload). One read of the real socket
serves many such requests, and its stamp is taken right after it returns, before anything is parsed.
"""

import socket
import ssl
from typing import Literal

from loadtests.support.clock import now

_READ_BYTES = 16384
_SEND_SECONDS = 10.0


class StampedSocket:
    """Has the socket methods that websocket-client uses. Reads give up, with TimeoutError, at `deadline`."""

    clock: Literal["user", "kernel"] = "user"

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self.deadline = deadline
        self.arrived_at = 0.0
        """When the last byte handed out was read from the system."""
        self._socket = connected
        self._ahead = b""
        self._position = 0

    def recv(self, size: int) -> bytes:
        if self._position >= len(self._ahead):
            self._ahead = self._read()
            self._position = 0
        piece = self._ahead[self._position : self._position + size]
        self._position += len(piece)
        return piece

    def _read(self) -> bytes:
        """What has arrived, waiting for it until the deadline; empty at the end of the stream."""
        self._socket.settimeout(max(0.0, self.deadline - now()))
        try:
            arrived = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError) as nothing:
            raise TimeoutError("nothing arrived in time") from nothing
        self.arrived_at = now()
        return arrived

    def send(self, data: bytes) -> int:
        self._socket.settimeout(_SEND_SECONDS)
        self._socket.sendall(data)
        return len(data)

    def settimeout(self, seconds: float | None) -> None:
        """websocket-client sets a timeout before it waits for the answer to a close frame."""
        if seconds is not None:
            self.deadline = now() + seconds

    def gettimeout(self) -> float:
        """Anything but 0, which websocket-client takes for a non-blocking socket; the deadline is what counts."""
        return _SEND_SECONDS

    def shutdown(self, how: int) -> None:
        self._socket.shutdown(how)

    def close(self) -> None:
        self._socket.close()

    @property
    def _closed(self) -> bool:
        """websocket-client looks here before it closes a socket, and leaks it where the attribute is missing."""
        return self._socket.fileno() == -1
