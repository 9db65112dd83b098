"""A chat session's WebSocket: websocket-client underneath, arrival stamps on every packet.

Speaks to gevent's sockets when Locust has patched them and to plain ones otherwise. Offers no compression and keeps
no cookies, so that sessions do not share anything; control frames are answered while a receive waits.
"""

import contextlib
import logging
import socket
import ssl
import struct
from functools import cache
from typing import Any, Literal

import websocket
from websocket import ABNF
from websocket._cookiejar import SimpleCookieJar

from loadtests.support.address import Address
from loadtests.support.clock import now
from loadtests.support.failures import SessionFailed, closed
from loadtests.support.packets import Packet, parse
from loadtests.support.stamped_socket import StampedSocket

_FAREWELL_SECONDS = 0.5
_EXPLANATION_SECONDS = 1.0

logging.getLogger("websocket").setLevel(logging.CRITICAL)


class Connection:
    """An open session. Anything that ends it raises SessionFailed with the reason's label."""

    def __init__(self, address: Address, timeout_seconds: float) -> None:
        addresses = _resolve(address.hostname, address.port)
        start = now()
        deadline = start + timeout_seconds
        self._socket = StampedSocket(_dial(address, addresses, deadline), deadline)
        self._websocket: websocket.WebSocket = _WebSocket(skip_utf8_validation=True, enable_multithread=False)
        self._upgrade(address.chat_url)
        self.connect_seconds = self._socket.arrived_at - start
        """TCP connect to the arrival of the 101."""

    @property
    def clock(self) -> Literal["user", "kernel"]:
        return self._socket.clock

    def send(self, prompt: str) -> float:
        """Hand a prompt to the socket; Unix seconds of when."""
        sent_at = now()
        try:
            self._websocket.send(prompt)
        except websocket.WebSocketTimeoutException as error:
            raise SessionFailed("timeout", "the server does not read") from error
        except (websocket.WebSocketException, OSError) as error:
            raise self._why_it_ended(error) from error
        return sent_at

    def receive(self, deadline: float) -> Packet | None:
        """The next packet, or None when the deadline passed first; half a frame is kept for the next call."""
        self._socket.deadline = deadline
        try:
            opcode, payload = self._websocket.recv_data()
        except websocket.WebSocketTimeoutException:
            return None
        except (websocket.WebSocketProtocolException, websocket.WebSocketPayloadException) as error:
            raise SessionFailed("bad_packet", str(error)) from error
        except (websocket.WebSocketException, OSError) as error:
            raise closed(None) from error
        arrived_at = self._socket.arrived_at
        if opcode == ABNF.OPCODE_TEXT:
            packet = parse(payload, arrived_at)
            if packet.error:
                raise self._why(packet.error)
            return packet
        if opcode == ABNF.OPCODE_CLOSE:
            raise closed(_code_of(payload))
        raise SessionFailed("bad_packet", "a binary frame")

    def leave(self) -> None:
        """Say goodbye, wait half a second for the answer, and free the socket."""
        self._websocket.close(timeout=_FAREWELL_SECONDS)
        self._socket.close()

    def _why(self, error: tuple[str, str]) -> SessionFailed:
        """An error packet goes before a close whose code tells the causes apart: wait for it, but not for long."""
        self._socket.deadline = now() + _EXPLANATION_SECONDS
        try:
            opcode, payload = self._websocket.recv_data()
        except (websocket.WebSocketException, OSError):
            return closed(None, error)
        return closed(_code_of(payload) if opcode == ABNF.OPCODE_CLOSE else None, error)

    def _why_it_ended(self, error: Exception) -> SessionFailed:
        """A send failed: the goodbye that explains it may be waiting to be read."""
        try:
            while self.receive(now()) is not None:
                pass
        except SessionFailed as reason:
            return reason
        return SessionFailed("dropped", str(error))

    def _upgrade(self, url: str) -> None:
        try:
            self._websocket.connect(url, socket=self._socket, redirect_limit=0, header=[])
        except websocket.WebSocketTimeoutException as error:
            raise SessionFailed("connect_timeout", "no upgrade") from error
        except websocket.WebSocketBadStatusException as error:
            raise SessionFailed(f"http_{error.status_code}") from error
        except (websocket.WebSocketException, OSError) as error:
            raise SessionFailed("connect_failed", str(error)) from error


class _WebSocket(websocket.WebSocket):
    def send_close(self, *args: Any, **options: Any) -> None:
        """Answer a close frame; a peer that is gone already must not cost us the code it left with."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            super().send_close(*args, **options)


class _NoCookies(SimpleCookieJar):
    """In place of websocket-client's one jar for the whole process."""

    def add(self, set_cookie: str | None) -> None:
        pass

    def get(self, host: str) -> str:
        return ""


websocket._handshake.CookieJar = _NoCookies()


def _dial(address: Address, addresses: list[tuple[Any, ...]], deadline: float) -> socket.socket:
    """A TCP connection, with TLS where the address asks for it. Raises SessionFailed."""
    try:
        connected = _first_that_answers(addresses, deadline)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not address.secure:
            return connected
        connected.settimeout(max(0.001, deadline - now()))
        return _tls().wrap_socket(connected, server_hostname=address.hostname)
    except TimeoutError as error:
        raise SessionFailed("connect_timeout", "no connection") from error
    except OSError as error:
        raise SessionFailed("connect_failed", error.strerror or str(error)) from error


def _first_that_answers(addresses: list[tuple[Any, ...]], deadline: float) -> socket.socket:
    for family, kind, protocol, _, where in addresses[:-1]:
        try:
            return _connected(family, kind, protocol, where, deadline)
        except OSError:
            continue
    family, kind, protocol, _, where = addresses[-1]
    return _connected(family, kind, protocol, where, deadline)


def _connected(family: int, kind: int, protocol: int, where: Any, deadline: float) -> socket.socket:
    connecting = socket.socket(family, kind, protocol)
    try:
        connecting.settimeout(max(0.001, deadline - now()))
        connecting.connect(where)
    except BaseException:
        connecting.close()
        raise
    return connecting


@cache
def _resolve(hostname: str, port: int) -> list[tuple[Any, ...]]:
    """Looked up once per process: a name server is not what is measured."""
    try:
        return list(socket.getaddrinfo(hostname, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        raise SessionFailed("connect_failed", f"{hostname}: {error}") from error


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _code_of(payload: bytes) -> int:
    """The code in a close frame; 1005 stands for none, as in RFC 6455 section 7.1.5."""
    return struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
