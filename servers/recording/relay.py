"""Listening between a chat server and Gemini: an upgrade is granted only once it has been granted behind us."""

import asyncio
import signal
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.http11 import Request, Response

from servers.recording.destination import Destination
from servers.recording.errors import RecordingError
from servers.recording.lines import Opened, Refused
from servers.recording.passage import Passage
from servers.recording.scrubbing import Scrubber
from servers.recording.tape import Tape

CLOSE_SECONDS = 1.0
"""How long either side may take to answer a close."""
BACKLOG = 4096
_OURS = frozenset({"host", "connection", "upgrade", "content-length", "transfer-encoding", "server", "date"})
"""Headers that belong to one connection; so do all of the WebSocket handshake."""


def _passed_on(headers: Headers) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in headers.raw_items()
        if name.lower() not in _OURS and not name.lower().startswith("sec-websocket-")
    ]


class Relay:
    """What all sessions have in common. `failure` is why it cannot go on, if that is so."""

    def __init__(self, destination: Destination, tape: Tape, scrubber: Scrubber, stopping: asyncio.Event) -> None:
        self._destination, self._tape, self._scrubber = destination, tape, scrubber
        self._stopping = stopping
        self._passages: dict[ServerConnection, Passage] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self.failure: BaseException | None = None

    async def admit(self, client: ServerConnection, request: Request) -> Response | None:
        """The answer to an upgrade; None grants it."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            said = f"this relay passes WebSockets on to {self._destination.url}, and nothing else: ask there\n"
            return client.respond(HTTPStatus.UPGRADE_REQUIRED, said)
        began, number = time.monotonic(), self._tape.next_session()
        self._scrubber.hiding.learn(request.path, request.headers)
        path = self._scrubber.hiding.redact(request.path.partition("?")[0])
        try:
            self._tape.write(
                Opened(session=number, at=0, opened_seconds=round(began - self._tape.started, 6), path=path)
            )
            server = await self._dial(request)
            if isinstance(server, Response):
                at = round(time.monotonic() - began, 6)
                self._tape.write(Refused(session=number, at=at, status=server.status_code))
                return server
        except RecordingError as error:
            self._fail(error)
            return client.respond(HTTPStatus.INSUFFICIENT_STORAGE, "this relay cannot record any more\n")
        self._passages[client] = Passage(number, began, client, server, self._tape, self._scrubber)
        # Also where the client is gone before it could be let in: then nobody asks for the passage.
        seeing_off = asyncio.create_task(self._see_off(client, server))
        self._leaving.add(seeing_off)
        seeing_off.add_done_callback(self._leaving.discard)
        return None

    async def _dial(self, request: Request) -> ClientConnection | Response:
        """A session with Gemini, or how it was refused."""
        try:
            return await connect(
                self._destination.websocket_url + request.path,
                ssl=self._destination.tls,
                proxy=self._destination.proxy,
                additional_headers=_passed_on(request.headers),
                user_agent_header=None,
                compression=None,
                ping_interval=None,
                max_size=None,
                close_timeout=CLOSE_SECONDS,
            )
        except InvalidStatus as refused:
            told = refused.response
            headers = Headers(_passed_on(told.headers))
            body = bytes(told.body)
            headers["Content-Length"], headers["Connection"] = str(len(body)), "close"
            return Response(told.status_code, told.reason_phrase, headers, body)
        except (OSError, InvalidHandshake, TimeoutError) as error:
            body = f"this relay cannot reach {self._destination.url}: {type(error).__name__}\n".encode()
            headers = Headers({"Content-Type": "text/plain", "Content-Length": str(len(body)), "Connection": "close"})
            return Response(HTTPStatus.BAD_GATEWAY, "Bad Gateway", headers, body)

    async def handle(self, client: ServerConnection) -> None:
        """Serve a session that was admitted to its end."""
        passage = self._passages.get(client)
        if not passage:
            return  # it has left meanwhile
        try:
            await passage.run()
        except* RecordingError as errors:
            self._fail(errors.exceptions[0])

    async def _see_off(self, client: ServerConnection, server: ClientConnection) -> None:
        await client.wait_closed()
        await server.close()
        del self._passages[client]

    def _fail(self, error: BaseException) -> None:
        self.failure = self.failure or error
        self._stopping.set()


async def run(
    host: str,
    port: int,
    tls: ssl.SSLContext,
    destination: Destination,
    tape: Tape,
    scrubber: Scrubber,
    announce: Callable[[str], None],
) -> None:
    """Pass on until SIGTERM or SIGINT, then close all sessions with 1001. `announce` is told the URL once it listens.

    Raises OSError where the address cannot be listened on, RecordingError where the recording cannot be written.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    relay = Relay(destination, tape, scrubber, stopping)
    server = await serve(
        relay.handle,
        host,
        port,
        ssl=tls,
        process_request=relay.admit,
        compression=None,
        ping_interval=None,
        close_timeout=CLOSE_SECONDS,
        max_size=None,
        backlog=BACKLOG,
    )
    name, number = server.sockets[0].getsockname()[:2]
    announce(f"https://[{name}]:{number}" if ":" in name else f"https://{name}:{number}")
    await stopping.wait()
    server.close()
    # A client that opened TCP and said nothing has no handler that would end; it must not keep us.
    with suppress(TimeoutError):
        async with asyncio.timeout(2 * CLOSE_SECONDS + 0.5):
            await server.wait_closed()
    if relay.failure:
        raise relay.failure
