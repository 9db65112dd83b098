"""A worker that is lost before its load has begun."""

import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import bench.trial as trial_module
from bench.cores import Cores
from bench.errors import BenchError
from bench.following import Followed
from bench.load import Load
from bench.plan import Planned
from bench.profile import CasePlan
from bench.results import Target
from bench.trial import Bench, CutShort, execute
from bench.workers.wire import Wire
from loadtests.support.turn import Mark, to_line
from workers.meeting import Party, heard, party

CASE = CasePlan(scenario="latency", sessions=2, trials=1, warm_up_seconds=0.3, window_seconds=1.2)
THERE = Target(name="there", style="unknown", label="there", colour="#000000", url="ws://there")
WHAT_TO_DO = "look there for why, and start it again with live-bench run --worker --master-host HOST"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of Locust something that waits for its workers for ever."""
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    monkeypatch.setattr(Load, "command", lambda *_, **__: command)
    monkeypatch.setattr(trial_module, "is_there", lambda *_: True)


def executed(there: Party, logs: Path, watch: Callable[[Followed], None] = lambda _: None) -> None:
    cores = Cores(frozenset(), frozenset())
    bench = Bench(None, cores, logs, objective_seconds=1.5, tags=True, crew=there.master)
    execute(Planned(1, 1, CASE, "there", 1), THERE, bench, watch)


def steady(worker: Wire) -> threading.Thread:
    """Works until it is told to stop, and keeps to it."""

    def work() -> None:
        assert heard(worker)["kind"] == "work"
        assert heard(worker) == {"kind": "stop"}
        worker.send("ended", exit_code=0, last_word="")

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.usefixtures("load")
def test_a_worker_that_is_lost_before_the_load_begins_is_named_and_the_others_are_stopped(tmp_path: Path) -> None:
    with party(2) as there:
        other, lost = steady(there.let_in()), there.let_in()
        there.master.gather()
        lost.close()
        with pytest.raises(BenchError) as error:
            executed(there, tmp_path)
        other.join()
        assert len(there.master.guests) == 1
    said = str(error.value)
    assert re.match(r"the worker on \S+ \(process \d+, 127.0.0.1\) is gone since \d\d:\d\d:\d\d UTC: it closed", said)
    assert WHAT_TO_DO in said and "\n" not in said


@pytest.mark.usefixtures("load")
def test_a_worker_whose_load_does_not_come_up_is_named_with_why(tmp_path: Path) -> None:
    with party(1) as there:
        worker = there.let_in()
        worker.send("ended", exit_code=1, last_word="ModuleNotFoundError: no locust")
        with pytest.raises(BenchError, match="ended with exit code 1: ModuleNotFoundError: no locust; that was before"):
            executed(there, tmp_path)


@pytest.mark.usefixtures("load")
def test_workers_of_a_load_that_failed_are_stopped_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Load, "command", lambda *_, **__: [sys.executable, "-c", "exit('error: nobody is there')"])
    with party(1) as there:
        worker = steady(there.let_in())
        with pytest.raises(BenchError, match=r"the load failed with exit code 1; .* ends: error: nobody is there"):
            executed(there, tmp_path)
        worker.join()
        assert there.said == []


@pytest.mark.usefixtures("load")
def test_a_worker_that_is_lost_when_people_have_come_does_not_end_the_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = to_line(Mark("level", 1.0, 2)).decode()
    program = f"import sys, time; open(sys.argv[1], 'w').write({record!r}); time.sleep(600)"
    folder = "turns-0-1.ndjson"
    monkeypatch.setattr(
        Load, "command", lambda self, *_, **__: [sys.executable, "-c", program, str(self.folder / folder)]
    )
    with party(1) as there:
        worker = there.let_in()

        def watch(followed: Followed) -> None:
            if followed.has_begun and there.master.lost:
                raise KeyboardInterrupt  # the load is looked at after its worker was lost, and goes on
            if followed.has_begun:
                worker.close()

        with pytest.raises(CutShort):
            executed(there, tmp_path, watch)
