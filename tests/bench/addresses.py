"""Addresses to ask: a small chat server, who calls, and what is told of an address that is no good."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from bench.address import check_address
from bench.errors import BenchError
from loadtests.support.identity import Auth
from tests.answering import Told
from tests.id_tokens import token

HEALTHY = Told(200, '{"app": "mine", "backend": "custom"}')


def refusal(url: str, auth: Auth | None = None) -> str:
    with pytest.raises(BenchError) as refused:
        check_address(url, auth or Auth())
    said = str(refused.value)
    assert "\n" not in said
    return said


def from_file(path: Path, audience: str, text: str | None = None) -> Auth:
    path.write_text(text or token(audience))
    return Auth.of("token-file", str(path), None)


@contextmanager
def chat_server() -> Iterator[int]:
    """Healthy, and takes a WebSocket at /live; gives its port."""

    def live(session: ServerConnection) -> None:
        for _ in session:
            pass

    def answer(session: ServerConnection, request: Request) -> Response | None:
        return None if request.path == "/live" else session.respond(200, HEALTHY.body)

    with serve(live, "127.0.0.1", 0, process_request=answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        thread.join()
