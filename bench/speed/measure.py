"""One measurement of speed: whoever is measured has a core to itself.

What asks, and the fake, are on the cores that are left.
"""

import asyncio
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from bench.chat_server import free_port, launch, wait_until_ready
from bench.cores import Cores, held_to
from bench.errors import BenchError
from bench.fake import FakeGemini
from bench.monitor import look
from bench.speed.asking import CHAT, GEMINI, Askers, Wire
from servers.deployments import Deployment

SESSIONS = 60
WARM_UP_SECONDS = 1.0
WINDOW_SECONDS = 4.0


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
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        carried = runner.run(_under_flood(fake, pid, url, wire, sessions, window_seconds))
    if not carried.chunks or not carried.cpu_seconds:
        raise BenchError(f"nothing was carried at {url} within {window_seconds:g} s")
    return carried


async def _under_flood(
    fake: FakeGemini, pid: int, url: str, wire: Wire, sessions: int, window_seconds: float
) -> Carried:
    tls = ssl.create_default_context(cafile=fake.certificate) if url.startswith("https") else None
    askers = Askers(url, tls, wire)
    try:
        await askers.talk(sessions)
        await askers.go_on(WARM_UP_SECONDS)
        # The time of who is measured begins before the chunks are counted and ends after: it is never flattered.
        before = _cpu(pid)
        await asyncio.to_thread(fake.ledger, reset=True)
        await askers.go_on(window_seconds)
        account: Mapping[str, Any] = await asyncio.to_thread(fake.ledger)
        after = _cpu(pid)
    finally:
        askers.leave()
    return Carried(after[0] - before[0], account["chunks"], after[1] - before[1])


def _cpu(pid: int) -> tuple[float, float]:
    """When, and what the process tree had spent by then."""
    sample = look(pid)
    if sample is None:
        raise BenchError("what is measured has ended; run it alone with `live-bench serve` to see why")
    return sample.at, sample.cpu_seconds
