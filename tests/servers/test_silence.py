"""A session is given up when both sides have been silent for so long, by either server, and not before.

The servers here speak to the Developer API with a key, whose model speaks, and are short of patience.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from servers.fake_gemini.timing import load_profile, plan_turn
from tests.chat_server_process import ChatServer, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import Farewell, Packet, chat_with, check_whole, chunks_of, run
from tests.servers.conftest import TALKATIVE, TALKATIVE_CHUNKS, Servers, all_servers, write_profile

PATIENCE_SECONDS = 1.0
"""Less than a reply lasts, and far more than lies between its chunks."""
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
def impatient_servers(moody_gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    environment = speaking_to(moody_gemini, GEMINI_API_KEY=KEY, IDLE_SECONDS=str(PATIENCE_SECONDS))
    with all_servers(environment, tmp_path_factory.mktemp("impatient")) as servers:
        yield servers


def prompt_that_is_answered(profile: Path, answered: bool) -> str:
    """A prompt, tagged `a`, that the moody model answers, or one that it does not."""
    plans = ((prompt := f"#a Hello {number}", plan_turn(load_profile(str(profile)), 1, prompt)) for number in count())
    return next(prompt for prompt, plan in plans if (plan.chunks_due_seconds[0] < 1) == answered)


async def farewell_after(url: str, *prompts: str) -> Farewell:
    async with chat_with(url) as chat:
        for prompt in prompts:
            await chat.say(prompt)
        return await chat.farewell()


async def reply_and_farewell(url: str, prompt: str) -> tuple[list[Packet], Farewell]:
    async with chat_with(url) as chat:
        return await chat.ask(prompt), await chat.farewell()


@dataclass(frozen=True)
class Told:
    """What three clients of one server are told."""

    silent: Farewell
    """One that says nothing."""
    unanswered: Farewell
    """One that says what Gemini does not answer."""
    reply: list[Packet]
    after_the_reply: Farewell
    """One that says something, and nothing after the reply."""


@pytest.fixture(scope="module")
def told(impatient_servers: Servers, moody_profile: Path) -> dict[str, Told]:
    """By the name of the server. All of it at the same time, for it is mostly waiting."""

    async def by(server: ChatServer) -> Told:
        silent, unanswered, (reply, after_the_reply) = await asyncio.gather(
            farewell_after(server.live_url),
            farewell_after(server.live_url, prompt_that_is_answered(moody_profile, False)),
            reply_and_farewell(server.live_url, prompt_that_is_answered(moody_profile, True)),
        )
        return Told(silent, unanswered, reply, after_the_reply)

    async def by_both() -> list[Told]:
        return await asyncio.gather(*map(by, impatient_servers.values()))

    return dict(zip(impatient_servers, run(by_both()), strict=True))


def check_given_up(farewell: Farewell) -> None:
    assert (farewell.error_code, farewell.close_code, farewell.close_reason) == ("idle", 1008, "idle")
    assert farewell.message == "nothing was said for 1 s"
    assert len(farewell.packets) == 1


def test_client_that_says_nothing_is_given_up(told: dict[str, Told], app: str) -> None:
    check_given_up(told[app].silent)


def test_model_that_never_answers_is_given_up(told: dict[str, Told], app: str) -> None:
    check_given_up(told[app].unanswered)


def test_reply_that_lasts_longer_is_no_silence(told: dict[str, Told], app: str) -> None:
    check_whole(told[app].reply, "a", TALKATIVE_CHUNKS)
    check_given_up(told[app].after_the_reply)


def test_sessions_that_are_given_up_are_closed_at_gemini(told: dict[str, Told], moody_gemini: RunningFake) -> None:
    account = moody_gemini.ledger_once(lambda account: account["sessions_open"] == 0)
    assert account["closes"] == {"1000": account["sessions_total"]}


def test_transcript_of_a_model_that_speaks_is_what_another_writes(
    told: dict[str, Told], talkative_servers: Servers, moody_profile: Path
) -> None:
    """The fake says the same to the same prompt, aloud or in writing."""

    async def ask_the_other() -> list[Packet]:
        async with chat_with(talkative_servers["quart"].live_url) as chat:
            return await chat.ask(prompt_that_is_answered(moody_profile, True))

    written = [chunk.text for chunk in chunks_of(run(ask_the_other()))]
    assert [chunk.text for chunk in chunks_of(told["flask"].reply)] == written
    assert [chunk.text for chunk in chunks_of(told["quart"].reply)] == written
