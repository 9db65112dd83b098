"""A client that is gone without a word is noticed by the system, which every server has told to ask after it."""

import os
import socket
from pathlib import Path

import pytest

from servers.keepalive import GONE_SECONDS, IDLE_SECONDS, PROBE_SECONDS, PROBES, ask_after_clients
from tests.chat_server_process import ChatServer
from tests.servers.chat import chat_with, check_whole, run, wait_until

CONNECTIONS = Path("/proc/net/tcp")
KEEPALIVE_TIMER = "02"
NO_TIMER = "00"


class Listener:
    """Writes down what it is told, of which it does not know some."""

    def __init__(self, *unknown: int) -> None:
        self._unknown = unknown
        self.told: dict[tuple[int, int], int] = {}

    def setsockopt(self, level: int, option: int, value: int) -> None:
        if level == socket.IPPROTO_TCP and option in self._unknown:
            raise OSError("Protocol not available")
        self.told[level, option] = value


def test_connection_inherits_what_its_listener_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ask_after_clients([listener])
        with socket.create_connection(listener.getsockname()):
            connection, _ = listener.accept()
            with connection:
                assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                for name, value in (
                    ("TCP_KEEPIDLE", IDLE_SECONDS),
                    ("TCP_KEEPINTVL", PROBE_SECONDS),
                    ("TCP_KEEPCNT", PROBES),
                    ("TCP_USER_TIMEOUT", GONE_SECONDS * 1000),
                ):
                    if option := getattr(socket, name, None):
                        assert connection.getsockopt(socket.IPPROTO_TCP, option) == value, name


def test_system_without_a_name_for_something_is_told_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """As macOS, which calls one of them otherwise."""
    for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE"):
        monkeypatch.delattr(socket, name, raising=False)
    monkeypatch.setattr(socket, "TCP_KEEPALIVE", 1016, raising=False)
    listener = Listener()
    ask_after_clients([listener])
    assert listener.told == {
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE): 1,
        (socket.IPPROTO_TCP, 1016): IDLE_SECONDS,
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): PROBE_SECONDS,
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): PROBES,
    }


def test_system_that_knows_a_name_and_nothing_by_it_is_told_the_rest() -> None:
    listener = Listener(socket.TCP_KEEPINTVL)
    ask_after_clients([listener])
    assert (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) not in listener.told
    assert listener.told[socket.IPPROTO_TCP, socket.TCP_KEEPCNT] == PROBES


def timer_of(server: ChatServer, client_port: int) -> tuple[str, float]:
    """As `timer_between`, of a connection that there is."""
    timer = timer_between(server.port, client_port)
    assert timer is not None, "there is no such connection"
    return timer


def timer_between(server_port: int, client_port: int) -> tuple[str, float] | None:
    """The timer that runs for the server's end of a connection, as the system numbers them, and the seconds left."""
    for line in CONNECTIONS.read_text(encoding="ascii").splitlines()[1:]:
        _, here, there, _, _, timer, *_ = line.split()
        if [int(end.rpartition(":")[2], 16) for end in (here, there)] == [server_port, client_port]:
            kind, _, left = timer.partition(":")
            return kind, int(left, 16) / os.sysconf("SC_CLK_TCK")
    return None


def tells_timers() -> bool:
    """Whether the system tells of the timer of a connection that is known to have one: some sandboxes never do."""
    if not CONNECTIONS.exists():
        return False
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        with socket.create_connection(listener.getsockname()) as client:
            connection, _ = listener.accept()
            with connection:
                timer = timer_between(listener.getsockname()[1], client.getsockname()[1])
                return timer is not None and timer[0] != NO_TIMER


@pytest.mark.skipif(not tells_timers(), reason="this system does not tell which timers its connections have")
def test_system_asks_after_every_client_of_every_server(server: ChatServer) -> None:
    async def converse() -> float:
        async with chat_with(server.live_url) as chat:
            check_whole(await chat.ask("#a Hello"), "a")
            port = chat.connection.local_address[1]
            wait_until(lambda: timer_of(server, port)[0] == KEEPALIVE_TIMER, "nothing is on its way to the client")
            return timer_of(server, port)[1]

    assert 0 < run(converse()) <= IDLE_SECONDS + 1
