"""What clients see of a session that a proxy cuts, and of one it has no room for: HAProxy and nginx as they are."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from loadtests.support.address import Address
from loadtests.support.clock import now
from loadtests.support.failures import SessionFailed
from loadtests.support.turn import Turn
from loadtests.support.websocket_client import Connection
from tests.known_delay_server import KnownDelayServer, Timing, running
from tests.loadtests.locust_run import LocustRun, headless
from tests.proxy_process import haproxy, nginx

PATIENCE_SECONDS = 20.0
CUT_SECONDS = 1.0
PEOPLE = 4

Proxy = Callable[[Path, str], AbstractContextManager[str]]
PROXIES: dict[str, Proxy] = {
    "HAProxy's timeout tunnel": lambda folder, url: haproxy(folder, url, tunnel_seconds=CUT_SECONDS),
    "HAProxy's timeout client": lambda folder, url: haproxy(folder, url, client_seconds=CUT_SECONDS),
    "nginx's proxy_read_timeout": lambda folder, url: nginx(folder, url, read_seconds=CUT_SECONDS),
}


def came_back(turn: Turn) -> bool:
    return turn.reconnects_after == "lost"


def ignore(payload: bytes, arrived_at: float, lag_seconds: float | None) -> bool:
    return False


@pytest.mark.parametrize("name", PROXIES)
def test_a_silent_session_that_a_proxy_cuts_is_lost_at_its_age(name: str, tmp_path: Path) -> None:
    with running(KnownDelayServer()) as server, PROXIES[name](tmp_path, server.url) as url:
        begun_at = now()
        connection = Connection(Address.of(url), PATIENCE_SECONDS, ignore)
        with pytest.raises(SessionFailed) as failed:
            while now() < begun_at + PATIENCE_SECONDS:
                connection.wait(begun_at + PATIENCE_SECONDS)
        connection.drop()
        noticed_after_seconds = now() - begun_at
    assert failed.value.label == "lost"
    assert CUT_SECONDS * 0.9 <= connection.age_seconds <= noticed_after_seconds


@pytest.mark.parametrize("name", PROXIES)
def test_people_who_think_for_longer_than_a_proxy_waits_come_back_on_another_session(name: str, tmp_path: Path) -> None:
    quick = Timing(first=0.05, gap=0.01, chunks=5)
    with running(KnownDelayServer(quick)) as server, PROXIES[name](tmp_path, server.url) as url:
        run = LocustRun(tmp_path / "load", "latency", *headless(url, PEOPLE, "--think-seconds", "4", "--seed", "3"))
        finished = run.finish_when(
            lambda turns: sum(came_back(turn) and turn.outcome == "ok" for turn in turns) >= PEOPLE
        )
    lost = finished.with_outcome("failed")
    assert {turn.failure for turn in lost} == {"lost"}
    assert {turn.outcome for turn in finished.turns if turn.reconnects_after} == {"ok"}
    opened_at = {t.session: t.begun_at + t.connect_seconds for t in finished.turns if t.begun_at and t.connect_seconds}
    for turn in lost:
        assert turn.session_seconds is not None and turn.session_seconds >= CUT_SECONDS * 0.9
    unsent = [turn for turn in lost if turn.sent_at is None]
    assert unsent
    for turn in unsent:  # It was known before they asked, and it is the age of then that counts.
        assert turn.session_seconds and turn.begun_at
        assert opened_at[turn.session] + turn.session_seconds < turn.begun_at


def test_who_waits_in_a_proxys_queue_in_vain_was_rejected_after_so_long(tmp_path: Path) -> None:
    with running(KnownDelayServer()) as server, haproxy(tmp_path, server.url, limits="maxconn 1") as url:
        first = Connection(Address.of(url), PATIENCE_SECONDS, ignore)
        with pytest.raises(SessionFailed) as failed:
            Connection(Address.of(url), PATIENCE_SECONDS, ignore)
        first.drop()
    assert str(failed.value).startswith("rejected_capacity: 503 after ")
    assert not str(failed.value).endswith("after 0 s")


def test_a_proxy_with_nobody_behind_it_has_no_room(tmp_path: Path) -> None:
    with running(KnownDelayServer()) as server:
        deserted = server.url
    with haproxy(tmp_path, deserted) as url, pytest.raises(SessionFailed) as failed:
        Connection(Address.of(url), PATIENCE_SECONDS, ignore)
    assert failed.value.label == "rejected_capacity"
