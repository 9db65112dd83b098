"""What a client is told when it is Gemini that fails: an error packet, then 1011, by both servers alike."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.health import health_of
from tests.chat_server_process import ChatServer, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import Farewell, chat_with, run
from tests.servers.conftest import Servers, all_servers

WRONG_KEY = "AIza-of-somebody-else"


async def farewell_to_newcomer(server: ChatServer) -> Farewell:
    """What a client is told that has not said anything yet."""
    async with chat_with(server.live_url) as chat:
        return await chat.farewell()


def check_failure(farewell: Farewell, code: str) -> None:
    assert (farewell.error_code, farewell.close_code, farewell.close_reason) == (code, 1011, code)


@pytest.fixture(scope="module")
def servers_with_wrong_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with fake_gemini("fast", "--api-key", "AIza-the-right-one") as fake:
        environment = speaking_to(fake, GEMINI_API_KEY=WRONG_KEY)
        with all_servers(environment, tmp_path_factory.mktemp("key")) as servers:
            yield servers


@pytest.fixture(scope="module")
def servers_with_unknown_model(gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    environment = speaking_to(gemini, GEMINI_MODEL="gemini-none")
    with all_servers(environment, tmp_path_factory.mktemp("model")) as servers:
        yield servers


def test_wrong_key_is_told_in_geminis_words(servers_with_wrong_key: Servers, app: str) -> None:
    farewell = run(farewell_to_newcomer(servers_with_wrong_key[app]))
    check_failure(farewell, "upstream")
    assert farewell.message == ("Gemini closed the session: 1007 API key not valid. Please pass a valid API key.")


def test_key_is_told_to_no_one(servers_with_wrong_key: Servers, app: str) -> None:
    server = servers_with_wrong_key[app]
    farewell = run(farewell_to_newcomer(server))
    assert WRONG_KEY not in str(health_of(server.http_url)) + str(farewell.packets) + server.log()


def test_unknown_model_is_told_in_geminis_words(servers_with_unknown_model: Servers, app: str) -> None:
    farewell = run(farewell_to_newcomer(servers_with_unknown_model[app]))
    check_failure(farewell, "upstream")
    assert "1008" in farewell.message
    assert "publishers/google/models/gemini-none" in farewell.message


@dataclass(frozen=True)
class Aftermath:
    """What the clients of one server are told when Gemini is killed."""

    in_mid_reply: Farewell
    between_turns: Farewell
    newcomer: Farewell
    log: str


@pytest.fixture(scope="module")
def aftermath(talkative_profile: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Aftermath]:
    async def lose_gemini(fake: RunningFake, server: ChatServer, all_are_talking: asyncio.Barrier) -> Aftermath:
        async with chat_with(server.live_url) as idle, chat_with(server.live_url) as listening:
            await idle.connection.ping()
            await listening.say("Hello")
            await listening.packet()
            await all_are_talking.wait()
            fake.process.kill()
            in_mid_reply, between_turns = await asyncio.gather(listening.farewell(), idle.farewell())
        await asyncio.to_thread(fake.process.wait)  # Until then its port may still answer, if only with a reset.
        newcomer = await farewell_to_newcomer(server)
        return Aftermath(in_mid_reply, between_turns, newcomer, server.log())

    async def lose_it_together(fake: RunningFake, servers: Servers) -> dict[str, Aftermath]:
        barrier = asyncio.Barrier(len(servers))
        told = await asyncio.gather(*(lose_gemini(fake, server, barrier) for server in servers.values()))
        return dict(zip(servers, told, strict=True))

    folder = tmp_path_factory.mktemp("killed")
    with fake_gemini(talkative_profile) as fake, all_servers(speaking_to(fake), folder) as servers:
        return run(lose_it_together(fake, servers))


def test_gemini_killed_in_mid_reply_is_told(aftermath: dict[str, Aftermath], app: str) -> None:
    check_failure(aftermath[app].in_mid_reply, "upstream")


def test_gemini_killed_between_turns_is_noticed_and_told(aftermath: dict[str, Aftermath], app: str) -> None:
    check_failure(aftermath[app].between_turns, "upstream")


def test_gemini_that_is_not_there_is_told(aftermath: dict[str, Aftermath], app: str) -> None:
    check_failure(aftermath[app].newcomer, "unreachable")
    assert aftermath[app].newcomer.message == "Gemini cannot be reached: ConnectionRefusedError"


def test_all_servers_tell_a_failure_in_the_same_words(aftermath: dict[str, Aftermath]) -> None:
    one, *others = aftermath.values()
    for other in others:
        assert other.between_turns == one.between_turns
        assert other.newcomer == one.newcomer
        assert other.in_mid_reply.packets[-1] == one.in_mid_reply.packets[-1]


def test_failure_of_geminis_is_not_taken_for_a_fault_of_the_servers(aftermath: dict[str, Aftermath], app: str) -> None:
    assert "Traceback" not in aftermath[app].log
