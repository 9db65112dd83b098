"""Conversations that outlast Gemini's connections, which end every few moments here and not every ten minutes."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from tests.chat_server_process import ChatServer, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import Chat, Farewell, chat_with, check_whole, chunks_of, run
from tests.servers.conftest import Servers, all_servers, write_profile
from tests.servers.fake_gemini.suffering import arming

TURNS = 50
FEW_MOVES = 5
"""At least so often the connection is another one in the course of them."""

# Five words in a twentieth of a second: time to be interrupted, and over well within what is left after goAway.
BRISK = """
description = "A reply of a twentieth of a second, a word at a time"
interruption_seconds = 0.005
audio_frame_seconds = 0.01
first_chunk_seconds = { usual = { median = 0.01 } }
gap_seconds = { median = 0.01 }
words = { first_chunk = 1, later_chunk_low = 1, later_chunk_high = 1, reply = { median = 5 } }
"""
BRIEF = ("--connection-seconds", "1.6", "--time-left-seconds", "1.4")
"""Of which the second is long, for a machine that is busy: a reply must have an end in it."""


@pytest.fixture(scope="module")
def brief_gemini(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFake]:
    """A fake that says goAway a fifth of a second after each beginning, and ends the connection a while later."""
    with fake_gemini(write_profile(BRISK, tmp_path_factory), *BRIEF) as fake:
        yield fake


@pytest.fixture(scope="module")
def long_servers(brief_gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with all_servers(speaking_to(brief_gemini), tmp_path_factory.mktemp("long")) as servers:
        yield servers


@pytest.fixture
def server(app: str, long_servers: Servers, brief_gemini: RunningFake) -> ChatServer:
    brief_gemini.count_anew()
    return long_servers[app]


async def leave(chat: Chat) -> None:
    """As a client leaves that is content: nothing more was to come, and nobody has closed."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await chat.packet()
    await chat.connection.close()
    assert chat.connection.close_code == 1000


def check_account(fake: RunningFake) -> None:
    """All turns are one conversation of Gemini's, in which nothing was asked twice."""
    account = fake.ledger_once(lambda account: account["sessions_open"] == 0)
    assert account["prompts_answered"] == account["longest_conversation_turns"] == TURNS
    assert account["prompts_repeated"] == 0
    assert account["sessions_new"] == 1
    assert account["sessions_resumed"] >= FEW_MOVES


def test_fifty_turns_over_many_connections_are_one_conversation(server: ChatServer, brief_gemini: RunningFake) -> None:
    async def converse() -> None:
        async with chat_with(server.live_url) as chat:
            for number in range(TURNS):
                check_whole(await chat.ask(f"#t{number} Hello"), f"t{number}")
            await leave(chat)

    run(converse())
    check_account(brief_gemini)


def test_fifty_turns_of_which_each_other_is_interrupted_are_one_conversation(
    server: ChatServer, brief_gemini: RunningFake
) -> None:
    """Each prompt is answered once and in its place, whether a server heeds an interruption or answers later."""

    async def converse() -> None:
        async with chat_with(server.live_url) as chat:
            for number in range(0, TURNS, 2):
                await chat.say(f"#t{number} Hello")
                first = [await chat.packet()]
                await chat.say(f"#t{number + 1} But")
                while not first[-1]["turn_complete"]:
                    first.append(await chat.packet())
                assert {chunk.tag for chunk in chunks_of(first)} == {f"t{number}"}
                check_whole(await chat.reply(), f"t{number + 1}")
            await leave(chat)

    run(converse())
    check_account(brief_gemini)


def test_prompts_that_are_said_all_at_once_are_answered_once_each_and_in_order(
    server: ChatServer, brief_gemini: RunningFake
) -> None:
    async def converse() -> None:
        async with chat_with(server.live_url) as chat:
            for number in range(TURNS):
                await chat.say(f"#t{number} Hello")
                await asyncio.sleep(0.01)  # so that it takes longer than a connection does
            for number in range(TURNS):
                assert {chunk.tag for chunk in chunks_of(await chat.reply())} <= {f"t{number}"}
            await leave(chat)

    run(converse())
    account = brief_gemini.ledger_once(lambda account: account["sessions_open"] == 0)
    assert account["prompts_answered"] == account["longest_conversation_turns"] == TURNS
    assert account["prompts_repeated"] == 0
    assert account["sessions_new"] == 1
    assert account["sessions_resumed"] >= 1


def test_client_that_says_nothing_for_longer_than_a_connection_lasts_notices_nothing(
    server: ChatServer, brief_gemini: RunningFake
) -> None:
    async def converse() -> None:
        async with chat_with(server.live_url) as chat:
            check_whole(await chat.ask("#before Hello"), "before")
            while not (await asyncio.to_thread(brief_gemini.ledger))["closes"]:
                await asyncio.sleep(0.05)
            check_whole(await chat.ask("#after Hello"), "after")
            await leave(chat)

    run(converse())
    account = brief_gemini.ledger_once(lambda account: account["sessions_open"] == 0)
    assert account["longest_conversation_turns"] == account["prompts_answered"] == 2


@pytest.fixture
def mishap(server: ChatServer, brief_gemini: RunningFake) -> Iterator[Callable[[str, int], None]]:
    """Arms a loss of the connection at a moment, so many times; `server` is there to suffer it."""

    def arm(moment: str, times: int) -> None:
        status, answer = brief_gemini.get(
            arming(f'[[fault]]\nwhat = "drop"\nwhen = "{moment}"\nevery = 1\ntimes = {times}\n')
        )
        assert status == 200, answer

    yield arm
    brief_gemini.get("/faults?arm=")


@pytest.mark.parametrize("turns_before", [0, 1])
@pytest.mark.parametrize("moment", ["prompt", "turn_end"])
def test_connection_lost_where_nothing_was_said_of_a_reply_is_not_noticed(
    server: ChatServer,
    brief_gemini: RunningFake,
    mishap: Callable[[str, int], None],
    moment: str,
    turns_before: int,
) -> None:
    tags = [f"{moment}{number}" for number in range(turns_before + 2)]

    async def converse() -> None:
        async with chat_with(server.live_url) as chat:
            for number, tag in enumerate(tags):
                if number == turns_before:
                    await asyncio.to_thread(mishap, moment, 1)
                check_whole(await chat.ask(f"#{tag} Hello"), tag)
            await leave(chat)

    run(converse())
    account = brief_gemini.ledger_once(lambda account: account["sessions_open"] == 0)
    assert account["closes"].get("1006") == 1
    assert (account["prompts_answered"], account["prompts_repeated"]) == (len(tags), 0)
    assert account["longest_conversation_turns"] == len(tags)


@pytest.mark.parametrize(("moment", "times"), [("mid_reply", 1), ("prompt", 2)])
def test_half_a_reply_and_a_prompt_that_fails_again_are_told(
    server: ChatServer, mishap: Callable[[str, int], None], moment: str, times: int
) -> None:
    async def converse() -> Farewell:
        async with chat_with(server.live_url) as chat:
            check_whole(await chat.ask("#before Hello"), "before")
            await asyncio.to_thread(mishap, moment, times)
            await chat.say("#lost Hello")
            return await chat.farewell()

    farewell = run(converse())
    assert (farewell.error_code, farewell.close_code) == ("upstream", 1011)
    assert (len(farewell.packets) > 1) is (moment == "mid_reply")
