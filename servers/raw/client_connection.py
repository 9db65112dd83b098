"""A connection of a client's: what it sends goes through the `websockets` library, what it is sent past it.

A client says little, in whatever manner it likes, so every frame of its is examined. A server's packets are one kind of
frame only, many thousands a second, and are written as the few bytes that they are.
"""

import asyncio
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Protocol, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from servers.farewells import Farewell
from servers.resumption import PROTOCOL
from servers.settings import LONGEST_CHARACTER_BYTES, MAX_MESSAGE_BYTES, OPENING_SECONDS

GRACE_SECONDS = 2.0
"""How long a client may take to answer a close."""
QUIET_SECONDS, PATIENCE_SECONDS = 1.0, 10.0
"""How long a client that has broken the protocol must have been quiet before it is hung up on, and how long it may take
to be quiet. In the middle of a long message it would not read why it is closed if nobody took the rest of that."""
LIVE = "/live"
LIVE_PROTOCOL = Subprotocol(PROTOCOL)


class Talking(Protocol):
    """Who is told what happens on a connection."""

    def ask(self, frame: str | bytes) -> None: ...

    def client_has_left(self) -> None: ...

    def client_is_slow(self, slow: bool) -> None:
        """Whether more is waiting to be sent to the client than it takes at the moment."""


class ClientConnection(asyncio.Protocol):
    """Answers one request: with what `answer` has to say to it, or by a session, which `begin` begins."""

    def __init__(
        self,
        answer: Callable[[Request], Response | None],
        begin: Callable[["ClientConnection", Request], Talking],
        on_made: Callable[["ClientConnection"], None],
        on_lost: Callable[["ClientConnection"], None],
    ) -> None:
        self._answer, self._begin, self._on_made, self._on_lost = answer, begin, on_made, on_lost
        self._talking: Talking | None = None
        self._websocket = ServerProtocol(
            subprotocols=[LIVE_PROTOCOL],
            select_subprotocol=_choose_subprotocol,
            max_size=MAX_MESSAGE_BYTES * LONGEST_CHARACTER_BYTES,
        )
        self._unsent = bytearray()
        self._about_to_say: asyncio.Handle | None = None
        self._pieces = bytearray()
        self._kind = Opcode.TEXT
        self._lingering: asyncio.TimerHandle | None = None

    @property
    def talking(self) -> bool:
        """Whether there is a session, or has been one."""
        return self._talking is not None

    def say(self, packet: str, more: bool = False) -> None:
        """Nothing happens where the client has left. Where `more` is about to be said, all goes out with that."""
        self._unsent += text_frame(packet.encode())
        if not more:
            self._say_all()
        elif not self._about_to_say:
            # It may turn out that the rest is not for the client.
            self._about_to_say = asyncio.get_running_loop().call_soon(self._say_all)

    def leave(self, farewell: Farewell) -> None:
        """Says why, and closes."""
        if self._websocket.state is State.OPEN:
            self.say(farewell.packet)
            self._websocket.send_close(farewell.close_code, farewell.code)
            self._send()

    def pause_listening(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_listening(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def cut(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._deadline = asyncio.get_running_loop().call_later(OPENING_SECONDS, self.cut)
        self._on_made(self)

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            self._linger()
        elif self._websocket.state is State.CONNECTING:
            # Line by line, so that the request is answered before anything is made of what comes right behind it.
            for line in data.splitlines(keepends=True):
                self._take(line)
        else:
            self._take(data)

    def eof_received(self) -> None:
        self._websocket.receive_eof()
        self._react()

    def connection_lost(self, error: Exception | None) -> None:
        self._deadline.cancel()
        if self._lingering:
            self._lingering.cancel()
        self._websocket.receive_eof()
        if self._talking:
            self._talking.client_has_left()
            self._talking = None
        self._on_lost(self)

    def pause_writing(self) -> None:
        if self._talking:
            self._talking.client_is_slow(True)

    def resume_writing(self) -> None:
        if self._talking:
            self._talking.client_is_slow(False)

    def _say_all(self) -> None:
        if self._about_to_say:
            self._about_to_say.cancel()
            self._about_to_say = None
        if self._unsent and self._websocket.state is State.OPEN:
            self._transport.write(bytes(self._unsent))
        self._unsent.clear()

    def _take(self, data: bytes) -> None:
        self._websocket.receive_data(data)
        self._react()

    def _react(self) -> None:
        for event in self._websocket.events_received():
            if isinstance(event, Request):
                self._greet(event)
            elif isinstance(event, Frame):
                self._listen(event)
        self._send()
        if self._talking and self._websocket.state is not State.OPEN:
            self._talking.client_has_left()

    def _greet(self, request: Request) -> None:
        response = self._answer(request) or self._websocket.accept(request)
        if response.status_code == HTTPStatus.UPGRADE_REQUIRED:
            response = self._websocket.reject(HTTPStatus.BAD_REQUEST, "this is the address of a WebSocket\n")
        self._websocket.send_response(response)
        self._send()
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self._deadline.cancel()
            self._talking = self._begin(self, request)

    def _listen(self, frame: Frame) -> None:
        """Joins the pieces of a message."""
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        if frame.opcode is not Opcode.CONT:
            self._kind = frame.opcode
        self._pieces += frame.data
        if frame.fin:
            message = bytes(self._pieces)
            self._pieces.clear()
            self._understand(message)

    def _understand(self, message: bytes) -> None:
        try:
            said = message.decode() if self._kind is Opcode.TEXT else message
        except UnicodeDecodeError:
            self._websocket.fail(CloseCode.INVALID_DATA)
            return
        if len(said) > MAX_MESSAGE_BYTES:
            self._websocket.fail(CloseCode.MESSAGE_TOO_BIG)
        elif self._talking:
            self._talking.ask(said)

    def _send(self) -> None:
        """Sends what the protocol wants sent; once it is a goodbye, the client does not have for ever."""
        for data in self._websocket.data_to_send():
            if data:
                self._transport.write(data)
            elif self._websocket.close_sent and not self._websocket.close_rcvd:
                self._linger()
            else:
                self._transport.write_eof()
        if self._websocket.close_expected():
            self._deadline.cancel()
            seconds = PATIENCE_SECONDS if self._lingering else GRACE_SECONDS
            self._deadline = asyncio.get_running_loop().call_later(seconds, self.cut)

    def _linger(self) -> None:
        if self._lingering:
            self._lingering.cancel()
        self._lingering = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._transport.close)


def _choose_subprotocol(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return LIVE_PROTOCOL if LIVE_PROTOCOL in offered else None


def text_frame(payload: bytes) -> bytes:
    """A whole message of text in one frame, as servers send it: unmasked."""
    size = len(payload)
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 2**16:
        return b"\x81\x7e%b%b" % (size.to_bytes(2), payload)
    return b"\x81\x7f%b%b" % (size.to_bytes(8), payload)
