import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench.chat_server import check_address, free_port, health_of, launch, wait_until_ready
from bench.errors import BenchError
from bench.processes import Command
from servers.deployments import Deployment
from tests.waiting import wait_until


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """An HTTP server that gives one answer to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is no place for it."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_health_is_what_the_server_says() -> None:
    with answering(200, '{"app": "mine"}') as url:
        assert health_of(url) == {"app": "mine"}


@pytest.mark.parametrize(("status", "body"), [(404, '{"app": "mine"}'), (200, "<html>"), (200, '["a list"]')])
def test_another_kind_of_server_has_no_health(status: int, body: str) -> None:
    with answering(status, body) as url:
        assert health_of(url) is None


def test_nobody_has_no_health() -> None:
    assert health_of(f"ws://127.0.0.1:{free_port()}") is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ws://name.invalid:1", "Name or service not known|failure in name resolution|nodename"),
        ("ws://127.0.0.1:1", "Connection refused"),
    ],
)
def test_address_that_leads_nowhere_says_why(url: str, reason: str) -> None:
    with pytest.raises(BenchError, match=f"no chat server answers at {url}/healthz: .*({reason})"):
        check_address(url)


def test_address_of_another_kind_of_server_says_what_it_answered() -> None:
    with answering(404, "") as url, pytest.raises(BenchError, match="it says 404"):
        check_address(url)


def test_address_that_is_healthy_but_has_no_chat_says_so() -> None:
    with answering(200, '{"app": "mine"}') as url, pytest.raises(BenchError, match="not as a WebSocket at /live"):
        check_address(url)


def test_server_that_ends_before_it_answers_is_reported_with_its_log(tmp_path: Path) -> None:
    code = "import sys; sys.exit('no such module: gemini')"
    with (
        Command([sys.executable, "-c", code], tmp_path / "server.log") as command,
        pytest.raises(BenchError, match=r"ended with code 1 .* ends: no such module: gemini"),
    ):
        wait_until_ready(command, f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def process() -> Iterator[Command]:
    """Stands in for a server of which only the answer matters."""
    with Command(["sleep", "600"], Path(os.devnull)) as command:
        yield command


def test_server_is_ready_with_just_the_fault_that_was_asked_for(process: Command) -> None:
    with answering(200, '{"injected": "drop=3"}') as url:
        assert wait_until_ready(process, url, "drop=3") == {"injected": "drop=3"}


def test_server_with_a_fault_that_nobody_asked_for_is_refused(process: Command) -> None:
    with (
        answering(200, '{"injected": "drop=3"}') as url,
        pytest.raises(BenchError, match=r"has a fault injected \(drop=3\) that nobody asked for"),
    ):
        wait_until_ready(process, url)


@pytest.mark.parametrize(
    ("health", "said"), [('{"app": "old"}', "nothing"), ('{"injected": "drop=4"}', "drop=4")], ids=["none", "another"]
)
def test_server_without_the_fault_that_was_asked_for_is_refused(process: Command, health: str, said: str) -> None:
    """Else whoever looks for the fault would be called blind."""
    with (
        answering(200, health) as url,
        pytest.raises(BenchError, match=f"was started with SERVERS_INJECT=drop=3 and says {said} of it"),
    ):
        wait_until_ready(process, url, "drop=3")


@pytest.mark.parametrize(("given", "told"), [({}, "None"), ({"SERVERS_INJECT": "drop=3"}, "drop=3")])
def test_fault_comes_from_what_a_server_is_given_and_not_from_the_shell(
    given: dict[str, str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVERS_INJECT", "cpu=1s")
    (tmp_path / "told.py").write_text("import os; print(os.environ.get('SERVERS_INJECT'))")
    deployment = Deployment("told", "", "blocking", "", command=("told",))
    environment = {"PYTHONPATH": str(tmp_path), **given}
    with launch(deployment, 1, environment, tmp_path / "log", frozenset()) as server:
        wait_until(lambda: server.exit_code == 0, "it has told")
        assert server.tail() == told
