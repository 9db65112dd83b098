"""As much of an HTTP server as the metadata server and the emulator's own desk need: a request, an answer, the end."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from servers.cloudrun.emulator.heads import BYTES_MAX, END, Head, Malformed, read_request


@dataclass(frozen=True)
class Request:
    head: Head
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.head.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.head.target).query))


@dataclass(frozen=True)
class Answer:
    body: str
    status: int = 200
    kind: str = "application/text"
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[[Request], Awaitable[Answer]]


def as_json(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value), status, "application/json")


async def serve(route: Route, host: str, port: int = 0) -> asyncio.Server:
    """Listens. Raises OSError where the port cannot be listened on."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever leaves in the midst of it, or speaks no HTTP, gets no answer.
        with suppress(OSError, EOFError, Malformed, asyncio.LimitOverrunError):
            answer = await route(await _read(reader))
            body = answer.body.encode()
            headers = {
                "Content-Type": answer.kind,
                "Content-Length": str(len(body)),
                "Connection": "close",
                **answer.headers,
            }
            writer.write(Head(f"HTTP/1.1 {answer.status} -", tuple(headers.items())).encode() + body)
            await writer.drain()
        writer.close()

    return await asyncio.start_server(handle, host, port, limit=BYTES_MAX)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = read_request((await reader.readuntil(END))[: -len(END)])
    length = head.get("Content-Length") or "0"
    if not length.isdecimal():
        raise Malformed(f"a Content-Length of {length!r}")
    return Request(head, await reader.readexactly(int(length)))


def port_of(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port
