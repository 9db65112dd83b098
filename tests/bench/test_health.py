from pathlib import Path

import pytest

from bench.chat_server import free_port
from bench.health import ask, health_of, is_there
from loadtests.support.address import Address
from loadtests.support.identity import Auth
from tests.answering import Asked, Told, answering

PATIENCE_SECONDS = 20.0


def test_health_is_what_the_server_says() -> None:
    with answering(Told(200, '{"app": "mine"}')) as server:
        assert health_of(server.url) == health_of(server.http_url) == {"app": "mine"}


@pytest.mark.parametrize(("status", "body"), [(404, '{"app": "mine"}'), (200, "<html>"), (200, '["a list"]')])
def test_another_kind_of_server_has_no_health(status: int, body: str) -> None:
    with answering(Told(status, body)) as server:
        assert health_of(server.url) is None


def test_nobody_has_no_health() -> None:
    assert health_of(f"ws://127.0.0.1:{free_port()}") is None


def test_a_front_that_keeps_healthz_to_itself_is_passed_by() -> None:
    """As Google's does before a service on Cloud Run."""

    def front(asked: Asked) -> Told:
        return Told(404) if asked.path == "/demo/healthz" else Told(200, '{"app": "mine"}')

    with answering(front) as server:
        assert health_of(f"{server.url}/demo") == {"app": "mine"}
    assert [asked.path for asked in server.asked] == ["/demo/healthz", "/demo/health"]


def test_only_a_path_that_is_not_there_is_asked_elsewhere() -> None:
    with answering(Told(503)) as server:
        assert ask(Address.of(server.url), PATIENCE_SECONDS).status == 503
    assert [asked.path for asked in server.asked] == ["/healthz"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_server_whose_front_does_not_let_us_in_is_there_all_the_same(status: int) -> None:
    with answering(Told(status)) as server:
        assert is_there(server.url, PATIENCE_SECONDS)


@pytest.mark.parametrize(("status", "body"), [(503, ""), (404, ""), (500, '{"app": "mine"}'), (200, "<html>")])
def test_what_answers_in_place_of_the_server_is_not_it(status: int, body: str) -> None:
    with answering(Told(status, body)) as server:
        assert not is_there(server.url, PATIENCE_SECONDS)


def test_a_server_is_there_while_it_answers_or_nobody_can_be_asked(tmp_path: Path) -> None:
    with answering(Told(200, '{"app": "mine"}')) as server:
        assert is_there(server.url, PATIENCE_SECONDS)
    assert not is_there(server.url, PATIENCE_SECONDS)
    assert is_there(server.url, PATIENCE_SECONDS, Auth.of("token-file", str(tmp_path / "none"), None))
