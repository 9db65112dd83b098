"""Who has something to read is read, once for each time there is, and nobody else."""

import socket
import sys
from collections.abc import Callable, Iterator

import gevent
import pytest

from loadtests.support.reads import AtOnce, Gathered, Reads

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="an epoll is Linux's")


@pytest.fixture(params=[pytest.param(Gathered, marks=linux_only), AtOnce])
def reads(request: pytest.FixtureRequest) -> Reads:
    made: Reads = request.param()
    return made


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def until(condition: Callable[[], bool]) -> None:
    with gevent.Timeout(20):
        while not condition():
            gevent.sleep(0.001)


def test_what_arrives_is_read(reads: Reads, pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    read: list[bytes] = []
    reads.watch(near.fileno(), lambda: read.append(near.recv(100)))
    for sent in (b"one", b"two"):
        far.send(sent)
        until(lambda sent=sent: sent in read)  # type: ignore[misc]
    reads.forget(near.fileno())
    assert read == [b"one", b"two"]


def test_who_is_forgotten_is_read_no_more(reads: Reads, pair: tuple[socket.socket, socket.socket]) -> None:
    near, far = pair
    other, its_peer = socket.socketpair()
    read: list[str] = []
    with other, its_peer:
        reads.watch(near.fileno(), lambda: read.append("forgotten"))
        reads.watch(other.fileno(), lambda: read.append(other.recv(100).decode()))
        reads.forget(near.fileno())
        reads.forget(near.fileno())
        far.send(b"unheard")
        its_peer.send(b"heard")
        until(lambda: bool(read))
        reads.forget(other.fileno())
    assert read == ["heard"]


@linux_only
def test_session_that_ends_while_another_is_read_is_not_read_any_more() -> None:
    pairs = [socket.socketpair() for _ in range(2)]
    reads = Gathered()
    read: list[int] = []

    def read_and_end_both(index: int) -> None:
        read.append(index)
        for near, _ in pairs:
            reads.forget(near.fileno())

    for index, (near, far) in enumerate(pairs):
        far.send(b"x")
        reads.watch(near.fileno(), lambda index=index: read_and_end_both(index))  # type: ignore[misc]
    until(lambda: bool(read))
    assert len(read) == 1
    for near, far in pairs:
        near.close()
        far.close()
