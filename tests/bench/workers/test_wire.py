import socket
from collections.abc import Iterator

import pytest

from bench.workers import wire as wires
from bench.workers.wire import Wire
from tests.waiting import wait_until


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[socket.socket, Wire]]:
    """A bare socket and the wire at its other end."""
    monkeypatch.setattr(wires, "BEAT_SECONDS", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        other = socket.create_connection(listener.getsockname())
        wire = Wire(listener.accept()[0])
    with other:
        yield other, wire
        wire.close()


def test_messages_arrive_as_they_were_sent(ends: tuple[socket.socket, Wire]) -> None:
    other, wire = ends
    there = Wire(other)
    there.send("work", scenario="latency", port=5558)
    there.send("over", why=None)
    assert wire.receive(60) == {"kind": "work", "scenario": "latency", "port": 5558}
    assert wire.receive(60) == {"kind": "over", "why": None}
    there.close()


def test_nothing_is_heard_where_nothing_is_said(ends: tuple[socket.socket, Wire]) -> None:
    assert ends[1].receive(0.01) is None
    assert ends[1].gone is None


def test_who_closes_the_connection_is_gone_for_whoever_asks(ends: tuple[socket.socket, Wire]) -> None:
    other, wire = ends
    other.shutdown(socket.SHUT_RDWR)
    wait_until(lambda: wire.gone, "the wire knows that it is alone")
    assert wire.gone == "it closed the connection"
    assert not wire.exhausted
    assert (wire.receive(60), wire.receive(60)) == (None, None)
    assert wire.exhausted
    wire.send("over", why=None)


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n", b"[1]\n", b'{"no": "kind"}\n', b"\xff\n", b"x" * (1 << 17)])
def test_who_says_what_is_no_message_is_gone(ends: tuple[socket.socket, Wire], said: bytes) -> None:
    other, wire = ends
    other.sendall(said)
    wait_until(lambda: wire.gone, "the wire has understood that it cannot understand")
    assert wire.gone == "it says what is no message"


def test_who_is_silent_for_long_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "SILENCE_SECONDS", 0.2)
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        monkeypatch.setattr(socket.socket, "setsockopt", lambda *_: None)  # such a pair has no delay to switch off
        wire = Wire(one)
        wait_until(lambda: wire.gone, "the wire has waited long enough")
        assert wire.gone == "not heard of for 0.2 s"
        wire.close()


def test_a_sign_of_life_is_no_message_and_keeps_both_ends_there(ends: tuple[socket.socket, Wire]) -> None:
    other, wire = ends
    other.settimeout(60)
    assert other.recv(64).startswith(b'{"kind": "alive"}\n')
    other.sendall(b'{"kind": "alive"}\n' * 3)
    assert wire.receive(0.05) is None
    assert wire.gone is None
