"""Listening: TLS, routes and a lifetime.

/ws/...         the Live API, either backend
/ledger         what was done, and how late; ?reset=1 counts anew afterwards; where one key is accepted, it takes that
/healthz        200 once it listens
"""

import asyncio
import json
import signal
import ssl
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from servers.fake_gemini.endpoint import read_endpoint
from servers.fake_gemini.service import Service
from servers.fake_gemini.session import Session

MESSAGE_BYTES_MAX = 20 * 2**20
"""A prompt may bring pictures along, inline."""
CLOSE_SECONDS = 1.0
"""How long a client may take to answer a close."""
BACKLOG = 4096
"""A crowd arrives at once; the usual 100 would make some of it retry after a second."""


async def run(
    host: str, port: int, tls: ssl.SSLContext | None, service: Service, announce: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then close all sessions with 1001. `announce` is told its URL once it listens.

    Without `tls` it speaks plainly. Raises OSError where the address cannot be listened on.
    """
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        endpoint = read_endpoint(connection.request.path, connection.request.headers)
        assert endpoint is not None, "the router lets nothing else through"
        await Session(connection, endpoint, service).run()

    def route(connection: ServerConnection, request: Request) -> Response | None:
        return _route(connection, request, service)

    server = await serve(
        handle,
        host,
        port,
        ssl=tls,
        process_request=route,
        compression=None,
        ping_interval=None,
        close_timeout=CLOSE_SECONDS,
        max_size=MESSAGE_BYTES_MAX,
        backlog=BACKLOG,
    )
    announce(_url(server, "https" if tls else "http"))
    await stopping.wait()
    server.close()
    # A client that opened TCP and said nothing has no handler that would end; it must not keep us.
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS + 0.5):
            await server.wait_closed()


def _url(server: Server, scheme: str) -> str:
    host, port = server.sockets[0].getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _route(connection: ServerConnection, request: Request, service: Service) -> Response | None:
    """The answer to a plain HTTP request; None lets the upgrade go on."""
    address = urlsplit("https://fake" + request.path)
    if read_endpoint(request.path, request.headers):
        return None
    if address.path == "/healthz":
        return _json(connection, {"status": "ok"})
    if address.path == "/ledger":
        if service.api_key and request.headers.get("x-goog-api-key") != service.api_key:
            return connection.respond(HTTPStatus.FORBIDDEN, "the ledger is for who has the key: send x-goog-api-key\n")
        report = service.ledger.report()
        if parse_qs(address.query).get("reset") == ["1"]:
            service.ledger.reset()
            if service.repertoire:
                service.repertoire.rewind()
        return _json(connection, report)
    return connection.respond(HTTPStatus.NOT_FOUND, f"nothing is served at {address.path}\n")


def _json(connection: ServerConnection, body: object) -> Response:
    response = connection.respond(HTTPStatus.OK, json.dumps(body) + "\n")
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response
