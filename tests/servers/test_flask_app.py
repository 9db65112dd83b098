import importlib
from threading import Event, Thread

import pytest
from simple_websocket import Server


def test_waiting_session_can_be_woken_by_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is then told nothing, once; what the client has said comes first."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://127.0.0.1:1")
    wake = importlib.import_module("servers.flask_app").wake
    websocket = Server.__new__(Server)  # without a connection: only what it has received matters here
    websocket.connected, websocket.input_buffer, websocket.event = True, [], Event()
    waker = Thread(target=wake, args=(websocket,))
    waker.start()
    assert websocket.receive(timeout=60) is None
    waker.join()
    assert websocket.input_buffer == []
    websocket.input_buffer.append("Hello")
    wake(websocket)
    assert [websocket.receive(timeout=60) for _ in range(2)] == ["Hello", None]
