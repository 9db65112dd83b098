"""What a Gemini says that is none costs one session, which is told so, and no other."""

import asyncio
from collections.abc import Iterator

import pytest

from bench.fake import NOT_INHERITED
from tests.chat_server_process import ChatServer
from tests.servers.chat import Chat, Packet, chat_with, run, text_of
from tests.servers.conftest import Servers, all_servers
from tests.servers.hostile_gemini import WRONG, hostile_gemini

AT_A_TIME = 8
KNOWN = {"text", "turn_complete", "interrupted"}


@pytest.fixture(scope="module")
def deceived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("hostile")
    with hostile_gemini(folder) as gemini:
        environment = {**dict.fromkeys(NOT_INHERITED, ""), "NO_PROXY": "127.0.0.1", **gemini.environment}
        with all_servers(environment, folder) as servers:
            yield servers


async def consequence(server: ChatServer, number: int) -> str:
    """Of a frame: what is wrong with what the client is told, or nothing."""
    async with chat_with(server.live_url) as chat:
        await chat.say(f"frame {number}")
        packets, close_code = await until_it_is_over(chat)
    *said, last = packets
    if strange := [packet for packet in said if not is_packet(packet)]:
        return f"{WRONG[number]!r:.80} made it say {strange[0]}"
    if "error" in last:
        return "" if close_code == 1011 else f"{WRONG[number]!r:.80} closed with {close_code}"
    return "" if is_packet(last) else f"{WRONG[number]!r:.80} made it say {last}"


async def until_it_is_over(chat: Chat) -> tuple[list[Packet], int | None]:
    """The packets up to the one that ends the turn or the session; with the code of the close in the latter case."""
    packets = [await chat.packet()]
    while "error" not in packets[-1] and packets[-1].get("turn_complete") is not True:
        packets.append(await chat.packet())
    if "error" not in packets[-1]:
        return packets, None
    assert (await chat.farewell()).packets == []
    return packets, chat.connection.close_code


def is_packet(packet: Packet) -> bool:
    flags = (packet.get("turn_complete"), packet.get("interrupted", True))
    return isinstance(packet.get("text"), str) and all(type(flag) is bool for flag in flags) and packet.keys() <= KNOWN


async def consequences(server: ChatServer, every: int) -> list[str]:
    """Of every nth frame, with somebody beside who is told nothing but what is said to all others."""
    numbers = iter(range(0, len(WRONG), every))
    found: list[str] = []
    async with chat_with(server.live_url) as neighbour:

        async def deceive() -> None:
            for number in numbers:
                found.append(await consequence(server, number))
                assert number % 5 or text_of(await ask(neighbour)) == "Hello there."

        lock = asyncio.Lock()

        async def ask(chat: Chat) -> list[Packet]:
            async with lock:
                return await chat.ask("Hello")

        await asyncio.gather(*(deceive() for _ in range(AT_A_TIME)))
    return [each for each in found if each]


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.long)])
def test_only_the_session_that_is_deceived_ends_and_is_told(deceived: Servers, app: str, every: int) -> None:
    server = deceived[app]
    before = {process.pid for process in server.tree()}
    assert run(consequences(server, every)) == []
    assert {process.pid for process in server.tree()} == before
