"""A connection to Gemini, by picows: frames are read in C and handed over as they arrive, without a task to wake."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.http11 import Response

from servers.patience import CLOSE_SECONDS
from servers.raw.gemini_wire import address, closed, cut_off, setup_frame
from servers.settings import Settings

DIAL_SECONDS = 10.0
PING_SECONDS = 20.0
"""How often to ask whether Gemini is still there, and how long to wait for its answer."""
MAX_MESSAGE_BYTES = 2**20


class Listening(Protocol):
    """Who is told what happens on a connection."""

    def hear(self, frame: bytes, more: bool) -> None:
        """A message; `more` where the next has arrived with it."""

    def end(self, error: Exception) -> None: ...

    def gemini_is_busy(self, busy: bool) -> None:
        """Whether more is waiting to be sent to Gemini than it takes at the moment."""


class Nobody:
    """Is told what happens when nobody wants to know any more."""

    def hear(self, frame: bytes, more: bool) -> None: ...

    def end(self, error: Exception) -> None: ...

    def gemini_is_busy(self, busy: bool) -> None: ...


class GeminiConnection(WSListener):
    """One session. The first frame is the answer to its setup; every other goes to who listens."""

    transport: WSTransport

    def __init__(self, listening: Listening) -> None:
        self._listening: Listening = listening
        self._hear = self._hear_first
        self._pieces = bytearray()
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wanted = True

    async def open(self, setup: str) -> None:
        """Raises ConnectionClosed where Gemini refuses."""
        self.transport.send(WSMsgType.TEXT, setup)
        await self._opened

    def say(self, frame: bytes) -> None:
        self.transport.send(WSMsgType.TEXT, frame)

    def pause_hearing(self) -> None:
        if not self.transport.underlying_transport.is_closing():
            self.transport.underlying_transport.pause_reading()

    def resume_hearing(self) -> None:
        if not self.transport.underlying_transport.is_closing():
            self.transport.underlying_transport.resume_reading()

    def give_up(self) -> None:
        """Cuts it, and nobody is told of it any more. Should it only now come about, it is cut then."""
        self._let_go()
        if hasattr(self, "transport"):
            self.transport.disconnect(graceful=False)

    async def close(self) -> None:
        """Closes it properly if it is not closed yet, and by force if Gemini does not answer."""
        self._let_go()
        self.transport.send_close(WSCloseCode.OK)
        try:
            with suppress(TimeoutError, WSError):  # of the error we have been told already
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self.transport.wait_disconnected()
        finally:
            self.give_up()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        if not self._wanted:
            transport.disconnect(graceful=False)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            self._be_closed(frame.get_payload_as_bytes())
        elif transport.is_close_frame_sent:
            # Its library has refused a frame, and reads on for a moment: what it reads now is no part of a session.
            self._end(cut_off())
        elif kind != WSMsgType.PONG:
            payload = frame.get_payload_as_bytes()
            if self._pieces or not frame.fin:
                self._gather(payload, frame.fin)
            else:
                self._hear(payload, not frame.last_in_buffer)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._end(cut_off())

    def pause_writing(self) -> None:
        self._listening.gemini_is_busy(True)

    def resume_writing(self) -> None:
        self._listening.gemini_is_busy(False)

    def _gather(self, piece: bytes, last: bool) -> None:
        self._pieces += piece
        if len(self._pieces) > MAX_MESSAGE_BYTES:
            self.transport.send_close(WSCloseCode.MESSAGE_TOO_BIG)
            self.transport.disconnect()
            self._end(cut_off())
        elif last:
            whole = bytes(self._pieces)
            self._pieces.clear()
            self._hear(whole, False)

    def _hear_first(self, frame: bytes, more: bool) -> None:
        """Whatever it says: Gemini would have closed the connection if it minded the setup."""
        self._hear = self._listening.hear
        if not self._opened.done():
            self._opened.set_result(None)

    def _be_closed(self, payload: bytes) -> None:
        began = not self.transport.is_close_frame_sent
        self.transport.send_close(WSCloseCode.OK)  # does nothing where we have sent one
        self.transport.disconnect()
        self._end(closed(payload) if began else cut_off())

    def _end(self, error: ConnectionClosed) -> None:
        if not self._wanted:
            return
        listening = self._listening
        self._let_go()
        if self._opened.done():
            listening.end(error)
        else:
            self._opened.set_exception(error)

    def _let_go(self) -> None:
        """What listened is not to live for as long as what is left of this: its library has it wait for a collector."""
        self._wanted = False
        self._listening = Nobody()
        self._hear = self._listening.hear


@dataclass(frozen=True)
class Gemini:
    """Where it is and how to get there: the same for every session of a process."""

    url: str
    setup: Callable[[str | None], str]
    """What to say first, given the handle of a conversation that is to go on."""
    tls: ssl.SSLContext
    proxy: str | None

    @asynccontextmanager
    async def connect(
        self, headers: Mapping[str, str], listening: Listening, handle: str | None = None
    ) -> AsyncIterator[GeminiConnection]:
        """A session. Raises ConnectionClosed, OSError and InvalidHandshake where there is none to be had."""
        connection = GeminiConnection(listening)
        try:
            async with asyncio.timeout(DIAL_SECONDS):
                await self._dial(headers, connection)
        except BaseException:
            connection.give_up()
            raise
        try:
            await connection.open(self.setup(handle))
            yield connection
        finally:
            await connection.close()

    async def _dial(self, headers: Mapping[str, str], connection: GeminiConnection) -> None:
        try:
            await ws_connect(
                lambda *_: connection,
                self.url,
                ssl_context=self.tls,
                proxy=self.proxy,
                extra_headers=headers,
                max_frame_size=MAX_MESSAGE_BYTES,
                max_redirects=0,
                websocket_handshake_timeout=DIAL_SECONDS,
                enable_auto_ping=True,
                auto_ping_idle_timeout=PING_SECONDS,
                auto_ping_reply_timeout=PING_SECONDS,
                auto_ping_strategy=WSAutoPingStrategy.PING_PERIODICALLY,
                # Its own TLS goes on reading a descriptor that it has closed, which may be somebody else's by then.
                use_aiofastnet=False,
            )
        except WSHandshakeError as error:
            raise _refused(error) from error


def _refused(error: WSHandshakeError) -> InvalidHandshake:
    """In the words of the library that all others are told the like by."""
    if error.response:
        return InvalidStatus(Response(int(error.response.status), "", Headers()))
    return InvalidHandshake(str(error))


def find_gemini(settings: Settings) -> Gemini:
    """Reads what the environment says of certificates and proxies."""
    url = address(settings)
    host = urlsplit(url).netloc
    proxy = None if proxy_bypass(host) else getproxies().get("https")
    return Gemini(url, partial(setup_frame, settings), ssl.create_default_context(), proxy)
