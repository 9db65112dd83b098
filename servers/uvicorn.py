"""uvicorn on uvloop in one process, taught to close: it tells its sessions when it is told to stop.

By itself uvicorn would close every connection there and then, with 1012 and without a word.
"""

import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pkgutil import resolve_name
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from servers import heap, keepalive
from servers.arguments import Parser
from servers.closing_time import ClosingTime
from servers.event_loop import new_event_loop
from servers.settings import LONGEST_CHARACTER_BYTES, MAX_MESSAGE_BYTES, OPENING_SECONDS

GRACE_SECONDS = 2.0
"""How long a client may take to answer a close."""
POLL_SECONDS = 0.02


class WebSocket(WebSocketsSansIOProtocol):
    """Of one session."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.close_timeout = GRACE_SECONDS

    def send_receive_event_to_app(self) -> None:
        """Refuses what is too long, of which uvicorn itself counts bytes where hypercorn counts characters."""
        message = b"".join(self.frames)
        of_text = self.curr_msg_data_type == "text"
        if len(message.decode(errors="replace") if of_text else message) <= MAX_MESSAGE_BYTES or self.close_sent:
            super().send_receive_event_to_app()
            return
        self.frames = []
        self.conn.send_close(CloseCode.MESSAGE_TOO_BIG)
        self.handle_parser_exception()

    async def receive(self) -> Any:
        """With both kinds of content named, as hypercorn does: Quart looks for text where bytes are empty."""
        event = await super().receive()
        return {"bytes": None, "text": None, **event} if event["type"] == "websocket.receive" else event

    async def send(self, message: Any) -> None:
        """That the client has left is told by what is received, and is no error of what is sent to it."""
        with suppress(ClientDisconnected):
            await super().send(message)


class Http(H11Protocol):
    """A connection until it is a WebSocket. uvicorn itself lets a client think for ever about what it wants."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._deadline = self.loop.call_later(OPENING_SECONDS, transport.close)

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._deadline.cancel()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        self._deadline.cancel()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)


class Server(uvicorn.Server):
    """Serves an app that keeps its closing time among its extensions."""

    async def serve_until_closing(self, closing_time: ClosingTime) -> None:
        """Serves until SIGTERM or SIGINT, and then until everybody has left, or has had time enough to."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: closing_time.call())
        with closing_time.heeded(partial(asyncio.get_running_loop().call_soon_threadsafe, self._close_doors)):
            await self._serve()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            keepalive.ask_after_clients(server.sockets)

    def _close_doors(self) -> None:
        self.should_exit = True
        for server in self.servers:
            server.close()

    async def shutdown(self, sockets: Any = None) -> None:
        """Waits for the sessions to end themselves before it does as uvicorn does."""
        connections = self.server_state.connections
        for connection in connections.copy():
            if not isinstance(connection, WebSocket):
                connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                while connections or self.server_state.tasks:
                    await asyncio.sleep(POLL_SECONDS)
        await super().shutdown(sockets)


def is_news(record: logging.LogRecord) -> bool:
    """That a client sent no UTF-8 is not: it is told with 1007, and is to fill nobody's log with tracebacks."""
    return not (record.exc_info and isinstance(record.exc_info[1], UnicodeDecodeError))


def main() -> None:
    heap.return_what_is_large()
    logging.getLogger("uvicorn.error").addFilter(is_news)
    config = read_config(sys.argv[1:])
    closing_time: ClosingTime = resolve_name(str(config.app)).extensions["closing_time"]
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(Server(config).serve_until_closing(closing_time))


def read_config(arguments: Sequence[str]) -> uvicorn.Config:
    """What the command line says, beside what no one may choose: that which hypercorn does or leaves undone."""
    parser = Parser(prog="python -m servers.uvicorn", description=__doc__.splitlines()[0])
    parser.add_argument("app", help="as in MODULE:NAME; it keeps its closing time among its extensions")
    parser.add_argument("--bind", required=True, help="address to listen on, as in HOST:PORT")
    parser.add_argument("--backlog", type=int, required=True, help="connections that may wait to be accepted")
    parser.add_argument("--graceful-timeout", type=int, required=True, help="seconds to wait for connections to end")
    parser.add_argument("--log-level", required=True, help="what is logged at least")
    options = parser.parse_args(arguments)
    host, _, port = options.bind.rpartition(":")
    return uvicorn.Config(
        options.app,
        host=host.strip("[]"),
        port=int(port),
        http=Http,
        ws=WebSocket,
        ws_max_size=MAX_MESSAGE_BYTES * LONGEST_CHARACTER_BYTES,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        backlog=options.backlog,
        timeout_graceful_shutdown=options.graceful_timeout,
        log_config=None,
        log_level=options.log_level,
        access_log=False,
        proxy_headers=False,
        reset_contextvars=False,
    )


if __name__ == "__main__":
    main()
