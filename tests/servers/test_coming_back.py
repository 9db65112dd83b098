"""A client that has lost its connection goes on with its conversation, at the same server or at another."""

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator

import pytest

from servers.resumption import TOKEN_SECONDS, Resumption
from tests.chat_server_process import ChatServer, chat_server, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import Chat, Farewell, Packet, chat_with, check_whole, run
from tests.servers.conftest import APPS, Servers, all_servers

SECRET = "a secret that these servers share"
VISITOR = "live_visitor=" + "v" * 43


@pytest.fixture(scope="module")
def remembering() -> Iterator[RunningFake]:
    with fake_gemini("fast") as fake:
        yield fake


@pytest.fixture(scope="module")
def sharing(remembering: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers with the same secret."""
    environment = speaking_to(remembering, RESUME_SECRET=SECRET)
    with all_servers(environment, tmp_path_factory.mktemp("sharing")) as servers:
        yield servers


@pytest.fixture
def server(app: str, sharing: Servers, remembering: RunningFake) -> ChatServer:
    remembering.count_anew()
    return sharing[app]


async def next_token(chat: Chat) -> str:
    packet = await chat.packet()
    assert packet.keys() == {"resume"}
    assert packet["resume"]["seconds"] == TOKEN_SECONDS
    token: str = packet["resume"]["token"]
    return token


async def have_turn(chat: Chat, tag: str) -> str:
    """The token that comes with it."""
    check_whole(await chat.ask(f"#{tag} Hello"), tag)
    return await next_token(chat)


def begin(server: ChatServer, cookie: str = VISITOR) -> str:
    """A conversation of one turn, tagged `before`, whose client is lost; returns the token that it was given."""

    async def converse() -> str:
        async with chat_with(server.live_url, {"Cookie": cookie}, ["live"]) as chat:
            assert chat.connection.subprotocol == "live"
            token = await have_turn(chat, "before")
            chat.vanish()
            return token

    return run(converse())


def go_on(server: ChatServer, token: str) -> None:
    async def converse() -> None:
        async with chat_with(server.live_url, {"Cookie": VISITOR}, ["live", f"resume.{token}"]) as chat:
            await next_token(chat)
            await have_turn(chat, "after")

    run(converse())


def come_in_vain(server: ChatServer, token: str, cookie: str = VISITOR) -> Farewell:
    async def converse() -> Farewell:
        async with chat_with(server.live_url, {"Cookie": cookie}, ["live", f"resume.{token}"]) as chat:
            return await chat.farewell()

    return run(converse())


def check_refusal(farewell: Farewell) -> None:
    assert (farewell.error_code, farewell.close_code, farewell.close_reason) == (
        "resume_refused",
        1008,
        "resume_refused",
    )


def test_client_that_comes_back_goes_on_with_its_conversation(server: ChatServer, remembering: RunningFake) -> None:
    token = begin(server)
    remembering.ledger_once(lambda account: account["sessions_open"] == 0)
    go_on(server, token)
    account = remembering.ledger_once(lambda account: account["sessions_open"] == 0)
    assert (account["sessions_resumed"], account["longest_conversation_turns"]) == (1, 2)


def test_client_goes_on_at_another_server_with_the_same_secret_when_its_own_is_stopped(
    app: str, sharing: Servers, remembering: RunningFake, tmp_path_factory: pytest.TempPathFactory
) -> None:
    remembering.count_anew()
    environment = speaking_to(remembering, RESUME_SECRET=SECRET)

    async def converse() -> tuple[str, Farewell]:
        async with chat_with(stopped.live_url, {"Cookie": VISITOR}, ["live"]) as chat:
            token = await have_turn(chat, "before")
            os.kill(stopped.process.pid, signal.SIGTERM)
            return token, await chat.farewell()

    with chat_server(app, environment, tmp_path_factory.mktemp("stopped")) as stopped:
        token, farewell = run(converse())
    assert farewell.error_code == "going_away"
    remembering.ledger_once(lambda account: account["sessions_open"] == 0)
    go_on(sharing[APPS[APPS.index(app) - 1]], token)
    assert remembering.ledger()["longest_conversation_turns"] == 2


def test_token_of_a_server_with_a_secret_of_its_own_is_refused_elsewhere(
    app: str, servers: Servers, sharing: Servers
) -> None:
    check_refusal(come_in_vain(sharing[app], begin(servers[app])))


def test_forged_token_is_refused(server: ChatServer) -> None:
    check_refusal(come_in_vain(server, "gAAAAABforged"))


def test_token_of_somebody_else_is_refused(server: ChatServer) -> None:
    check_refusal(come_in_vain(server, begin(server), cookie="live_visitor=" + "w" * 43))


def sealed(handle: str, age_seconds: float, monkeypatch: pytest.MonkeyPatch) -> str:
    now = time.time() - age_seconds
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: now)
        packet = Resumption(SECRET).asked({"sec-websocket-protocol": "live", "cookie": VISITOR}).packet(handle)
    assert packet
    token: str = json.loads(packet)["resume"]["token"]
    return token


def test_expired_token_is_refused(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    check_refusal(come_in_vain(server, sealed("any", TOKEN_SECONDS + 60, monkeypatch)))


def test_conversation_that_gemini_has_forgotten_is_refused(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    check_refusal(come_in_vain(server, sealed("no such handle", 0, monkeypatch)))


@pytest.mark.parametrize("offered", [None, ["chat"]])
def test_client_that_does_not_ask_to_come_back_is_told_nothing_of_it(
    server: ChatServer, offered: list[str] | None
) -> None:
    async def converse() -> list[Packet]:
        async with chat_with(server.live_url, None, offered) as chat:
            assert chat.connection.subprotocol is None
            return [packet for tag in "abc" for packet in await chat.ask(f"#{tag} Hello")]

    assert all("resume" not in packet for packet in run(converse()))


def test_page_comes_with_a_cookie_to_who_has_none(server: ChatServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("GET", "/")
        first = connection.getresponse()
        first.read()
        cookie = first.headers["Set-Cookie"]
        connection.close()
        connection.request("GET", "/", headers={"Cookie": cookie.partition(";")[0]})
        second = connection.getresponse()
        second.read()
    finally:
        connection.close()
    assert cookie.startswith("live_visitor=") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert second.headers["Set-Cookie"] is None
