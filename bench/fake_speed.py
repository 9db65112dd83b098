"""How fast the fake Gemini is by itself: it must never be what is measured.

The fake gets a core to itself and a profile without waits. What asks it is as cheap as can be, on the cores that are
left: it looks into nothing that it receives but for the end of a turn, and asks again.
"""

import asyncio
import json
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import uvloop
from websockets.frames import Frame, Opcode

from bench.cores import pin, share_out, usable_cores
from bench.errors import BenchError
from bench.fake import FakeGemini

WARM_UP_SECONDS = 1.0
READ_BYTES = 2**18
CONNECT_SECONDS = 30.0

MODEL = "publishers/google/models/gemini-live-2.5-flash"
PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
UPGRADE = (
    f"GET {PATH}?key=any HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()
SETUP = {"setup": {"model": MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}}
SET_UP = b"setupComplete"
END_OF_TURN = b'"turnComplete": true'


@dataclass(frozen=True, slots=True)
class Speed:
    """What one fake sent on one core in a window of time."""

    sessions: int
    window_seconds: float
    turns: int
    chunks: int
    cpu_seconds: float

    @property
    def chunks_per_second(self) -> float:
        return self.chunks / self.window_seconds

    @property
    def chunks_per_cpu_second(self) -> float:
        """What it could send with a core of its own and someone fast enough to ask."""
        return self.chunks / self.cpu_seconds


def measure_fake(sessions: int = 100, window_seconds: float = 4.0) -> Speed:
    """Let `sessions` clients ask the fake without pause, each as soon as its last reply has ended.

    Raises BenchError where a session is refused or the fake does not start.
    """
    cores = share_out(usable_cores())
    with (
        tempfile.TemporaryDirectory(prefix="fake-speed-") as folder,
        FakeGemini("flood", seed=1, logs=Path(folder), cores=cores.server) as fake,
        _held_to(cores.load),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return runner.run(_measure(fake, sessions, window_seconds))


async def _measure(fake: FakeGemini, sessions: int, window_seconds: float) -> Speed:
    clients = [asyncio.create_task(_ask_without_pause(fake, number)) for number in range(sessions)]
    try:
        await _unless_one_fails(clients, WARM_UP_SECONDS)
        process, loop = psutil.Process(fake.pid), asyncio.get_running_loop()
        await asyncio.to_thread(fake.ledger, reset=True)
        started_at, cpu_before = loop.time(), process.cpu_times()
        await _unless_one_fails(clients, window_seconds)
        cpu, elapsed_seconds = process.cpu_times(), loop.time() - started_at
        account = await asyncio.to_thread(fake.ledger)
    finally:
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
    cpu_seconds = cpu.user + cpu.system - cpu_before.user - cpu_before.system
    return Speed(sessions, elapsed_seconds, account["turns_completed"], account["chunks"], cpu_seconds)


async def _unless_one_fails(clients: list[asyncio.Task[None]], seconds: float) -> None:
    """Let the clients work for so long. The error of one that ends early, which none should, is raised here."""
    ended, _ = await asyncio.wait(clients, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for client in ended:
        await client


async def _ask_without_pause(fake: FakeGemini, number: int) -> None:
    address = urlsplit(fake.url)
    tls = ssl.create_default_context(cafile=fake.certificate)
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(address.hostname, address.port, ssl=tls)
        writer.write(UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
    try:
        writer.write(_framed(SETUP))
        await _read_past(reader, SET_UP)
        turn = 0
        while True:
            text = f"#{number}.{turn} How long does the ferry take?"
            writer.write(_framed({"realtime_input": {"text": text}}))
            await _read_past(reader, END_OF_TURN)
            turn += 1
    finally:
        writer.transport.abort()


async def _read_past(reader: asyncio.StreamReader, mark: bytes) -> None:
    """Read until `mark` has gone by. Nothing follows it before we ask again, so the rest of a read can be dropped."""
    tail = b""
    while mark not in tail:
        piece = await reader.read(READ_BYTES)
        if not piece:
            raise BenchError(f"the fake Gemini closed a session: {tail[-125:]!r}")
        tail = tail[-len(mark) :] + piece


def _framed(message: object) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True)


@contextmanager
def _held_to(cores: frozenset[int]) -> Iterator[None]:
    """This process on these cores, and where it was before afterwards."""
    before = usable_cores()
    pin(os.getpid(), cores)
    try:
        yield
    finally:
        pin(os.getpid(), before)
