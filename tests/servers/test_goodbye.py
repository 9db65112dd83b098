"""A server that is told to stop tells everyone who is there and ends by itself, with exit code 0 and an empty log."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from servers.deployments import DEPLOYMENTS
from servers.fake_gemini.timing import Plan, load_profile, plan_turn
from tests.chat_server_process import ChatServer, chat_server, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import (
    Chat,
    Farewell,
    Packet,
    chat_with,
    check_whole,
    chunks_of,
    run,
)
from tests.servers.conftest import APPS, Servers, all_servers, write_profile
from tests.servers.test_refusals import OPENING

SHORT_CHUNKS, LONG_CHUNKS = 25, 1200

# A word every 0.1 s; a reply ends after two and a half seconds, or goes on for two minutes, or never begins.
MANNERS = f"""
description = "A word at a time, a few or very many; to every fourth prompt the answer never comes"
interruption_seconds = 0.005
audio_frame_seconds = 0.1
first_chunk_seconds = {{ usual = {{ median = 0.1 }}, slow_share = 0.25, slow = {{ median = 86400 }} }}
gap_seconds = {{ median = 0.1 }}

[words]
first_chunk = 1
later_chunk_low = 1
later_chunk_high = 1
reply = {{ median = {SHORT_CHUNKS}, sigma = 50, low = {SHORT_CHUNKS}, high = {LONG_CHUNKS} }}
"""


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> str:
    """Each of them: web servers end in ways of their own."""
    return str(request.param)


def is_short(plan: Plan) -> bool:
    return plan.chunks_due_seconds[0] < 1 and len(plan.chunks_words) == SHORT_CHUNKS


def is_long(plan: Plan) -> bool:
    return plan.chunks_due_seconds[0] < 1 and len(plan.chunks_words) == LONG_CHUNKS


def never_begins(plan: Plan) -> bool:
    return plan.chunks_due_seconds[0] > 1


@dataclass(frozen=True)
class Prompts:
    """Some that get the reply one wants; tagged `a`."""

    profile: Path

    def with_reply(self, wanted: Callable[[Plan], bool]) -> str:
        profile = load_profile(str(self.profile))
        prompts = (f"#a Hello {number}" for number in count())
        return next(prompt for prompt in prompts if wanted(plan_turn(profile, 1, prompt)))


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Prompts:
    return Prompts(write_profile(MANNERS, tmp_path_factory))


@pytest.fixture(scope="module")
def mannered_gemini(prompts: Prompts) -> Iterator[RunningFake]:
    with fake_gemini(prompts.profile) as fake:
        yield fake


async def ended(server: ChatServer) -> int:
    """The exit code, once it has ended by itself."""
    while (code := server.process.exit_code) is None:
        await asyncio.sleep(0.02)
    return code


async def refuses(server: ChatServer) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


@dataclass(frozen=True)
class Leaving:
    """What the clients of one server saw of its going away."""

    exit_code: int
    log: str
    silent: Farewell
    """Had said nothing."""
    between_turns: Farewell
    """Had been answered."""
    short: Farewell
    """In the middle of a reply with two seconds to go."""
    long: Farewell
    """In the middle of a reply with minutes to go."""
    unanswered: Farewell
    """Waiting for a reply that would never have begun."""
    interrupting: Farewell
    """In the middle of a long reply; then said something else, to which the reply is short."""
    deaf: bytes
    """Never answers a close. All that it was sent, up to the end of the connection."""
    kept_out: bool
    """Whether others were let in no more while the rest was still there."""


Prepare = Callable[[Chat], Awaitable[list[Packet]]]
"""What a client does before the server is told to stop; gives the packets it has seen."""


def after(*asked: str) -> Prepare:
    """In the middle of the reply to the last of these."""

    async def say_and_listen(chat: Chat) -> list[Packet]:
        packets = []
        for prompt in asked:
            await chat.say(prompt)
            packets.append(await chat.packet())
        return packets

    return say_and_listen


async def say_nothing(chat: Chat) -> list[Packet]:
    return []


def waiting_for(prompt: str) -> Prepare:
    async def say(chat: Chat) -> list[Packet]:
        await chat.say(prompt)
        return []

    return say


async def say_nothing_for_ever(server: ChatServer, ready: asyncio.Barrier) -> bytes:
    """All that a client is sent that does not answer a close, and closes nothing itself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(OPENING)
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(2):
        await ready.wait()
    sent = await reader.read()
    writer.close()
    return sent


async def session(server: ChatServer, prepare: Prepare, ready: asyncio.Barrier) -> Farewell:
    """How a client was left, with all the packets it has ever seen."""
    async with chat_with(server.live_url) as chat:
        await ready.wait()  # first they all come, and then they all speak
        seen = await prepare(chat)
        await ready.wait()
        farewell = await chat.farewell()
        return replace(farewell, packets=seen + farewell.packets)


async def leaving(server: ChatServer, prompts: Prompts) -> Leaving:
    short, long, never = map(prompts.with_reply, (is_short, is_long, never_begins))
    manners = {
        "silent": say_nothing,
        "between_turns": lambda chat: chat.ask(short),
        "short": after(short),
        "long": after(long),
        "unanswered": waiting_for(never),
        "interrupting": after(long, short),
    }
    ready = asyncio.Barrier(len(manners) + 2)
    async with asyncio.TaskGroup() as tasks:
        told = {name: tasks.create_task(session(server, manner, ready)) for name, manner in manners.items()}
        deaf = tasks.create_task(say_nothing_for_ever(server, ready))
        _, asks_nothing = await asyncio.open_connection("127.0.0.1", server.port)
        for _ in range(2):
            await ready.wait()
        os.kill(server.process.pid, signal.SIGTERM)
        await told["silent"]
        os.killpg(server.process.pid, signal.SIGTERM)  # once more, and to all that it has started
        while not (refused := await refuses(server)):
            await asyncio.sleep(0.02)
        kept_out = refused and not told["long"].done()
    code = await ended(server)
    asks_nothing.close()
    return Leaving(
        code,
        server.log(),
        deaf=deaf.result(),
        kept_out=kept_out,
        **{name: task.result() for name, task in told.items()},
    )


@pytest.fixture(scope="module")
def leavings(
    mannered_gemini: RunningFake, prompts: Prompts, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Leaving]:
    """By the name of the server."""

    async def of_both(servers: Servers) -> list[Leaving]:
        return await asyncio.gather(*(leaving(server, prompts) for server in servers.values()))

    with all_servers(speaking_to(mannered_gemini), tmp_path_factory.mktemp("leaving")) as servers:
        return dict(zip(servers, run(of_both(servers)), strict=True))


def check_goodbye(farewell: Farewell) -> None:
    assert (farewell.error_code, farewell.close_code, farewell.close_reason) == ("going_away", 1012, "going_away")
    assert "connect again" in farewell.message


def test_process_ends_by_itself_with_code_0_and_nothing_in_its_log(leavings: dict[str, Leaving], app: str) -> None:
    assert (leavings[app].exit_code, leavings[app].log) == (0, "")


def test_client_that_has_said_nothing_is_told(leavings: dict[str, Leaving], app: str) -> None:
    check_goodbye(leavings[app].silent)
    assert len(leavings[app].silent.packets) == 1


def test_client_that_has_been_answered_is_told(leavings: dict[str, Leaving], app: str) -> None:
    farewell = leavings[app].between_turns
    check_goodbye(farewell)
    check_whole(farewell.packets[:-1], "a", SHORT_CHUNKS)


def test_reply_that_is_nearly_over_is_finished_first(leavings: dict[str, Leaving], app: str) -> None:
    farewell = leavings[app].short
    check_goodbye(farewell)
    check_whole(farewell.packets[:-1], "a", SHORT_CHUNKS)


def test_reply_that_takes_too_long_is_cut_after_some_time(leavings: dict[str, Leaving], app: str) -> None:
    farewell = leavings[app].long
    check_goodbye(farewell)
    assert SHORT_CHUNKS < len(chunks_of(farewell.packets[:-1])) < LONG_CHUNKS
    assert not any(packet["turn_complete"] for packet in farewell.packets[:-1])


def test_reply_that_has_not_begun_is_not_waited_for_longer(leavings: dict[str, Leaving], app: str) -> None:
    check_goodbye(leavings[app].unanswered)
    assert len(leavings[app].unanswered.packets) == 1


def test_reply_to_an_interruption_is_finished_where_there_are_such(leavings: dict[str, Leaving], app: str) -> None:
    farewell = leavings[app].interrupting
    check_goodbye(farewell)
    completed = sum(packet["turn_complete"] for packet in farewell.packets[:-1])
    interrupts = DEPLOYMENTS[app].interruptible
    assert completed == (2 if interrupts else 0)  # the reply that was cut, and the one that followed


def test_client_that_does_not_answer_the_close_is_told_and_cut_off(leavings: dict[str, Leaving], app: str) -> None:
    told = leavings[app].deaf
    assert b'"going_away"' in told
    assert told.endswith(b"\x88\x0c\x03\xf4going_away")


def test_nobody_is_let_in_any_more(leavings: dict[str, Leaving], app: str) -> None:
    assert leavings[app].kept_out


def test_sessions_at_gemini_are_closed_properly(leavings: dict[str, Leaving], mannered_gemini: RunningFake) -> None:
    account = mannered_gemini.ledger_once(lambda account: account["sessions_open"] == 0)
    assert account["closes"] == {"1000": account["sessions_total"]}


def test_idle_client_does_not_wait_for_anything(
    app: str, mannered_gemini: RunningFake, prompts: Prompts, tmp_path: Path
) -> None:
    """Nor for the breath of the blocking server, which is longer than a reply takes here."""

    async def converse(server: ChatServer) -> bool:
        async with chat_with(server.live_url) as talking, chat_with(server.live_url) as idle:
            mannered_gemini.ledger_once(lambda account: account["sessions_open"] == 2)
            await talking.say(prompts.with_reply(is_short))
            await talking.packet()
            server.process.process.terminate()
            rest = asyncio.create_task(talking.reply())
            check_goodbye(await idle.farewell())
            told_before_the_end_of_the_reply = not rest.done()
            await rest
        return told_before_the_end_of_the_reply

    mannered_gemini.ledger_once(lambda account: account["sessions_open"] == 0)
    with chat_server(app, speaking_to(mannered_gemini), tmp_path) as server:
        assert run(converse(server))
