"""hypercorn on uvloop in one process, taught to close: it tells its sessions when it is told to stop.

By itself hypercorn would let them go on until its grace is over, and tell an app only when they are gone. It would also
leave a session to itself whose client could not wait for the answer to its upgrade, and unpack whatever it is sent.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pkgutil import resolve_name

from hypercorn.asyncio import serve
from hypercorn.config import Config, Sockets
from hypercorn.protocol import h11
from hypercorn.protocol.events import Body, Data, Event, Request, StreamClosed
from hypercorn.protocol.ws_stream import WSStream
from quart import Quart
from wsproto.events import CloseConnection

from servers import heap, keepalive
from servers.arguments import Parser
from servers.closing_time import ClosingTime
from servers.event_loop import new_event_loop
from servers.settings import MAX_MESSAGE_BYTES, OPENING_SECONDS

EXTENSIONS = b"sec-websocket-extensions"
LEFT = {"type": "websocket.disconnect", "code": 1006}


class Stream(WSStream):
    """A WebSocket without compression: packets are short, and of what is packed nobody knows how long it is."""

    async def handle(self, event: Event) -> None:
        if isinstance(event, Request):
            event = replace(event, headers=[pair for pair in event.headers if pair[0].lower() != EXTENSIONS])
        hasty = isinstance(event, Body | Data) and not self.closed and not self.handshake.accepted
        await super().handle(event)
        if hasty and self.app_put:
            await self.app_put(LEFT)  # it has been refused, of which the app would never hear

    async def _handle_events(self) -> None:
        if self.buffer.length <= self.buffer.max_length:
            await super()._handle_events()
        if self.buffer.length > self.buffer.max_length:
            for event in self.connection.events():  # the rest of what is too long, and then the answer to our close
                if isinstance(event, CloseConnection):
                    await self.send(StreamClosed(stream_id=self.stream_id))


class Doors(Config):
    """Where it listens, beside all else that hypercorn is told."""

    def create_sockets(self) -> Sockets:
        sockets = super().create_sockets()
        keepalive.ask_after_clients(sockets.insecure_sockets)
        return sockets


def main() -> None:
    heap.return_what_is_large()
    config = read_config(sys.argv[1:])
    h11.WSStream = Stream  # type: ignore[attr-defined]
    app: Quart = resolve_name(config.application_path)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve_until_closing(app, config))


def read_config(arguments: Sequence[str]) -> Config:
    """What the command line says, beside what no one may choose."""
    parser = Parser(prog="python -m servers.hypercorn", description=__doc__.splitlines()[0])
    parser.add_argument("app", help="as in MODULE:NAME; it keeps its closing time among its extensions")
    parser.add_argument("--bind", required=True, help="address to listen on, as in HOST:PORT")
    parser.add_argument("--backlog", type=int, required=True, help="connections that may wait to be accepted")
    parser.add_argument("--graceful-timeout", type=float, required=True, help="seconds to wait for connections to end")
    parser.add_argument("--log-level", required=True, help="what is logged at least")
    options = parser.parse_args(arguments)
    config = Doors()
    config.application_path = options.app
    config.bind = options.bind
    config.backlog = options.backlog
    config.graceful_timeout = options.graceful_timeout
    config.loglevel = options.log_level
    config.websocket_max_message_size = MAX_MESSAGE_BYTES
    config.keep_alive_timeout = OPENING_SECONDS
    return config


async def serve_until_closing(app: Quart, config: Config) -> None:
    """Serves until SIGTERM or SIGINT. Then hypercorn closes its doors, and waits for the sessions to end themselves."""
    closing_time: ClosingTime = app.extensions["closing_time"]
    closing = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: closing_time.call())
    with closing_time.heeded(partial(asyncio.get_running_loop().call_soon_threadsafe, closing.set)):
        await serve(app, config, shutdown_trigger=closing.wait)


if __name__ == "__main__":
    main()
