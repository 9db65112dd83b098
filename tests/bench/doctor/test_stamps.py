import socket
import sys

import pytest

from bench.doctor.stamps import kernel_stamps_arrive


def test_kernel_that_refuses_to_be_asked_gives_no_stamps(monkeypatch):
    def refuse(*_):
        raise OSError("unknown option")

    monkeypatch.setattr("servers.null_chat.wire.ask_for_stamps", refuse)
    assert not kernel_stamps_arrive()


def test_kernel_that_takes_the_question_and_stays_silent_gives_no_stamps(monkeypatch):
    monkeypatch.setattr("bench.doctor.stamps.PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr("servers.null_chat.wire.ask_for_stamps", lambda sock: None)
    assert not kernel_stamps_arrive()


def test_elsewhere_they_are_not_asked_for(monkeypatch):
    monkeypatch.setattr("bench.doctor.stamps.sys.platform", "darwin")
    assert not kernel_stamps_arrive()


def _takes_the_option() -> bool:
    with socket.socket() as asking:
        try:
            asking.setsockopt(socket.SOL_SOCKET, 37, 24)
        except OSError:
            return False
        return sys.platform == "linux" and asking.getsockopt(socket.SOL_SOCKET, 37) == 24


@pytest.mark.skipif(not _takes_the_option(), reason="this kernel stamps nothing")
def test_kernel_that_stamps_is_seen_to(monkeypatch):
    monkeypatch.setattr("bench.doctor.stamps.PATIENCE_SECONDS", 30.0)
    assert kernel_stamps_arrive()
