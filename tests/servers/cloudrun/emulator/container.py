"""A container for tests, as small as it can be. Run as a program; its environment says how it behaves.

/live           a WebSocket that says back what it hears
/told           what it was told: the request's headers, its environment and its command line, as JSON
/silent         takes the request and never answers
/crash          ends the process with code 3
anything else   200
"""

import asyncio
import json
import os
import signal
import sys
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


async def echo(connection: ServerConnection) -> None:
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        return


async def route(connection: ServerConnection, request: Request) -> Response | None:
    match request.path:
        case "/live":
            return None
        case "/silent":
            await asyncio.sleep(600)
        case "/crash":
            os._exit(3)
        case "/told":
            told = {"headers": list(request.headers.raw_items()), "environ": dict(os.environ), "argv": sys.argv[1:]}
            return connection.respond(HTTPStatus.OK, json.dumps(told))
    return connection.respond(HTTPStatus.OK, "ok\n")


async def main() -> None:
    if os.environ.get("STUBBORN"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.environ.get("STARTS_WHEN"):
        while not Path(os.environ["STARTS_WHEN"]).exists():
            await asyncio.sleep(0.01)
    port = int(os.environ.get("PORT") or sys.argv[sys.argv.index("--port") + 1])
    async with serve(echo, "127.0.0.1", port, process_request=route, compression=None, max_size=None):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
