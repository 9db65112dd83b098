import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection, serve

from bench.chat_server import free_port, launch, open_first_session, wait_until_ready
from bench.errors import BenchError
from bench.processes import Command
from servers.deployments import Deployment
from tests.answering import Told, answering
from tests.waiting import wait_until


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
    with answering(Told(200, '{"injected": "drop=3"}')) as server:
        assert wait_until_ready(process, server.url, "drop=3") == {"injected": "drop=3"}


def test_server_with_a_fault_that_nobody_asked_for_is_refused(process: Command) -> None:
    with (
        answering(Told(200, '{"injected": "drop=3"}')) as server,
        pytest.raises(BenchError, match=r"has a fault injected \(drop=3\) that nobody asked for"),
    ):
        wait_until_ready(process, server.url)


@pytest.mark.parametrize(
    ("health", "said"), [('{"app": "old"}', "nothing"), ('{"injected": "drop=4"}', "drop=4")], ids=["none", "another"]
)
def test_server_without_the_fault_that_was_asked_for_is_refused(process: Command, health: str, said: str) -> None:
    """Else whoever looks for the fault would be called blind."""
    with (
        answering(Told(200, health)) as server,
        pytest.raises(BenchError, match=f"was started with SERVERS_INJECT=drop=3 and says {said} of it"),
    ):
        wait_until_ready(process, server.url, "drop=3")


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


@pytest.mark.parametrize("answer", ['{"error": {"code": "empty_prompt"}}', '{"text": "Yes?", "turn_complete": true}'])
def test_first_session_is_over_once_it_is_refused_or_answered(process: Command, answer: str) -> None:
    """A server that does not refuse an empty prompt would have it open for ever."""

    def chat(session: ServerConnection) -> None:
        assert session.recv() == ""
        session.send(answer)
        if "error" in answer:
            session.close(1008)
        else:
            session.recv()

    with ThreadPoolExecutor() as pool, serve(chat, "127.0.0.1", 0) as server:
        pool.submit(server.serve_forever)
        open_first_session(process, f"ws://127.0.0.1:{server.socket.getsockname()[1]}")
