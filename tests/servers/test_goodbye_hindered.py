"""A server that is told to stop says goodbye in time also where Gemini, or a client of its, does nothing any more."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.frames import Frame, Opcode

from tests.chat_server_process import ChatServer, chat_server, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import Farewell, chat_with, run, wait_until
from tests.servers.conftest import write_profile
from tests.servers.test_goodbye import check_goodbye, ended
from tests.servers.test_refusals import OPENING

# More than all the buffers hold between a server and a client that does not read.
TORRENT = """
description = "Forty megabytes at once"
interruption_seconds = 0.005
audio_frame_seconds = 0.1
first_chunk_seconds = { usual = { median = 0.0 } }
gap_seconds = { median = 0.0 }
words = { first_chunk = 1, later_chunk_low = 4000, later_chunk_high = 4000, reply = { median = 8000000 } }
"""


@contextmanager
def silent_gemini() -> Iterator[str]:
    """The base URL of a Gemini that never answers, not even to TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"


def test_client_for_whom_gemini_is_still_being_dialled_is_told(app: str, tmp_path: Path) -> None:
    async def converse(server: ChatServer) -> Farewell:
        async with chat_with(server.live_url) as chat:
            os.killpg(server.process.pid, signal.SIGINT)  # as Ctrl-C does
            farewell = await chat.farewell()
        assert await ended(server) == 0
        return farewell

    with silent_gemini() as url, chat_server(app, {"GOOGLE_GEMINI_BASE_URL": url}, tmp_path) as server:
        check_goodbye(run(converse(server)))
        assert server.log() == ""


def test_gemini_that_answers_no_close_does_not_keep_a_client_from_being_told(app: str, tmp_path: Path) -> None:
    async def converse(server: ChatServer, gemini: RunningFake) -> Farewell:
        async with chat_with(server.live_url) as chat:
            await chat.ask("Hello")
            os.kill(gemini.process.pid, signal.SIGSTOP)
            try:
                server.process.process.terminate()
                farewell = await chat.farewell()
            finally:
                os.kill(gemini.process.pid, signal.SIGCONT)
        assert await ended(server) == 0
        return farewell

    with fake_gemini("fast") as gemini, chat_server(app, speaking_to(gemini), tmp_path) as server:
        check_goodbye(run(converse(server, gemini)))
        assert server.log() == ""


@contextmanager
def client_that_does_not_read(server: ChatServer, gemini: RunningFake) -> Iterator[None]:
    """Has asked for more than there is room for, and the server has been waiting for it to read on for a while."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(OPENING)
        assert client.recv(1024).startswith(b"HTTP/1.1 101")
        client.sendall(Frame(Opcode.TEXT, b"Hello").serialize(mask=True))
        so_far: list[int] = []

        def nothing_goes_on() -> bool:
            so_far.append(gemini.ledger()["chunks"])
            return so_far[-1] > 0 and len(set(so_far[-50:])) == 1 and len(so_far) > 50

        wait_until(nothing_goes_on, "the server waits for its client")
        yield


def test_client_that_has_stopped_reading_keeps_neither_the_others_nor_the_server(
    app: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def converse(server: ChatServer) -> Farewell:
        async with chat_with(server.live_url) as chat:
            server.process.process.terminate()
            farewell = await chat.farewell()
        assert await ended(server) == 0
        return farewell

    torrent = write_profile(TORRENT, tmp_path_factory)
    with (
        fake_gemini(torrent) as gemini,
        chat_server(app, speaking_to(gemini), tmp_path) as server,
        client_that_does_not_read(server, gemini),
    ):
        check_goodbye(run(converse(server)))
        assert server.log() == ""
