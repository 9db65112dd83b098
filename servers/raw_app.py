"""The raw relay: two WebSockets and what passes between them, without a framework and without the SDK.

It is the alternative that the original demo weighs against a framework, and what a chunk costs at least in this
language. Read it beside `quart_app.py`: what stands there in two lines each are the modules of `raw` here.
"""

import asyncio
import logging
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from websockets.http11 import Request

from servers import heap, introduction, keepalive
from servers.admission import Admission
from servers.arguments import Parser
from servers.closing_time import ClosingTime
from servers.event_loop import new_event_loop
from servers.injection import injected
from servers.raw.client_connection import ClientConnection
from servers.raw.credentials import Credentials
from servers.raw.gemini_connection import find_gemini
from servers.raw.gemini_wire import packet_of
from servers.raw.session import House, Session
from servers.raw.site import Site
from servers.resumption import Resumption
from servers.settings import health, read_settings


class Server:
    """All connections of one process."""

    def __init__(self) -> None:
        settings = read_settings(os.environ)
        self.closing_time = ClosingTime()
        myself = introduction.introduce("raw", os.environ)
        admission = Admission(settings, myself, left=asyncio.CancelledError)
        self._site = Site(partial(health, myself.names, settings), admission)
        self._house = House(
            settings,
            find_gemini(settings),
            Credentials(settings),
            self.closing_time,
            myself,
            injected(packet_of, settings.injection),
            Resumption(settings.resume_secret),
            admission,
        )
        self._connections: set[ClientConnection] = set()
        self._empty = asyncio.Event()

    def welcome(self) -> ClientConnection:
        """To be called for every connection that is accepted."""
        return ClientConnection(self._site.answer, self._begin, self._connections.add, self._see_off)

    def _begin(self, client: ClientConnection, request: Request) -> Session:
        return Session(self._house, client, request)

    def _see_off(self, connection: ClientConnection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    async def see_off_all(self) -> None:
        """Sessions end themselves at closing time; whoever has not begun one is cut off."""
        for connection in self._connections:
            if not connection.talking:
                connection.cut()
        if self._connections:
            self._empty.clear()
            await self._empty.wait()


async def serve(options: Namespace) -> None:
    """Serves until SIGTERM or SIGINT, and then until everybody has left, or has had time enough to."""
    loop = asyncio.get_running_loop()
    server = Server()
    closing = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.closing_time.call())
    host, _, port = options.bind.rpartition(":")
    door = await loop.create_server(server.welcome, host, int(port), backlog=options.backlog)
    keepalive.ask_after_clients(door.sockets)
    with server.closing_time.heeded(partial(loop.call_soon_threadsafe, closing.set)):
        await closing.wait()
    door.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(options.graceful_timeout):
            await server.see_off_all()


def read_options(arguments: Sequence[str]) -> Namespace:
    parser = Parser(prog="python -m servers.raw_app", description=__doc__.splitlines()[0])
    parser.add_argument("--bind", required=True, help="address to listen on, as in HOST:PORT")
    parser.add_argument("--backlog", type=int, required=True, help="connections that may wait to be accepted")
    parser.add_argument("--graceful-timeout", type=float, required=True, help="seconds to wait for connections to end")
    parser.add_argument("--log-level", required=True, help="what is logged at least")
    return parser.parse_args(arguments)


def main() -> None:
    heap.return_what_is_large()
    options = read_options(sys.argv[1:])
    logging.basicConfig(level=options.log_level.upper())
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(options))


if __name__ == "__main__":
    main()
