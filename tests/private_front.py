"""What stands before a private service: TLS, a look at the token of every request, and the service behind it.

Runs in a thread of its own with its own event loop, on a free port. It forwards bytes and knows of WebSockets only that
they begin as a request; the token does not reach the service.
"""

import asyncio
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import trustme

Judge = Callable[[str | None], int | None]
"""Takes the token that came with a request, None where none did, and gives the status to answer; None lets it in."""

_TOKEN = re.compile(r"^authorization: bearer (\S+)\r\n", re.IGNORECASE | re.MULTILINE)


@dataclass
class Visit:
    """A request as it arrived."""

    path: str
    token: str | None
    status: int | None
    """What it was answered; None where it was let in."""


@dataclass
class PrivateFront:
    service_port: int
    judge: Judge
    tls: ssl.SSLContext | None
    visits: list[Visit] = field(default_factory=list)
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _listening: threading.Event = field(default_factory=threading.Event)

    @property
    def audience(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"ws{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    def tokens(self, path: str) -> list[str | None]:
        """Those of all requests for a path, in order."""
        return [visit.token for visit in self.visits if visit.path == path]

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)

    def wait_until_it_listens(self) -> None:
        assert self._listening.wait(20), "the front does not listen"

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._visited, "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stopping.wait()
        server.close()
        visits = asyncio.all_tasks() - {asyncio.current_task()}
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            found = _TOKEN.search(head)
            token = found[1] if found else None
            status = self.judge(token)
            self.visits.append(Visit(head.split()[1], token, status))
            if status is None:
                await self._forward(_TOKEN.sub("", head).encode(), reader, writer)
            else:
                phrase = HTTPStatus(status).phrase
                writer.write(f"HTTP/1.1 {status} {phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    async def _forward(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        service_reader, service_writer = await asyncio.open_connection("127.0.0.1", self.service_port)
        service_writer.write(head)
        ways = [
            asyncio.ensure_future(_pass_on(reader, service_writer)),
            asyncio.ensure_future(_pass_on(service_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            service_writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


def certified(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """How 127.0.0.1 proves who it is, and the file with the authority to trust for that."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    return context, folder / "authority.pem"


@contextmanager
def private_front(service_port: int, judge: Judge, tls: ssl.SSLContext | None = None) -> Iterator[PrivateFront]:
    front = PrivateFront(service_port, judge, tls)
    thread = threading.Thread(target=front.run)
    thread.start()
    try:
        front.wait_until_it_listens()
        yield front
    finally:
        front.stop()
        thread.join()
