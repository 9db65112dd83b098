"""The original demo speaks our protocol as far as it goes, so that the same load can be put on it."""

import json
from collections.abc import Iterator

import pytest

from tests.chat_server_process import ChatServer, chat_server, speaking_to
from tests.fake_gemini_process import RunningFake
from tests.servers.chat import Packet, chat_with, check_whole, run
from tests.servers.test_pages import get


@pytest.fixture(scope="module")
def demo(talkative_gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with chat_server("demo", speaking_to(talkative_gemini), tmp_path_factory.mktemp("demo")) as server:
        yield server


def test_health_names_it(demo: ChatServer) -> None:
    status, _, body = get(demo, "/healthz")
    assert (status, json.loads(body)["app"]) == (200, "demo")


def test_page_is_served(demo: ChatServer) -> None:
    assert "/page/chat.js" in get(demo, "/")[2]


def test_page_is_answered_what_its_browser_waits_for_and_told_nothing_of_coming_back(demo: ChatServer) -> None:
    async def converse() -> list[Packet]:
        async with chat_with(demo.live_url, None, ["live"]) as chat:
            assert chat.connection.subprotocol == "live"
            return [*await chat.ask("#1 Hello"), *await chat.ask("#2 And then?")]

    assert all(packet.keys() == {"text", "turn_complete"} for packet in run(converse()))


def test_conversation_goes_on_after_a_reply(demo: ChatServer) -> None:
    async def converse() -> list[list[Packet]]:
        async with chat_with(demo.live_url) as chat:
            return [await chat.ask("#1 Hello"), await chat.ask("#2 And then?")]

    for tag, reply in zip("12", run(converse()), strict=True):
        check_whole(reply, tag)


def test_prompt_during_a_reply_ends_it_and_no_one_says_that_it_was_interrupted(demo: ChatServer) -> None:
    async def talk_over() -> tuple[list[Packet], list[Packet]]:
        async with chat_with(demo.live_url) as chat:
            await chat.say("#old Tell me everything.")
            begun = [await chat.packet()]
            await chat.say("#new Stop.")
            return begun + await chat.reply(), await chat.reply()

    old, new = run(talk_over())
    check_whole(old, "old")
    check_whole(new, "new")
    assert len(old) < len(new)


def test_what_is_said_stands_in_its_log(demo: ChatServer) -> None:
    async def converse() -> None:
        async with chat_with(demo.live_url) as chat:
            await chat.ask("A secret of mine")

    run(converse())
    assert "A secret of mine" in demo.log()
