import socket
import sys
import threading
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.processes import Command
from bench.workers import follow as following
from bench.workers.follow import Ending, MasterGone, Worker, follow
from tests.waiting import wait_until
from workers.meeting import HOST, free_pair, party


class Locust(Command):
    """In its place something that ends at once, and badly where the folder's name says so."""

    def __init__(self, command: list[str], log: Path, **_: object) -> None:
        self.asked = command
        code = 1 if "bad" in str(log) else 0
        super().__init__([sys.executable, "-c", f"print('Error: none of ours'); exit({code})"], log)


@pytest.fixture
def locusts(monkeypatch: pytest.MonkeyPatch) -> list[Locust]:
    """Those that were started."""
    started: list[Locust] = []

    def start(command: list[str], log: Path, **_: object) -> Locust:
        started.append(Locust(command, log))
        return started[-1]

    monkeypatch.setattr(following, "Command", start)
    return started


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> list[Command]:
    """Loads that do not end by themselves: those that were started."""
    started: list[Command] = []

    def start(_: list[str], log: Path, **__: object) -> Command:
        started.append(Command([sys.executable, "-c", "import time; time.sleep(600)"], log))
        return started[-1]

    monkeypatch.setattr(following, "Command", start)
    return started


def worker(port: int, copies: Path, patience_seconds: float = 60.0) -> Worker:
    return Worker(HOST, port, 1, patience_seconds, copies)


class InThread(threading.Thread):
    """A worker that follows, and what came of it."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.worker = worker
        self.said: list[str] = []
        self.followed: Ending | None = None
        self.gone: MasterGone | None = None
        self.start()

    def run(self) -> None:
        try:
            self.followed = follow(self.worker, self.said.append)
        except MasterGone as error:
            self.gone = error


def test_a_worker_makes_load_for_every_execution_and_ends_with_the_run(tmp_path: Path, locusts: list[Locust]) -> None:
    with party(1) as there:
        thread = InThread(worker(there.master.meeting.port, tmp_path))
        for name, scenario in (("001-good", "latency"), ("002-bad", "interruption")):
            there.master.gather()
            with there.master.at_work(scenario, name):
                pass
    thread.join()
    assert thread.followed == Ending(executions=2)
    assert thread.said[1:] == ["001-good", "002-bad"]
    (said,) = [said for said in there.said if not said.startswith("waiting")]
    assert said.endswith("ended with exit code 1: Error: none of ours")
    first = " ".join(locusts[0].asked)
    assert "latency.py --headless" in first
    assert f"--worker --master-host {HOST} --master-port {there.master.meeting.port + 1}" in first
    assert f"--record-copy {tmp_path / '001-good'}" in first
    assert "interruption.py" in " ".join(locusts[1].asked)


def test_a_worker_knows_why_a_run_is_over_before_its_end(tmp_path: Path) -> None:
    with pytest.raises(BenchError), party(1) as there:
        thread = InThread(worker(there.master.meeting.port, tmp_path))
        there.master.gather()
        raise BenchError("the target has gone")
    thread.join()
    assert thread.followed == Ending(0, "the target has gone")


def test_a_worker_whose_master_vanishes_ends_its_load_and_says_so(tmp_path: Path, endless: list[Command]) -> None:
    with party(1) as there:
        thread = InThread(worker(there.master.meeting.port, tmp_path))
        there.master.gather()
        (guest,) = there.master.guests
        guest.wire.send("work", scenario="latency", name="001", port=1)
        wait_until(lambda: endless, "the load has begun")
        guest.wire.close()
        thread.join()
    assert endless[0].exit_code is not None
    assert f"{HOST}:{there.master.meeting.port} is gone (it closed the connection): what it had" in str(thread.gone)


def test_a_worker_that_is_told_to_stop_ends_its_load_and_follows_on(tmp_path: Path, endless: list[Command]) -> None:
    with party(1) as there:
        thread = InThread(worker(there.master.meeting.port, tmp_path))
        there.master.gather()

        def cut(name: str) -> None:
            with pytest.raises(BenchError), there.master.at_work("latency", name):
                wait_until(lambda: thread.said[-1] == name, "the load has begun")
                raise BenchError("the other worker has gone")

        cut("001")
        cut("002")
    thread.join()
    assert thread.followed == Ending(executions=2)
    assert [load.exit_code is not None for load in endless] == [True, True]


def test_nobody_to_follow_is_said_in_one_line(tmp_path: Path) -> None:
    port = free_pair()
    with pytest.raises(BenchError, match=rf"no run to follow at {HOST}:{port} within 0.1 s .*refused.*--master-host"):
        follow(worker(port, tmp_path, patience_seconds=0.1), lambda _: None)


def test_somebody_else_at_the_address_is_no_run_to_follow(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(BenchError, match=f"{HOST}:{port} is no run to follow: it says what is no message"):
            follow(worker(port, tmp_path), lambda _: None)
        thread.join()


def test_a_worker_that_is_refused_says_why(tmp_path: Path) -> None:
    with party(1) as there:
        there.let_in()
        with pytest.raises(BenchError, match="refuses this worker: the run has all of its 1 workers"):
            follow(worker(there.master.meeting.port, tmp_path), lambda _: None)
