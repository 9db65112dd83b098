"""A socket that knows when the bytes it hands out arrived: the one place where arrivals are stamped.

On Linux the kernel notes when each segment came in from the network (SO_TIMESTAMPING, software receive stamps; see
Documentation/networking/timestamping.rst of the kernel), and a read returns the note of the newest segment in it. So
a load process that is late to read knows by how much, and the arrival stays right. Elsewhere, or where a read brings
no note, it is stamped in user time, right after the read and before anything is parsed.

One read takes all that has arrived, through one buffer for the whole process, so that an idle session holds none.
"""

import socket
import struct
import sys
import time
from functools import cache
from typing import Literal

import gevent.socket
from gevent.monkey import get_original

from loadtests.support.clock import now
from loadtests.support.tls import Tls

READ_BYTES = 65536
_SEND_SECONDS = 10.0
_NO_LINGER = struct.pack("ii", 1, 0)
"""On, for no time at all."""

_SO_TIMESTAMPING = 37
_RX_SOFTWARE, _SOFTWARE = 1 << 3, 1 << 4
_STAMP = struct.Struct("qq")
"""How the control message begins on 64-bit Linux: seconds and nanoseconds of CLOCK_REALTIME, software stamp."""
_read_stamp = _STAMP.unpack_from
_CONTROL_BYTES = gevent.socket.CMSG_SPACE(3 * _STAMP.size) if sys.platform == "linux" else 0
_Socket = get_original("socket", "socket")
_KNOWS_STAMPS = sys.platform == "linux" and sys.maxsize > 2**32

_ARRIVALS = bytearray(READ_BYTES)
_ARRIVALS_VIEW = memoryview(_ARRIVALS)
_READ_INTO = [_ARRIVALS]


class StampedSocket:
    """Has the socket methods that websocket-client uses. Reads give up, with TimeoutError, at `deadline`."""

    __slots__ = (
        "_ahead",
        "_position",
        "_socket",
        "_stamps",
        "_tls",
        "arrived_at",
        "deadline",
        "lag_seconds",
        "sent_at",
    )

    def __init__(self, connected: gevent.socket.socket, deadline: float, tls: Tls | None = None) -> None:
        self.deadline = deadline
        self.arrived_at = 0.0
        """When the last bytes pulled arrived, Unix seconds."""
        self.lag_seconds: float | None = None
        """How much later they were read; None where they were stamped in user time."""
        self.sent_at = 0.0
        """When bytes were last handed to the system."""
        # gevent's own would keep two watchers for as long as it lives, and nobody waits in this one.
        self._socket: socket.socket = _Socket(fileno=connected.detach())
        self._socket.setblocking(False)
        self._tls = tls
        self._stamps = has_stamps() and _set_stamping(self._socket)
        self._ahead = b""
        self._position = 0

    @property
    def clock(self) -> Literal["user", "kernel"]:
        """Where the stamp of the last bytes pulled comes from."""
        return "user" if self.lag_seconds is None else "kernel"

    @property
    def has_ended(self) -> bool:
        """Whether it is known that nothing follows, though the connection is there and nothing more can be read."""
        return self._tls is not None and self._tls.ended

    def pull(self) -> bytes:
        """All that has arrived, stamped; empty at the end of the stream. Raises BlockingIOError where nothing has."""
        if self.has_ended:
            return b""
        if self._stamps:
            size, control, _, _ = self._socket.recvmsg_into(_READ_INTO, _CONTROL_BYTES)
        else:
            size, control = self._socket.recv_into(_ARRIVALS), []
        self.arrived_at, self.lag_seconds = now(), None
        for _, kind, data in control:
            if kind == _SO_TIMESTAMPING:
                seconds, nanoseconds = _read_stamp(data)
                # Both moments are the system clock's, so that a step of it between process start and now cancels out.
                lag_seconds = max(0.0, time.time() - (seconds + nanoseconds / 1e9))
                self.arrived_at -= lag_seconds
                self.lag_seconds = lag_seconds
        arrived = _ARRIVALS_VIEW[:size]
        return bytes(arrived) if self._tls is None else self._tls.decrypt(arrived)

    def recv(self, size: int) -> bytes:
        """As websocket-client asks: at most `size` bytes, waiting for them until the deadline."""
        if self._position >= len(self._ahead):
            self._ahead, self._position = self._awaited(), 0
        piece = self._ahead[self._position : self._position + size]
        self._position += len(piece)
        return piece

    def unread(self, data: bytes) -> None:
        """What was pulled comes first in the next `recv`."""
        self._ahead, self._position = data + self._ahead[self._position :], 0

    def rest(self) -> bytes:
        """What was pulled and not yet received."""
        rest, self._ahead, self._position = self._ahead[self._position :], b"", 0
        return rest

    def _awaited(self) -> bytes:
        while True:
            try:
                return self.pull()
            except BlockingIOError:
                seconds = self.deadline - now()
                if seconds <= 0:
                    raise TimeoutError("nothing arrived in time") from None
                gevent.socket.wait_read(self.fileno(), timeout=seconds, timeout_exc=TimeoutError("nothing in time"))

    def send(self, data: bytes) -> int:
        """All of it, or TimeoutError where the peer does not read."""
        sealed = data if self._tls is None else self._tls.encrypt(data)
        self.sent_at = now()
        sent = self._send(sealed)
        while sent < len(sealed):
            seconds = self.sent_at + _SEND_SECONDS - now()
            gevent.socket.wait_write(self.fileno(), timeout=seconds, timeout_exc=TimeoutError("nobody reads"))
            sent += self._send(sealed[sent:])
        return len(data)

    def _send(self, data: bytes) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def settimeout(self, seconds: float | None) -> None:
        """websocket-client sets a timeout before it waits for the answer to a close frame."""
        if seconds is not None:
            self.deadline = now() + seconds

    def gettimeout(self) -> float:
        """Anything but 0, which websocket-client takes for a non-blocking socket; the deadline is what counts."""
        return _SEND_SECONDS

    def shutdown(self, how: int) -> None:
        self._socket.shutdown(how)

    def reset_on_close(self) -> None:
        """The peer is to be sent a reset, and not the end of a stream."""
        self._socket.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_LINGER, _NO_LINGER)

    def close(self) -> None:
        self._socket.close()

    @property
    def _closed(self) -> bool:
        """websocket-client looks here before it closes a socket, and leaks it where the attribute is missing."""
        return self._socket.fileno() == -1


@cache
def has_stamps() -> bool:
    """Whether this system can be asked at all.

    It takes the kernel a moment to begin, and it ends when the last socket that asked is closed. So one is kept open
    for as long as the process lives, or the first replies, and those after a lull, would lack their stamps.
    """
    if not _KNOWS_STAMPS:
        return False
    keeper = gevent.socket.socket(gevent.socket.AF_INET, gevent.socket.SOCK_DGRAM)
    stamping = _set_stamping(keeper)
    keeper.detach()
    return stamping


def _set_stamping(asking: gevent.socket.socket | socket.socket) -> bool:
    try:
        asking.setsockopt(gevent.socket.SOL_SOCKET, _SO_TIMESTAMPING, _RX_SOFTWARE | _SOFTWARE)
    except OSError:
        return False
    return True


has_stamps()
