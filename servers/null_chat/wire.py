"""A client's socket: what arrived and when the kernel received it; what is sent, now or as soon as it can be.

`SO_TIMESTAMPING` software receive stamps: `linux/net_tstamp.h` and Documentation/networking/timestamping.rst. The
ancillary message begins with two 64-bit integers, seconds and nanoseconds of the wall clock, when the newest segment
in that read came in.
"""

import select
import socket
import struct

from servers.null_chat.timing import NANOSECONDS

UNSENT_BYTES_MAX = 4 * 2**20
"""More than this waiting for a client means that it no longer reads."""

_SO_TIMESTAMPING = 37
_RX_SOFTWARE, _SOFTWARE = 1 << 3, 1 << 4
_STAMP = struct.Struct("=qq")
_ANCILLARY_BYTES = 128
_buffer = bytearray(64 * 1024)
"""Of all sockets: what is read is copied out at once."""


def ask_for_stamps(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _RX_SOFTWARE | _SOFTWARE)


class Wire:
    __slots__ = ("_epoll", "_socket", "_unsent", "descriptor")

    def __init__(self, sock: socket.socket, epoll: select.epoll) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ask_for_stamps(sock)
        self._socket = sock
        self._epoll = epoll
        self._unsent = b""
        self.descriptor = sock.fileno()
        epoll.register(sock, select.EPOLLIN)

    def read(self) -> tuple[bytes, int | None]:
        """What has arrived, nothing at the end of the stream, and the kernel's stamp where there is one.

        Raises OSError; BlockingIOError where nothing has arrived.
        """
        size, ancillary, _, _ = self._socket.recvmsg_into((_buffer,), _ANCILLARY_BYTES)
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPING:
                seconds, nanoseconds = _STAMP.unpack_from(data)
                return bytes(_buffer[:size]), seconds * NANOSECONDS + nanoseconds or None
        return bytes(_buffer[:size]), None

    def send(self, data: bytes) -> bool:
        """Whether all of it could be handed over at once; else the rest follows. Raises OSError."""
        if self._unsent:
            self._unsent += data
            if len(self._unsent) > UNSENT_BYTES_MAX:
                raise ConnectionError("the client does not read")
            return False
        sent = self._hand_over(data)
        if sent == len(data):
            return True
        self._unsent = data[sent:]
        self._epoll.modify(self.descriptor, select.EPOLLIN | select.EPOLLOUT)
        return False

    def send_rest(self) -> None:
        """There is room again. Raises OSError."""
        self._unsent = self._unsent[self._hand_over(self._unsent) :]
        if not self._unsent:
            self._epoll.modify(self.descriptor, select.EPOLLIN)

    @property
    def all_sent(self) -> bool:
        return not self._unsent

    def say_no_more(self) -> None:
        """Raises OSError where the client has gone."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._socket.close()  # which takes it out of the epoll

    def _hand_over(self, data: bytes) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
