import time
from threading import Event, Thread

import pytest
from simple_websocket import ConnectionClosed, Server

from servers.blocking_socket import pause, wake
from servers.closing_time import ClosingTime
from servers.farewells import GoingAway


@pytest.fixture
def websocket() -> Server:
    """Without a connection: only what it has received matters here."""
    websocket = Server.__new__(Server)
    websocket.connected, websocket.input_buffer, websocket.event = True, [], Event()
    return websocket


def leave(websocket: Server) -> None:
    """What simple-websocket does when the client does."""
    websocket.connected = False
    websocket.event.set()


def test_waiting_session_can_be_woken_by_another_thread(websocket: Server) -> None:
    """It is then told nothing, once; what the client has said comes first."""
    waker = Thread(target=wake, args=(websocket,))
    waker.start()
    assert websocket.receive(timeout=60) is None
    waker.join()
    assert websocket.input_buffer == []
    websocket.input_buffer.append("Hello")
    wake(websocket)
    assert [websocket.receive(timeout=60) for _ in range(2)] == ["Hello", None]


def test_pause_is_as_long_as_it_is_to_be_though_the_client_speaks(websocket: Server) -> None:
    websocket.input_buffer.append("Hello")
    websocket.event.set()
    begun_at = time.monotonic()
    pause(websocket, ClosingTime(), 0.05)
    assert time.monotonic() - begun_at >= 0.05
    assert websocket.receive(timeout=60) == "Hello"


def test_pause_is_over_when_the_client_leaves(websocket: Server) -> None:
    leaving = Thread(target=leave, args=(websocket,))
    leaving.start()
    with pytest.raises(ConnectionClosed):
        pause(websocket, ClosingTime(), 3600)
    leaving.join()


def test_pause_is_over_at_closing_time(websocket: Server) -> None:
    closing_time = ClosingTime()
    with closing_time.heeded(lambda: wake(websocket)):
        caller = Thread(target=closing_time.begin)
        caller.start()
        with pytest.raises(GoingAway):
            pause(websocket, closing_time, 3600)
        caller.join()
