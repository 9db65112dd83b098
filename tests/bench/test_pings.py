"""Against a small server of this test's own, on a real socket."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from bench import pings
from bench.errors import ServerNotReady
from bench.pings import approach
from loadtests.support.identity import Auth
from tests.id_tokens import token

HELLO = {
    "app": "quart",
    "build": "0123456789ab",
    "instance": "i-1",
    "revision": "quart-00003",
    "serving_seconds": 12.5,
}
HEALTH = {"app": "quart", "build": "fedcba987654"}


def answer(status: HTTPStatus, body: bytes = b"") -> Response:
    return Response(status.value, status.phrase, Headers({"Content-Length": str(len(body))}), body)


@contextmanager
def server(
    handle: Callable[[ServerConnection], None], health: object = None, refuse: HTTPStatus | None = None
) -> Iterator[str]:
    """Gives its address."""

    def process(_: ServerConnection, request: Request) -> Response | None:
        if request.path == "/healthz":
            return answer(HTTPStatus.OK, json.dumps(health).encode()) if health else answer(HTTPStatus.NOT_FOUND)
        return answer(refuse) if refuse else None

    with serve(handle, "127.0.0.1", 0, process_request=process) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{running.socket.getsockname()[1]}"
        finally:
            running.shutdown()
            thread.join()


def introduce(session: ServerConnection, **said: object) -> None:
    assert session.request and session.request.headers["Live-Introduction"] == "1"
    session.send(json.dumps({"server": {**HELLO, **said}}))
    listen(session)


def listen(session: ServerConnection) -> None:
    for _ in session:
        pass


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pings, "PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize("scheme", ["ws", "http"])
def test_way_is_what_pings_take(scheme: str) -> None:
    with server(introduce) as url:
        found = approach(url.replace("ws:", f"{scheme}:"))
    trip = found.round_trip
    assert trip is not None and trip.pings == pings.PINGS
    assert 0 < trip.min_seconds <= trip.p50_seconds <= trip.p95_seconds
    assert found.connect_seconds > 0


def test_server_says_who_it_is() -> None:
    with server(introduce) as url:
        found = approach(url)
    assert (found.app, found.build, found.instance, found.revision) == (
        *("quart", "0123456789ab"),
        *("i-1", "quart-00003"),
    )
    assert not found.cold


def test_instance_that_was_ready_for_less_time_than_the_session_waited_had_to_start() -> None:
    with server(lambda session: introduce(session, serving_seconds=0.0)) as url:
        assert approach(url).cold


def test_instance_without_a_revision_has_none() -> None:
    with server(lambda session: introduce(session, revision=None)) as url:
        assert approach(url).revision is None


def test_server_that_does_not_introduce_itself_is_asked_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pings, "INTRODUCTION_SECONDS", 0.01)
    with server(listen, HEALTH) as url:
        found = approach(url)
    assert (found.app, found.build, found.instance) == ("quart", "fedcba987654", None)
    assert found.round_trip is not None


@pytest.mark.parametrize("said", ["no JSON", '["server"]', '{"error": {"code": "full", "message": ""}}'])
def test_server_that_says_something_else_first_is_not_known(said: str) -> None:
    def say(session: ServerConnection) -> None:
        session.send(said)
        listen(session)

    with server(say) as url:
        found = approach(url)
    assert (found.app, found.instance, found.cold) == (None, None, False)
    assert found.round_trip is not None


def test_server_that_goes_at_once_leaves_the_way_unknown() -> None:
    with server(lambda session: None) as url:
        assert approach(url).round_trip is None


def test_who_calls_is_shown_with_the_upgrade(tmp_path: Path) -> None:
    seen = []

    def look(session: ServerConnection) -> None:
        assert session.request
        seen.append(session.request.headers.get("Authorization"))
        introduce(session)

    with server(look) as url:
        planted = token(url.replace("ws://", "https://"))
        (tmp_path / "token").write_text(planted)
        approach(url, Auth.of("token-file", str(tmp_path / "token"), None))
    assert seen == [f"Bearer {planted}"]


def test_upgrade_that_is_refused_is_told_in_one_line() -> None:
    with server(listen, refuse=HTTPStatus.TOO_MANY_REQUESTS) as url, pytest.raises(ServerNotReady, match="429") as told:
        approach(url)
    assert "\n" not in str(told.value) and "no instance is free" in str(told.value)


def test_upgrade_without_a_token_that_is_wanted_says_so(tmp_path: Path) -> None:
    none = Auth.of("token-file", str(tmp_path / "none"), None)
    with server(listen) as url, pytest.raises(ServerNotReady) as told:
        approach(url, none)
    assert str(told.value).startswith(f"no session could be opened at {url}/live: --auth token-file: cannot read ")
    assert "does the server still run" not in str(told.value)


def test_address_at_which_nobody_listens_is_told_in_one_line() -> None:
    with server(listen) as url:
        pass
    with pytest.raises(ServerNotReady, match=r"no session could be opened at ws://127\.0\.0\.1"):
        approach(url)
