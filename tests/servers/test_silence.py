"""A session is given up when both sides have been silent for so long, by either server, and not before.

The servers here speak to the Developer API with a key, whose model speaks, and are short of patience.
"""

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from servers.fake_gemini.timing import load_profile, plan_turn
from tests.chat_server_process import ChatServer, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import Farewell, Packet, chat_with, check_whole, chunks_of, run
from tests.servers.conftest import TALKATIVE, TALKATIVE_CHUNKS, both_servers, write_profile

PATIENCE_SECONDS = 1.0
KEY = "AIza-the-right-one"

# The talkative profile, but to every other prompt the answer never comes.
MOODY = TALKATIVE.replace("{ usual =", "{ slow_share = 0.5, slow = { median = 86400 }, usual =")


@pytest.fixture(scope="module")
def moody_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_profile(MOODY, tmp_path_factory)


@pytest.fixture(scope="module")
def moody_gemini(moody_profile: Path) -> Iterator[RunningFake]:
    with fake_gemini(moody_profile, "--api-key", KEY) as fake:
        yield fake


@pytest.fixture(scope="module")
def impatient_servers(
    moody_gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, ChatServer]]:
    environment = speaking_to(moody_gemini, GEMINI_API_KEY=KEY, IDLE_SECONDS=str(PATIENCE_SECONDS))
    with both_servers(environment, tmp_path_factory.mktemp("impatient")) as servers:
        yield servers


@pytest.fixture
def impatient_server(app: str, impatient_servers: dict[str, ChatServer]) -> ChatServer:
    return impatient_servers[app]


def prompt_that_is_answered(profile: Path, answered: bool) -> str:
    """A prompt, tagged `a`, that the moody model answers, or one that it does not."""
    plans = ((prompt := f"#a Hello {number}", plan_turn(load_profile(str(profile)), 1, prompt)) for number in count())
    return next(prompt for prompt, plan in plans if (plan.chunks_due_seconds[0] < 1) == answered)


def check_given_up(farewell: Farewell) -> None:
    assert (farewell.error_code, farewell.close_code, farewell.close_reason) == ("idle", 1008, "idle")
    assert farewell.message == "nothing was said for 1 s"


def test_client_that_says_nothing_is_given_up_also_at_gemini(
    impatient_server: ChatServer, moody_gemini: RunningFake
) -> None:
    async def converse() -> Farewell:
        async with chat_with(impatient_server.live_url) as chat:
            return await chat.farewell()

    farewell = run(converse())
    check_given_up(farewell)
    assert len(farewell.packets) == 1
    moody_gemini.ledger_once(lambda account: account["sessions_open"] == 0)


def test_model_that_never_answers_is_given_up(impatient_server: ChatServer, moody_profile: Path) -> None:
    async def converse() -> Farewell:
        async with chat_with(impatient_server.live_url) as chat:
            await chat.say(prompt_that_is_answered(moody_profile, False))
            return await chat.farewell()

    check_given_up(run(converse()))


def test_reply_that_lasts_longer_is_no_silence(impatient_server: ChatServer, moody_profile: Path) -> None:
    async def converse() -> tuple[list[Packet], Farewell]:
        async with chat_with(impatient_server.live_url) as chat:
            return await chat.ask(prompt_that_is_answered(moody_profile, True)), await chat.farewell()

    reply, farewell = run(converse())
    check_whole(reply, "a", chunks=TALKATIVE_CHUNKS)
    check_given_up(farewell)


def test_transcript_of_a_model_that_speaks_is_what_another_writes(
    impatient_server: ChatServer, talkative_servers: dict[str, ChatServer], moody_profile: Path
) -> None:
    """The fake says the same to the same prompt, aloud or in writing."""
    prompt = prompt_that_is_answered(moody_profile, True)

    async def reply_of(server: ChatServer) -> list[Packet]:
        async with chat_with(server.live_url) as chat:
            return await chat.ask(prompt)

    async def replies() -> tuple[list[Packet], list[Packet]]:
        return await asyncio.gather(reply_of(impatient_server), reply_of(talkative_servers["quart"]))

    spoken, written = run(replies())
    check_whole(spoken, "a", chunks=TALKATIVE_CHUNKS)
    assert [chunk.text for chunk in chunks_of(spoken)] == [chunk.text for chunk in chunks_of(written)]
