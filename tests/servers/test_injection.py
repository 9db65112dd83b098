"""Faults put into the servers on purpose: each does what it says, in both, and nothing else."""

import asyncio
import json
import mmap
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from threading import Thread

import psutil
import pytest

from bench.health import health_of
from servers.errors import SettingsError
from servers.fake_gemini.timing import load_profile, plan_turn
from servers.injection import Injection, ballast, injected, read_injection
from servers.packets import packet_of
from tests.chat_server_process import speaking_to
from tests.fake_gemini_process import RunningFake
from tests.servers.chat import Packet, chat_with, chunks_of, run, wait_until
from tests.servers.conftest import Servers, all_servers

CHUNK = json.dumps({"text": "Hello", "turn_complete": False})
LAST_CHUNK = json.dumps({"text": ".", "turn_complete": True})
END = json.dumps({"text": "", "turn_complete": True})
CUT = json.dumps({"text": "", "turn_complete": False, "interrupted": True})
LAST_CHUNK_AND_CUT = json.dumps({"text": "Hel", "turn_complete": False, "interrupted": True})

SESSIONS = 5
SESSION_BYTES = 20_000_000
FAULTS = "drop=3,memory=20MB"


def through(fault: str, *packets: str | None) -> list[str | None]:
    """What is left of packets that go through a faulty server."""
    faulty = injected(lambda packet: packet, read_injection(fault))
    return [faulty(packet) for packet in packets]


@pytest.mark.parametrize(
    ("text", "injection"),
    [
        ("cpu=300us", Injection("cpu=300us", cpu_seconds=300e-6)),
        ("sleep=4ms", Injection("sleep=4ms", sleep_seconds=0.004)),
        ("sleep=1.5s", Injection("sleep=1.5s", sleep_seconds=1.5)),
        ("memory=300kB", Injection("memory=300kB", memory_bytes=300_000)),
        ("memory=1.1MB", Injection("memory=1.1MB", memory_bytes=1_100_000)),
        ("drop=40", Injection("drop=40", drop_every=40)),
        ("drop=2,cpu=1ms", Injection("drop=2,cpu=1ms", cpu_seconds=0.001, drop_every=2)),
    ],
)
def test_fault_is_read_into_seconds_bytes_and_counts(text: str, injection: Injection) -> None:
    assert read_injection(text) == injection


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ",", "cpu", "cpu=", "=300us", "disk=3MB", "CPU=300us", "cpu=300us,", "cpu=300us, sleep=4ms"),
        *("cpu=300", "cpu=300kB", "memory=300", "memory=300us", "memory=300KB", "drop=40ms", "drop=2.5", "drop=\u0663"),
        *("cpu=0us", "sleep=0.0ms", "memory=0kB", "drop=0", "cpu=-3us", "cpu=1e3us", "cpu=infs", "cpu=nans"),
        *("cpu=300us,cpu=300us", "drop=2,drop=3", "cpu=300us\n", "cpu= 300us", "cpu==3us", "sleep=9999999999s"),
    ],
    ids=repr,
)
def test_anything_else_is_refused_in_one_line_that_says_what_may_be_written(text: str) -> None:
    with pytest.raises(SettingsError) as told:
        read_injection(text)
    message = str(told.value)
    assert message.startswith(f"SERVERS_INJECT is {text!r}: ")
    assert all(example in message for example in ("cpu=300us", "sleep=4ms", "memory=300kB", "drop=40"))
    assert "\n" not in message


def test_without_a_fault_packets_are_made_by_the_very_same_function() -> None:
    assert injected(packet_of, None) is packet_of


@pytest.mark.parametrize("fault", ["cpu=1us", "sleep=1us", "memory=300kB"])
def test_fault_that_drops_nothing_leaves_every_packet_as_it_is(fault: str) -> None:
    packets = [CHUNK, None, LAST_CHUNK, END, CUT, LAST_CHUNK_AND_CUT]
    assert through(fault, *packets) == packets


def test_processor_time_is_spent_on_every_packet_with_text() -> None:
    began = time.thread_time()
    through("cpu=20ms", CHUNK, CHUNK, LAST_CHUNK)
    assert time.thread_time() - began >= 0.06


@pytest.mark.parametrize("fault", ["cpu=1s", "sleep=60s"])
def test_packet_without_text_costs_nothing(fault: str) -> None:
    began = time.thread_time()
    assert through(fault, None, END, CUT) == [None, END, CUT]
    assert time.thread_time() - began < 1


def test_processor_time_is_spent_however_long_others_have_the_processor() -> None:
    """It is the thread's own time that counts: two at once spend it twice."""
    spent = []

    def pass_through() -> None:
        began = time.thread_time()
        through("cpu=50ms", CHUNK)
        spent.append(time.thread_time() - began)

    threads = [Thread(target=pass_through) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(spent) >= 0.05


def test_sleep_takes_time_but_no_processor_time() -> None:
    began, spent_before = time.monotonic(), time.thread_time()
    through("sleep=200ms", CHUNK, CHUNK)
    assert time.monotonic() - began >= 0.4
    assert time.thread_time() - spent_before < 0.2


def test_just_every_nth_packet_with_text_is_dropped() -> None:
    packets = [json.dumps({"text": str(number), "turn_complete": False}) for number in range(1, 10)]
    passed = through("drop=3", *packets)
    assert passed == [None if number % 3 == 0 else packet for number, packet in enumerate(packets, 1)]


@pytest.mark.parametrize("packet", [LAST_CHUNK, END, CUT, LAST_CHUNK_AND_CUT, None])
def test_what_completes_or_interrupts_is_never_dropped_nor_counted(packet: str | None) -> None:
    assert through("drop=1", packet, CHUNK, packet) == [packet, None, packet]
    assert through("drop=2", CHUNK, packet, packet, CHUNK) == [CHUNK, packet, packet, None]


def test_packets_that_threads_send_at_once_are_each_counted_once() -> None:
    faulty = injected(lambda packet: packet, read_injection("drop=4"))
    passed: list[str | None] = []
    threads = [Thread(target=lambda: passed.extend(faulty(CHUNK) for _ in range(500))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (passed.count(None), passed.count(CHUNK)) == (1000, 3000)


def resident_bytes(processes: list[psutil.Process]) -> int:
    return sum(process.memory_info().rss for process in processes)


def test_memory_is_resident_while_it_is_held_and_given_back_after() -> None:
    ours = [psutil.Process()]
    tolerance = 20_000_000
    before = resident_bytes(ours)
    with ballast(read_injection("memory=100MB")):
        assert resident_bytes(ours) - before > 100_000_000 - tolerance
    assert resident_bytes(ours) - before < tolerance


@pytest.mark.parametrize("injection", [None, read_injection("cpu=300us")])
def test_nothing_is_held_where_no_memory_was_asked_for(
    injection: Injection | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mmap, "mmap", None)
    with ballast(injection):
        pass


@pytest.fixture(scope="module")
def faulty_servers(gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder: Path = tmp_path_factory.mktemp("faulty")
    with all_servers(speaking_to(gemini, SERVERS_INJECT=FAULTS), folder) as servers:
        yield servers


def test_faulty_server_says_so_and_another_does_not(faulty_servers: Servers, servers: Servers, app: str) -> None:
    assert (health_of(faulty_servers[app].http_url) or {})["injected"] == FAULTS
    assert "injected" not in (health_of(servers[app].http_url) or {})


def test_client_misses_every_third_chunk_and_no_completion(faulty_servers: Servers, app: str) -> None:
    prompts = [f"#{number} What is new?" for number in range(5)]

    async def converse() -> list[list[Packet]]:
        async with chat_with(faulty_servers[app].live_url) as chat:
            return [await chat.ask(prompt) for prompt in prompts]

    replies = run(converse())
    assert all(reply[-1] == {"text": "", "turn_complete": True} for reply in replies)
    profile = load_profile("fast")
    said = [
        (str(number), index)
        for number, prompt in enumerate(prompts)
        for index in range(len(plan_turn(profile, 1, prompt).chunks_due_seconds))
    ]
    heard = [(chunk.tag, chunk.index) for reply in replies for chunk in chunks_of(reply)]
    first = next(place for place, chunk in enumerate(said) if chunk not in heard)
    assert first < 3 < len(said)
    assert heard == [chunk for place, chunk in enumerate(said) if place % 3 != first]


def test_session_holds_its_memory_to_its_end(faulty_servers: Servers, gemini: RunningFake, app: str) -> None:
    server = faulty_servers[app]
    all_of_them, tolerance = SESSIONS * SESSION_BYTES, 2.5 * SESSION_BYTES

    async def be_there(sessions: int) -> int:
        async with AsyncExitStack() as chats:
            for _ in range(sessions):
                await chats.enter_async_context(chat_with(server.live_url))
            await asyncio.to_thread(gemini.ledger_once, lambda account: account["sessions_open"] == sessions)
            return resident_bytes(server.tree())

    def all_are_gone() -> int:
        gemini.ledger_once(lambda account: account["sessions_open"] == 0)
        return resident_bytes(server.tree())

    all_are_gone()
    run(be_there(1))  # what a server builds once
    before = all_are_gone()
    assert abs(run(be_there(SESSIONS)) - before - all_of_them) < tolerance
    wait_until(lambda: abs(all_are_gone() - before) < tolerance, "the memory is given back")
