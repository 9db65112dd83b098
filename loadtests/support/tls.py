"""TLS over a socket that somebody else reads and writes: records go through two memory buffers.

`SSLSocket` reads by itself, and so nobody would see when its records arrived.
"""

import ssl
from functools import cache

import gevent.socket

_RECORD_BYTES = 16384
"""The most that one record can hold (RFC 8446, section 5.1)."""


class Tls:
    """One connection's encryption."""

    __slots__ = ("_incoming", "_object", "_outgoing", "ended")

    def __init__(self, connected: gevent.socket.socket, hostname: str) -> None:
        """Shakes hands over the socket, with the time-out set on it. Raises OSError, of which ssl.SSLError is one."""
        self.ended = False
        """Whether the peer has said that nothing follows: it may leave the connection itself open for long."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = _context().wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)
        while not self._has_shaken_hands():
            connected.sendall(self._outgoing.read())
            arrived = connected.recv(_RECORD_BYTES)
            if not arrived:
                raise ConnectionResetError("the server left in the TLS handshake: check that wss:// is right")
            self._incoming.write(arrived)
        connected.sendall(self._outgoing.read())

    def _has_shaken_hands(self) -> bool:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def decrypt(self, arrived: bytes | memoryview) -> bytes:
        """What the records that have arrived hold; empty at the end of the stream.

        Raises BlockingIOError where no record is whole yet, and ssl.SSLError where one is broken.
        """
        if not arrived:
            return b""
        self._incoming.write(arrived)
        pieces = []
        try:
            while piece := self._object.read(_RECORD_BYTES):
                pieces.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            if not pieces:
                raise BlockingIOError("no whole record yet") from None
        except ssl.SSLZeroReturnError:
            self.ended = True
        return b"".join(pieces)

    def encrypt(self, data: bytes) -> bytes:
        """The records to send, with whatever the protocol itself has to say."""
        self._object.write(data)
        return self._outgoing.read()


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
