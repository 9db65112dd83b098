"""What both servers refuse for the sake of others, what they count, and what they write down: alike, on real ones."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.chat_server_process import ChatServer, speaking_to
from tests.fake_gemini_process import RunningFake
from tests.servers.chat import Chat, Farewell, Packet, chat_with, check_whole, run, wait_until
from tests.servers.conftest import Servers, all_servers

SECRET = "a word that nobody else says"
KEY = "AIza-not-to-be-told"
OTHERS = "https://evil.example"
OURS = "https://chat.example.org"


@pytest.fixture(scope="module")
def strict_servers(gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Two sessions at a time, two prompts a minute in each, and all that is said is written down.

    They speak to the other of Gemini's two APIs than those below, which counts tokens under other names.
    """
    settings = {"MAX_SESSIONS": "2", "PROMPTS_PER_MINUTE": "2", "LOG_PROMPTS": "1", "GEMINI_API_KEY": KEY}
    with all_servers(speaking_to(gemini, **settings), tmp_path_factory.mktemp("strict")) as servers:
        yield servers


@pytest.fixture(scope="module")
def thrifty_servers(gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A token a minute for all, for pages of one origin; comings and goings are written down."""
    settings = {"TOKENS_PER_MINUTE": "1", "ALLOWED_ORIGINS": OURS, "LOG_LEVEL": "info", "IDLE_SECONDS": "1.5"}
    with all_servers(speaking_to(gemini, **settings), tmp_path_factory.mktemp("thrifty")) as servers:
        yield servers


@pytest.fixture
def strict(app: str, strict_servers: Servers) -> ChatServer:
    return strict_servers[app]


@pytest.fixture
def thrifty(app: str, thrifty_servers: Servers) -> ChatServer:
    return thrifty_servers[app]


def counts(server: ChatServer) -> dict[str, float]:
    """What it tells Prometheus, by name and the value of the last label."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    assert answer.headers.get_content_type() == "text/plain"
    text = answer.read().decode()
    connection.close()
    samples = [sample for family in parse(text) for sample in family.samples]
    return {" ".join([sample.name, *list(sample.labels.values())[-1:]]): sample.value for sample in samples}


def events(server: ChatServer, message: str) -> list[dict[str, Any]]:
    """Those of that message, which is written down as JSON and in no other manner beside it."""
    lines = [line for line in server.log().splitlines() if message in line]
    return [event for event in map(json.loads, lines) if event["message"] == message]


def wait_until_empty(server: ChatServer) -> None:
    wait_until(lambda: counts(server)["chat_sessions_open"] == 0, "everybody has left")


async def upgrade_with(server: ChatServer, origin: str | None) -> int:
    """The status that answers it."""
    headers = {"Origin": origin} if origin else None
    try:
        async with connect(server.live_url, proxy=None, additional_headers=headers) as connection:
            await Chat(connection).ask("Hello")
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_who_comes_when_all_sessions_are_taken_is_refused_politely_and_let_in_later(strict: ChatServer) -> None:
    wait_until_empty(strict)

    async def crowd() -> Farewell:
        async with chat_with(strict.live_url) as one, chat_with(strict.live_url) as other:
            check_whole(await one.ask("#a Hello"), "a")
            check_whole(await other.ask("#b Hello"), "b")
            async with chat_with(strict.live_url) as third:
                farewell = await third.farewell()
            check_whole(await one.ask("#c Hello"), "c")
            return farewell

    farewell = run(crowd())
    assert (farewell.error_code, farewell.close_code, farewell.close_reason) == ("full", 1013, "full")
    assert farewell.message == "the server has its most sessions, 2: try again later"
    wait_until_empty(strict)

    async def come_back() -> None:
        async with chat_with(strict.live_url) as chat:
            check_whole(await chat.ask("#d Hello"), "d")

    run(come_back())
    assert counts(strict)["chat_refusals_total full"] >= 1
    assert events(strict, "session refused")[0]["cause"] == "full"


def test_prompts_beyond_the_limit_are_refused_by_number_and_the_session_goes_on(strict: ChatServer) -> None:
    wait_until_empty(strict)

    async def hurry() -> list[Packet]:
        async with chat_with(strict.live_url) as chat:
            for tag in ("a", "b"):
                check_whole(await chat.ask(f"#{tag} Hello"), tag)
            refusals = []
            for _ in range(2):
                await chat.say("#c Hello")
                refusals.append(await chat.packet())
            await chat.connection.ping()
            return refusals

    before = counts(strict)
    refusals = run(hurry())
    assert [refusal["error"]["prompt"] for refusal in refusals] == [3, 4]
    for error in (refusal["error"] for refusal in refusals):
        assert error["code"] == "rate_limited"
        assert 0 < error["retry_after_seconds"] <= 30
    after = counts(strict)
    assert after["chat_turns_total rate_limited"] - before.get("chat_turns_total rate_limited", 0) == 2
    assert after["chat_turns_total complete"] - before["chat_turns_total complete"] == 2
    assert after["chat_tokens_total"] > before["chat_tokens_total"]


def test_refused_prompt_reaches_nobody(strict: ChatServer, gemini: RunningFake) -> None:
    wait_until_empty(strict)
    gemini.count_anew()

    async def hurry() -> None:
        async with chat_with(strict.live_url) as chat:
            for tag in "ab":
                await chat.ask(f"#{tag} Hello")
            await chat.say("Hello")
            await chat.packet()

    run(hurry())
    assert gemini.ledger()["turns_started"] == 2


def test_prompts_stand_in_the_log_of_who_asks_for_them(strict: ChatServer) -> None:
    async def say() -> None:
        async with chat_with(strict.live_url) as chat:
            await chat.ask(SECRET)

    wait_until_empty(strict)
    run(say())
    assert SECRET in [event["prompt"] for event in events(strict, "prompt")]
    assert KEY not in strict.log()


def test_prompts_are_refused_in_every_session_while_tokens_are_owed(thrifty: ChatServer) -> None:
    async def converse() -> list[Packet]:
        refusals = []
        async with chat_with(thrifty.live_url) as one:
            check_whole(await one.ask("#a Hello"), "a")
            await one.say("Hello")
            refusals.append(await one.packet())
            async with chat_with(thrifty.live_url) as other:
                await other.say("Hello")
                refusals.append(await other.packet())
        return refusals

    refusals = [refusal["error"] for refusal in run(converse())]
    assert [(error["code"], error["prompt"]) for error in refusals] == [("rate_limited", 2), ("rate_limited", 1)]
    assert all(error["retry_after_seconds"] > 60 for error in refusals)
    assert counts(thrifty)["chat_tokens_total"] > 1


def test_pages_that_are_allowed_by_name_may_come_and_no_others(thrifty: ChatServer) -> None:
    statuses = [run(upgrade_with(thrifty, origin)) for origin in (OTHERS, thrifty.http_url)]
    assert statuses == [403, 403]
    assert counts(thrifty)["chat_refusals_total origin"] == 2
    assert OTHERS in [event["origin"] for event in events(thrifty, "page barred")]


def test_page_of_the_server_itself_may_come_and_so_may_what_is_no_browser(server: ChatServer) -> None:
    assert [run(upgrade_with(server, origin)) for origin in (server.http_url, None)] == [101, 101]
    assert run(upgrade_with(server, OTHERS)) == 403


def test_sessions_are_written_down_without_what_was_said(thrifty: ChatServer) -> None:
    known = {event["session"] for event in events(thrifty, "session closed")}

    async def converse() -> Farewell:
        async with chat_with(thrifty.live_url) as silent, chat_with(thrifty.live_url) as chat:
            await chat.say(SECRET)
            await chat.packet()
            await chat.connection.close()
            return await silent.farewell()

    farewell = run(converse())
    assert (farewell.error_code, farewell.close_code) == ("idle", 1008)
    wait_until_empty(thrifty)
    wait_until(lambda: len(events(thrifty, "session closed")) >= len(known) + 2, "both are written down")
    closed = [event for event in events(thrifty, "session closed") if event["session"] not in known]
    told = {(event["severity"], event["cause"], event["close_code"], event["turns"]) for event in closed}
    assert told == {("INFO", "left", None, 1), ("INFO", "idle", 1008, 0)}
    assert all(event["instance"] and event["seconds"] > 0 for event in closed)
    assert {event["session"] for event in closed} <= {event["session"] for event in events(thrifty, "session opened")}
    assert SECRET not in thrifty.log()


def test_first_words_are_timed_by_both(server: ChatServer) -> None:
    async def converse() -> None:
        async with chat_with(server.live_url) as chat:
            check_whole(await chat.ask("#a Hello"), "a")

    before = counts(server)
    run(converse())
    after = counts(server)
    assert after["chat_first_words_seconds_count"] - before["chat_first_words_seconds_count"] == 1
    assert after["chat_threads"] >= 1
    assert after["process_open_fds"] > 0


def test_stop_is_timed_where_an_interruption_is_heard(talkative_server: ChatServer) -> None:
    """A server that listens again only when it has talked on to the end knows of none."""

    async def barge_in() -> None:
        async with chat_with(talkative_server.live_url) as chat:
            await chat.say("Hello")
            await chat.packet()
            await chat.say("Wait")
            await chat.reply()
            await chat.packet()

    before = counts(talkative_server)
    run(barge_in())
    after = counts(talkative_server)
    heard = talkative_server.interrupts
    assert after["chat_stop_seconds_count"] - before["chat_stop_seconds_count"] == heard
    assert after["chat_turns_total interrupted"] - before["chat_turns_total interrupted"] == heard


def test_nothing_is_written_down_where_nobody_asked_for_it(server: ChatServer) -> None:
    async def converse() -> None:
        async with chat_with(server.live_url) as chat:
            await chat.ask(SECRET)

    run(converse())
    assert events(server, "session opened") == []
    assert SECRET not in server.log()
