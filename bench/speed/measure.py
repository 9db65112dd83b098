"""One measurement of speed: whoever is measured has a core to itself.

What asks is as cheap as can be, on the cores that are left: it looks into nothing that it receives but for the end of
a turn, and asks again.
"""

import asyncio
import json
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import uvloop
from websockets.frames import Frame, Opcode

from bench.chat_server import free_port, launch, wait_until_ready
from bench.cores import Cores, held_to
from bench.errors import BenchError
from bench.fake import FakeGemini
from bench.monitor import look
from servers.deployments import Deployment

SESSIONS = 60
WARM_UP_SECONDS = 1.0
WINDOW_SECONDS = 4.0
CONNECT_SECONDS = 30.0
READ_BYTES = 2**18

MODEL = "publishers/google/models/gemini-live-2.5-flash"
QUESTION = "How long does the ferry take?"


@dataclass(frozen=True)
class Wire:
    """How to hold a conversation with whoever is measured."""

    path: str
    opening: bytes
    """What is sent first; nothing where it is empty."""
    opened: bytes
    """What arrives once the session is open; waited for where `opening` is not empty."""
    question: bytes
    end_of_turn: bytes
    """What arrives at the end of a reply and nowhere else."""


def _framed(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)


GEMINI = Wire(
    path="/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent?key=any",
    opening=_framed(json.dumps({"setup": {"model": MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}})),
    opened=b"setupComplete",
    question=_framed(json.dumps({"realtime_input": {"text": QUESTION}})),
    end_of_turn=b'"turnComplete": true',
)
CHAT = Wire("/live", b"", b"", _framed(QUESTION), b'"turn_complete": true')


class Carried(NamedTuple):
    """What was carried in a window of time."""

    window_seconds: float
    chunks: int
    cpu_seconds: float


def measure_fake(cores: Cores, sessions: int = SESSIONS, window_seconds: float = WINDOW_SECONDS) -> Carried:
    """The fake on the server's core, asked directly. Raises BenchError where it does not start or ends a session."""
    with (
        tempfile.TemporaryDirectory(prefix="live-bench-") as folder,
        FakeGemini("flood", seed=1, logs=Path(folder), cores=cores.server) as fake,
        held_to(cores.load),
    ):
        return _measure(fake, fake.pid, fake.url, GEMINI, sessions, window_seconds)


def measure_server(
    deployment: Deployment, cores: Cores, sessions: int = SESSIONS, window_seconds: float = WINDOW_SECONDS
) -> Carried:
    """A chat server on the server's core, with the fake among the load. Raises BenchError as `measure_fake` does."""
    with tempfile.TemporaryDirectory(prefix="live-bench-") as folder:
        logs, port = Path(folder), free_port()
        with (
            FakeGemini("flood", seed=1, logs=logs, cores=cores.load) as fake,
            launch(deployment, port, fake.server_environment, logs / "server.log", cores.server) as server,
            held_to(cores.load),
        ):
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(server, url)
            return _measure(fake, server.pid, url, CHAT, sessions, window_seconds)


def _measure(fake: FakeGemini, pid: int, url: str, wire: Wire, sessions: int, window_seconds: float) -> Carried:
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            carried = runner.run(_under_flood(fake, pid, url, wire, sessions, window_seconds))
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
        raise BenchError(
            f"not all of {sessions} sessions could be held at {url}: {error or type(error).__name__}"
        ) from error
    if not carried.chunks or not carried.cpu_seconds:
        raise BenchError(f"nothing was carried at {url} within {window_seconds:g} s")
    return carried


async def _under_flood(
    fake: FakeGemini, pid: int, url: str, wire: Wire, sessions: int, window_seconds: float
) -> Carried:
    tls = ssl.create_default_context(cafile=fake.certificate) if url.startswith("https") else None
    connected = asyncio.Semaphore(0)
    clients = [asyncio.create_task(_ask_without_pause(url, tls, wire, connected)) for _ in range(sessions)]
    try:
        await _once_all_talk(connected, clients)
        await _unless_one_fails(clients, WARM_UP_SECONDS)
        # The time of who is measured begins before the chunks are counted and ends after: it is never flattered.
        before = _cpu(pid)
        await asyncio.to_thread(fake.ledger, reset=True)
        await _unless_one_fails(clients, window_seconds)
        account: Mapping[str, Any] = await asyncio.to_thread(fake.ledger)
        after = _cpu(pid)
    finally:
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
    return Carried(after[0] - before[0], account["chunks"], after[1] - before[1])


def _cpu(pid: int) -> tuple[float, float]:
    """When, and what the process tree had spent by then."""
    sample = look(pid)
    if sample is None:
        raise BenchError("what is measured has ended; run it alone with `live-bench serve` to see why")
    return sample.at, sample.cpu_seconds


async def _once_all_talk(connected: asyncio.Semaphore, clients: list[asyncio.Task[None]]) -> None:
    async def all_of_them() -> None:
        for _ in clients:
            await connected.acquire()

    waiting = asyncio.create_task(all_of_them())
    await _unless_one_fails([waiting, *clients], CONNECT_SECONDS)
    if not waiting.done():
        raise BenchError(f"not all of {len(clients)} sessions had their first reply within {CONNECT_SECONDS:g} s")


async def _unless_one_fails(clients: list[asyncio.Task[None]], seconds: float) -> None:
    """Lets the clients work for so long. The error of one that ends early, which none should, is raised here."""
    ended, _ = await asyncio.wait(clients, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for client in ended:
        await client


async def _ask_without_pause(url: str, tls: ssl.SSLContext | None, wire: Wire, connected: asyncio.Semaphore) -> None:
    address = urlsplit(url)
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(address.hostname, address.port, ssl=tls)
        writer.write(_upgrade(wire.path))
        await reader.readuntil(b"\r\n\r\n")
    try:
        if wire.opening:
            writer.write(wire.opening)
            await _read_past(reader, wire.opened)
        writer.write(wire.question)
        await _read_past(reader, wire.end_of_turn)
        connected.release()
        while True:
            writer.write(wire.question)
            await _read_past(reader, wire.end_of_turn)
    finally:
        writer.transport.abort()


def _upgrade(path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


async def _read_past(reader: asyncio.StreamReader, mark: bytes) -> None:
    """Reads until `mark` has gone by. Nothing follows it before we ask again, so the rest of a read can be dropped."""
    tail = b""
    while mark not in tail:
        piece = await reader.read(READ_BYTES)
        if not piece:
            raise BenchError(f"a session was closed: {tail[-125:]!r}")
        tail = tail[-len(mark) :] + piece
