"""Gemini refuses a new session for now: every server tries again for a while, and then says why that was in vain."""

import asyncio
import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from bench.fake import NOT_INHERITED
from servers.fake_gemini.certificate import make_certificate
from servers.patience import WAITS_SECONDS
from tests.chat_server_process import ChatServer
from tests.servers.chat import Farewell, chat_with, run, wait_until
from tests.servers.conftest import Servers, all_servers
from tests.servers.test_causes import QUOTA_REASONS
from tests.servers.test_limits import counts, events, wait_until_empty

ATTEMPTS = len(WAITS_SECONDS) + 1
REPLY = (
    {"serverContent": {"modelTurn": {"parts": [{"text": "Hello"}]}}},
    {"serverContent": {"turnComplete": True}, "usageMetadata": {"totalTokenCount": 30}},
)
Refusal = int | str
"""The status of an upgrade that is refused, or the reason of a close that comes in place of `setupComplete`."""


class Door:
    """A Gemini that lets nobody in for as long as there are refusals, and then answers every prompt."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []
        self.attempts = 0

    def upgrade(self, _: ServerConnection, __: Request) -> Response | None:
        self.attempts += 1
        if self.refusals and isinstance(self.refusals[0], int):
            return Response(self.refusals.pop(0), "No", Headers({"Content-Length": "0"}))  # type: ignore[arg-type]
        return None

    def session(self, session: ServerConnection) -> None:
        try:
            session.recv()
            if self.refusals:
                session.close(1011, str(self.refusals.pop(0)))
                return
            session.send(json.dumps({"setupComplete": {}}))
            for _ in session:
                for message in REPLY:
                    session.send(json.dumps(message))
        except ConnectionClosed:
            pass

    def be_shut(self, refusal: Refusal = QUOTA_REASONS[2]) -> None:
        """For as long as any test may last."""
        self.attempts, self.refusals = 0, [refusal] * 1000


@contextmanager
def opened(door: Door, certificate: Path) -> Iterator[Mapping[str, str]]:
    """The environment of a chat server that comes to this door."""
    tls = make_certificate(certificate)
    with serve(door.session, "127.0.0.1", 0, ssl=tls, process_request=door.upgrade) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield {
                **dict.fromkeys(NOT_INHERITED, ""),
                "GOOGLE_GEMINI_BASE_URL": f"https://127.0.0.1:{server.socket.getsockname()[1]}",
                "SSL_CERT_FILE": str(certificate),
                "NO_PROXY": "127.0.0.1",
                "LOG_LEVEL": "info",
            }
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def door() -> Door:
    return Door()


@pytest.fixture(scope="module")
def servers_before(door: Door, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("quota")
    with opened(door, folder / "authority.pem") as environment, all_servers(environment, folder) as servers:
        yield servers


@pytest.fixture
def server_before(app: str, servers_before: Servers) -> ChatServer:
    return servers_before[app]


@pytest.mark.parametrize(
    ("refusal", "cause"),
    [(429, "quota"), (503, "http_503"), (QUOTA_REASONS[0], "quota")],
    ids=["the upgrade", "the upgrade, for now", "the session"],
)
def test_refused_session_is_asked_for_again_and_nobody_notices(
    door: Door, server_before: ChatServer, refusal: Refusal, cause: str
) -> None:
    before = counts(server_before).get(f"chat_upstream_errors_total {cause}", 0)
    door.attempts, door.refusals = 0, [refusal]

    async def converse() -> list[dict[str, object]]:
        async with chat_with(server_before.live_url) as chat:
            return await chat.ask("Hello")

    assert [packet["text"] for packet in run(converse())] == ["Hello", ""]
    assert (door.attempts, door.refusals) == (2, [])
    assert counts(server_before)[f"chat_upstream_errors_total {cause}"] - before == 1


def test_client_that_leaves_meanwhile_ends_the_attempts(door: Door, server_before: ChatServer) -> None:
    door.be_shut()
    closed_before = len(events(server_before, "session closed"))

    async def lose_patience() -> None:
        async with chat_with(server_before.live_url) as chat:
            await chat.say("Is anybody there?")
            await asyncio.to_thread(wait_until, lambda: door.attempts > 0, "Gemini is asked")

    run(lose_patience())
    wait_until(lambda: len(events(server_before, "session closed")) > closed_before, "it is written down")
    assert events(server_before, "session closed")[-1]["cause"] == "left"
    assert door.attempts < ATTEMPTS


def all_of_them(servers: Servers, what: Callable[[ChatServer], object]) -> dict[str, Farewell]:
    """How each takes leave of a client that waits; `what` is done once it does."""

    async def wait(server: ChatServer) -> Farewell:
        async with chat_with(server.live_url) as chat:
            await asyncio.to_thread(wait_until, lambda: counts(server)["chat_sessions_open"] == 1, "it is let in")
            await asyncio.to_thread(what, server)
            return await chat.farewell()

    async def wait_at_all() -> list[Farewell]:
        return await asyncio.gather(*map(wait, servers.values()))

    return dict(zip(servers, run(wait_at_all()), strict=True))


def test_client_is_told_when_all_attempts_were_in_vain(door: Door, servers_before: Servers) -> None:
    for server in servers_before.values():
        wait_until_empty(server)
    door.be_shut()
    told = all_of_them(servers_before, lambda _: None)
    for farewell in told.values():
        assert (farewell.error_code, farewell.close_code, farewell.close_reason) == ("quota", 1013, "quota")
    assert all(farewell == told["quart"] for farewell in told.values())
    assert door.attempts == len(servers_before) * ATTEMPTS
    assert all(counts(server)["chat_refusals_total quota"] == 1 for server in servers_before.values())


def test_client_is_told_of_an_outage_and_of_no_quota_when_that_was_in_vain(door: Door, servers_before: Servers) -> None:
    for server in servers_before.values():
        wait_until_empty(server)
    before = {name: counts(server) for name, server in servers_before.items()}
    door.be_shut(503)
    told = all_of_them(servers_before, lambda _: None)
    for farewell in told.values():
        assert (farewell.error_code, farewell.close_code, farewell.close_reason) == ("unreachable", 1011, "unreachable")
        assert farewell.message == "Gemini cannot be reached: it answered HTTP 503"
    for name, server in servers_before.items():
        wait_until_empty(server)
        after = counts(server)
        counted = {key: after[key] - before[name].get(key, 0) for key in after if "_total " in key}
        assert counted["chat_upstream_errors_total http_503"] == ATTEMPTS
        assert counted.get("chat_upstream_errors_total quota", 0) == counted.get("chat_refusals_total quota", 0) == 0
    assert door.attempts == len(servers_before) * ATTEMPTS


def test_closing_time_ends_the_wait(door: Door, servers_before: Servers) -> None:
    """The last test, as the servers are gone afterwards."""
    door.be_shut()

    def tell_to_stop(server: ChatServer) -> None:
        wait_until(lambda: door.attempts > 0, "Gemini is asked")
        server.tree()[0].send_signal(signal.SIGTERM)

    for farewell in all_of_them(servers_before, tell_to_stop).values():
        assert (farewell.error_code, farewell.close_code) == ("going_away", 1012)
    assert door.attempts < len(servers_before) * ATTEMPTS
