"""Several processes make the load, and one file for each arrives whole, or is known not to be."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

from bench.windows import read_ledger
from loadtests.support.turn import End, Stream, Turn, Worker
from tests.known_delay_server import KnownDelayServer, Timing, running
from tests.loadtests.locust_run import Finished, LocustRun, for_a_while, forked, headless
from tests.waiting import wait_until

PEOPLE = 10
LONGER_THAN_LOCUST_WAITS = Timing(first=0.1, gap=0.1, chunks=60)
"""Replies that end seconds after the test did."""


@dataclass
class Runs:
    patient: KnownDelayServer
    whole: Finished
    bereft: KnownDelayServer
    crippled: Finished
    """One of its two workers was killed."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("collector")
    with running(KnownDelayServer(LONGER_THAN_LOCUST_WAITS)) as patient, running(KnownDelayServer()) as bereft:
        options = (*for_a_while(folder / "whole", "3s"), *forked(2), "--think-seconds", "0.2")
        whole = LocustRun(folder / "whole", "latency", *headless(patient.url, PEOPLE, *options))
        options = (*for_a_while(folder / "crippled", "6s"), *forked(2), "--think-seconds", "0.2")
        crippled = LocustRun(folder / "crippled", "latency", *headless(bereft.url, PEOPLE, *options))
        crippled.wait_until(lambda lines: len({_worker(line) for line in lines if isinstance(line, Turn)}) == 2)
        psutil.Process(crippled.process.pid).children()[0].kill()
        yield Runs(patient, whole.finish(), bereft, crippled.finish())


def _worker(turn: Turn) -> str:
    return turn.id.split(".")[1].split("-")[0]


def test_two_processes_lose_no_turn_and_repeat_none(runs: Runs) -> None:
    assert runs.whole.exit_code == 0, runs.whole.output
    recorded = sorted(turn.id for turn in runs.whole.turns)
    assert recorded == sorted(str(reply.tag) for reply in runs.patient.replies)
    assert len(set(recorded)) == len(recorded) >= PEOPLE
    assert {turn.outcome for turn in runs.whole.turns} == {"ok"}


def test_replies_that_end_after_the_test_are_in_the_masters_table_too(runs: Runs) -> None:
    stopped_at = min(mark.at for mark in runs.whole.marks if mark.mark == "stop")
    assert any(turn.ended_at and turn.ended_at > stopped_at + 0.5 for turn in runs.whole.turns)
    assert runs.whole.rows["turn"]["num_requests"] == len(runs.whole.turns)


def test_each_worker_has_a_file_whose_end_came_and_was_acknowledged(runs: Runs) -> None:
    assert len(runs.whole.files) == 2
    for index, lines in enumerate(runs.whole.files):
        worker, *records, end, stream = lines
        assert isinstance(worker, Worker) and worker.worker == index
        assert isinstance(end, End)
        assert end.turns == sum(isinstance(line, Turn) for line in records) > 0
        assert isinstance(stream, Stream)
        assert (stream.worker, stream.lines, stream.faults) == (index, len(records) + 1, 0)
        assert stream.batches > 1
    assert read_ledger(runs.whole.files, workers=2).lost_records == 0


def test_people_of_different_workers_are_different_people(runs: Runs) -> None:
    people = {turn.id.split(".")[1] for turn in runs.whole.turns}
    assert len(people) == PEOPLE
    assert {person.split("-")[0] for person in people} == {"0", "1"}


def test_each_workers_marks_tell_its_share(runs: Runs) -> None:
    highest = [
        max(mark.sessions for mark in runs.whole.marks if mark in lines and mark.mark == "level")
        for lines in runs.whole.files
    ]
    assert sum(highest) == PEOPLE


def test_a_killed_worker_is_told_of_as_incomplete(runs: Runs) -> None:
    (lost,) = [stream for stream in runs.crippled.streams if not stream.ended]
    assert not lost.acknowledged
    assert f"the record of worker {lost.worker} is incomplete" in runs.crippled.output
    ledger = read_ledger(runs.crippled.files, workers=2)
    assert (ledger.lost_records, ledger.unended) == (1, 1)


def test_the_other_worker_loses_nothing_by_it(runs: Runs) -> None:
    (whole,) = [stream for stream in runs.crippled.streams if stream.ended]
    assert whole.faults == 0
    recorded = sorted(turn.id for turn in runs.crippled.turns if _worker(turn) == str(whole.worker))
    tags = [str(reply.tag) for reply in runs.bereft.replies]
    assert recorded == sorted(tag for tag in tags if tag.split(".")[1].startswith(f"{whole.worker}-"))


def test_workers_end_with_a_master_that_is_killed(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("orphans")
    with running(KnownDelayServer()) as server:
        run = LocustRun(folder, "latency", *headless(server.url, 2, *forked(2)))
        run.wait_until(bool)
        workers = psutil.Process(run.process.pid).children()
        assert len(workers) == 2
        run.process.send_signal(signal.SIGKILL)
        assert run.finish().exit_code == -signal.SIGKILL
        wait_until(lambda: not any(worker.is_running() for worker in workers), "the workers have left")
