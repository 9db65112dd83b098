"""Listening: TLS, routes and a lifetime.

/ws/...         the Live API, either backend
/ledger         what was done, and how late; ?reset=1 counts anew afterwards; where one key is accepted, it takes that
/faults         what struck whom; ?arm=NAME arms a fault script first, ?arm= none, and ?arm=NAME&script=TOML one that is
                given whole; it takes the key as well
/healthz        200 once it listens
"""

import asyncio
import json
import signal
import ssl
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from servers.fake_gemini.endpoint import read_endpoint
from servers.fake_gemini.faults.script import ScriptError, read_script
from servers.fake_gemini.refusals import upgrade_error
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
        return _upgrade(connection, service)
    if address.path == "/healthz":
        return _json(connection, HTTPStatus.OK, {"status": "ok"})
    if address.path not in _ACCOUNTS:
        return connection.respond(HTTPStatus.NOT_FOUND, f"nothing is served at {address.path}\n")
    if service.api_key and request.headers.get("x-goog-api-key") != service.api_key:
        account = address.path.removeprefix("/")
        return connection.respond(HTTPStatus.FORBIDDEN, f"the {account} is for who has the key: send x-goog-api-key\n")
    try:
        report = _ACCOUNTS[address.path](service, parse_qs(address.query, keep_blank_values=True))
    except ScriptError as error:
        return connection.respond(HTTPStatus.BAD_REQUEST, f"{error}\n")
    return _json(connection, HTTPStatus.OK, report)


def _ledger(service: Service, query: dict[str, list[str]]) -> dict[str, Any]:
    report = service.ledger.report()
    if query.get("reset") == ["1"]:
        service.ledger.reset()
        if service.repertoire:
            service.repertoire.rewind()
    return report


def _faults(service: Service, query: dict[str, list[str]]) -> dict[str, Any]:
    """Raises ScriptError for a script that is not known or holds a mistake."""
    if names := query.get("arm"):
        name = names[-1]
        if written := query.get("script"):
            service.faults.arm(read_script(written[-1], name, name), service.seed)
        else:
            service.faults.arm(service.scripts.named(name) if name else None, service.seed)
    return service.faults.report()


_ACCOUNTS = {"/ledger": _ledger, "/faults": _faults}


def _upgrade(connection: ServerConnection, service: Service) -> Response | None:
    """The answer to who dials the API: None, unless a fault strikes at once."""
    clockwork = service.faults.due("connect")
    if clockwork is None:
        return None
    fault = clockwork.fault
    service.faults.struck(fault.what, fault.index, service.faults.sufferer())
    if fault.kind.status is None:
        connection.transport.abort()
        return None
    return _json(connection, fault.kind.status, upgrade_error(fault.kind.status))


def _json(connection: ServerConnection, status: HTTPStatus, body: object) -> Response:
    response = connection.respond(status, json.dumps(body) + "\n")
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response
