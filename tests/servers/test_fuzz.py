"""Hostile frames by the hundred: no server dies of them, nothing stays, and who chats beside them notices nothing."""

import asyncio
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil
import pytest

from bench.health import health_of
from bench.soak.looking import gauges
from servers.deployments import DEPLOYMENTS
from tests.chat_server_process import ChatServer, speaking_to
from tests.fake_gemini_process import RunningFake
from tests.servers.chat import chat_with, check_whole, wait_until
from tests.servers.conftest import APPS, Servers, all_servers
from tests.servers.hostile_frames import DEFLATE, TEXT, Attack, attacks, frame, opening

SEED = 6
QUICK_FRAMES, ALL_FRAMES = 200, 10_000
ATTACKERS = 12
"""At a time; some of them say nothing for a while."""
UPGRADE_SECONDS, SILENCE_SECONDS, LAST_WORDS_SECONDS = 20.0, 0.2, 5.0
WHOLE_SECONDS = 3000.0
MORE_BYTES = 200 * 2**20
"""What a server may take in passing beyond what it held before; a few bombs that go off want more."""


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> str:
    """Each of them: web servers read frames and requests in ways of their own."""
    return str(request.param)


@dataclass(frozen=True)
class Holdings:
    """What a server's processes hold when no one is there."""

    processes: frozenset[int]
    threads: int
    descriptors: int
    tasks: int
    memory_bytes: int


def holdings(server: ChatServer) -> Holdings:
    tree = server.tree()
    return Holdings(
        processes=frozenset(process.pid for process in tree),
        threads=sum(process.num_threads() for process in tree),
        descriptors=sum(process.num_fds() for process in tree),
        tasks=int(gauges(server.http_url).get("chat_tasks", 0)),
        memory_bytes=resident_bytes(tree),
    )


def resident_bytes(tree: list[psutil.Process]) -> int:
    return sum(process.memory_info().rss for process in tree)


async def attack(server: ChatServer, attack: Attack) -> bool:
    """Whether it got its upgrade."""
    try:
        async with asyncio.timeout(UPGRADE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    except (OSError, TimeoutError):
        return False
    upgraded = False
    try:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.write(attack.request)
            if attack.upgrades:
                async with asyncio.timeout(UPGRADE_SECONDS):
                    upgraded = b" 101 " in (await reader.readuntil(b"\r\n\r\n"))
            for octets in attack.frames:
                writer.write(octets)
                async with asyncio.timeout(LAST_WORDS_SECONDS):
                    await writer.drain()
            await _end(attack, reader, writer)
    finally:
        _reset(writer)
    return upgraded


async def _end(attack: Attack, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    match attack.ending:
        case "silence":
            await asyncio.sleep(SILENCE_SECONDS)
        case "end":
            writer.write_eof()
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await reader.read()
        case "close":
            writer.write(frame(0x8, struct.pack("!H", 1000)))
            async with asyncio.timeout(SILENCE_SECONDS):
                await reader.read()
        case "abort":
            pass


def _reset(writer: asyncio.StreamWriter) -> None:
    end: socket.socket = writer.get_extra_info("socket")
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@dataclass
class Siege:
    """What happened while a server was attacked."""

    upgraded: int = 0
    attacks: int = 0
    frames: int = 0
    replies: int = 0
    peak_bytes: int = 0


async def besiege(server: ChatServer, frames: int) -> Siege:
    """Attackers, and beside them somebody who chats; fails where that one is answered anything but whole replies."""
    siege = Siege()
    over = asyncio.Event()
    to_come = attacks(SEED, frames)

    async def attacker() -> None:
        for one in to_come:
            siege.attacks += 1
            siege.frames += max(1, len(one.frames))
            if await attack(server, one):
                siege.upgraded += 1

    async def neighbour() -> None:
        began = time.monotonic()
        try:
            async with chat_with(server.live_url) as chat:
                while not over.is_set():
                    siege.replies += 1
                    check_whole(await chat.ask(f"#{siege.replies} Hello"), str(siege.replies))
                    await asyncio.sleep(0.02)
        except Exception as error:
            error.add_note(f"after {time.monotonic() - began:.2f} s, and the server says: {server.log()[-2000:]}")
            raise

    async def watcher() -> None:
        while not over.is_set():
            siege.peak_bytes = max(siege.peak_bytes, resident_bytes(server.tree()))
            await asyncio.sleep(0.05)

    async def all_attackers() -> None:
        await asyncio.gather(*(attacker() for _ in range(ATTACKERS)))
        over.set()

    async with asyncio.timeout(WHOLE_SECONDS), asyncio.TaskGroup() as tasks:
        tasks.create_task(neighbour())
        tasks.create_task(watcher())
        tasks.create_task(all_attackers())
    return siege


@pytest.fixture(scope="module")
def besieged(gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers for this alone: what they hold afterwards is counted."""
    with all_servers(speaking_to(gemini), tmp_path_factory.mktemp("besieged")) as servers:
        yield servers


def check_unharmed(server: ChatServer, before: Holdings, siege: Siege) -> None:
    """It is the same process, answers, and has given back what it took."""
    assert server.process.exit_code is None
    assert health_of(server.http_url) is not None
    pool = DEPLOYMENTS[server.name].threads or 0  # a pool keeps the threads that it has made

    def recovered() -> bool:
        now = holdings(server)
        return (
            now.threads <= before.threads + pool and now.descriptors <= before.descriptors and now.tasks <= before.tasks
        )

    wait_until(recovered, f"it holds no more than {before}, but {holdings(server)}")
    assert holdings(server).processes == before.processes
    assert siege.peak_bytes - before.memory_bytes < MORE_BYTES
    assert siege.replies > 0
    assert siege.upgraded > siege.attacks / 3


@pytest.mark.parametrize("frames", [QUICK_FRAMES, pytest.param(ALL_FRAMES, marks=pytest.mark.long)])
def test_no_hostile_frame_is_noticed_by_who_chats_beside_it(besieged: Servers, app: str, frames: int) -> None:
    server = besieged[app]
    asyncio.run(besiege(server, 20))  # what is made once, is made now
    before = holdings(server)
    siege = asyncio.run(besiege(server, frames))
    check_unharmed(server, before, siege)
    assert siege.frames >= frames


def answer_to(server: ChatServer, request: bytes) -> bytes:
    """The head of what is answered to a request."""
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(request)
        head = b""
        while b"\r\n\r\n" not in head and (piece := client.recv(4096)):
            head += piece
        return head.lower()


@pytest.mark.parametrize("app", ["quart", "quart-uvicorn", "raw"])  # the others unpack a little at a time
def test_no_event_loop_unpacks_what_it_is_sent(besieged: Servers, app: str) -> None:
    head = answer_to(besieged[app], opening(DEFLATE))
    assert b" 101 " in head
    assert b"extensions" not in head


def test_client_that_does_not_wait_for_its_upgrade_leaves_no_session(
    besieged: Servers, gemini: RunningFake, app: str
) -> None:
    gemini.count_anew()
    for _ in range(3):
        answer_to(besieged[app], opening() + frame(TEXT, b"Hello") + b"\xff" * 20)
    gemini.ledger_once(lambda account: account["sessions_open"] == 0)
    wait_until(lambda: not gauges(besieged[app].http_url).get("chat_sessions_open"), "no session is open")
