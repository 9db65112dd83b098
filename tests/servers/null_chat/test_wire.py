import select
import socket
import time
from collections.abc import Iterator

import pytest

from servers.null_chat import wire
from servers.null_chat.wire import Wire
from tests.waiting import DEADLINE_SECONDS, wait_until

SMALL_BYTES = 4096


@pytest.fixture
def epoll() -> Iterator[select.epoll]:
    with select.epoll() as made:
        yield made


@pytest.fixture
def client() -> Iterator[socket.socket]:
    with socket.socket() as made:
        made.settimeout(DEADLINE_SECONDS)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BYTES)
        yield made


@pytest.fixture
def server_side(client: socket.socket, epoll: select.epoll) -> Iterator[Wire]:
    """The wire to a client that has room for little."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BYTES)
        client.connect(listener.getsockname())
        made = Wire(listener.accept()[0], epoll)
        yield made
        made.close()


def test_nothing_to_read_is_told_from_the_end(server_side: Wire, client: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        server_side.read()
    client.shutdown(socket.SHUT_WR)
    wait_until(lambda: read_or_none(server_side) == b"", "the end arrived")


def read_or_none(server_side: Wire) -> bytes | None:
    try:
        return server_side.read()[0]
    except BlockingIOError:
        return None


def test_stamp_is_of_the_arrival_and_not_of_the_reading(
    server_side: Wire, client: socket.socket, epoll: select.epoll
) -> None:
    before = time.time_ns()
    client.sendall(b"why?")
    assert epoll.poll(DEADLINE_SECONDS)
    after = time.time_ns()
    time.sleep(0.05)
    arrived, stamp = server_side.read()
    assert arrived == b"why?"
    assert stamp and before <= stamp <= after


def test_what_does_not_fit_follows_when_there_is_room(
    server_side: Wire, client: socket.socket, epoll: select.epoll
) -> None:
    whole = b"".join(number.to_bytes(4, "big") for number in range(200_000))
    pieces = [whole[begin : begin + 1000] for begin in range(0, len(whole), 1000)]
    at_once = [server_side.send(piece) for piece in pieces]
    assert at_once[0] and not at_once[-1] and not server_side.all_sent
    heard = b""
    while len(heard) < len(whole):
        heard += client.recv(65536)
        if any(events & select.EPOLLOUT for _, events in epoll.poll(0)):
            server_side.send_rest()
    assert heard == whole
    assert server_side.all_sent
    assert epoll.poll(0) == []


def test_client_that_reads_nothing_is_given_up(server_side: Wire) -> None:
    with pytest.raises(ConnectionError):
        for _ in range(2 * wire.UNSENT_BYTES_MAX // 100_000):
            server_side.send(bytes(100_000))
