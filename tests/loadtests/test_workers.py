"""Workers that come to their master over a network: nothing is lost, and nobody is let in who makes another load."""

import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.absences import absences, told
from bench.clocks import read_clocks, warnings
from bench.stats import percentile
from bench.windows import read_ledger
from loadtests.support.load_code import load_build
from loadtests.support.turn import Turn, Worker, from_line
from tests.known_delay_server import KnownDelayServer, running
from tests.loadtests.locust_run import (
    MASTER,
    ROOT,
    Finished,
    LocustRun,
    for_a_while,
    free_port,
    headless,
    master_of,
    worker_of,
)

PEOPLE = 10
AHEAD_SECONDS = 3600.0
WITH_A_WRONG_CLOCK = f"""
import sys
from loadtests.support import clock
clock.put_forward({AHEAD_SECONDS})
from locust.main import main
sys.argv[0] = "locust"
main()
"""


@dataclass
class Runs:
    server: KnownDelayServer
    whole: Finished
    """Of a master with two workers, of which the second has a wrong clock."""
    copies: list[Turn]
    """What the two kept for themselves."""
    crippled: Finished
    """Of a master whose second worker was killed."""
    rest: list[Turn]
    """What the two of that master kept."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("workers")
    with running(KnownDelayServer()) as server, running(KnownDelayServer()) as bereft:
        whole, *workers = begun(folder / "whole", server, "3s", ("-c", WITH_A_WRONG_CLOCK))
        finished = whole.finish()
        assert [worker.finish().exit_code for worker in workers] == [0, 0]
        crippled, left, killed = begun(folder / "crippled", bereft, "6s", ("-m", "locust"))
        crippled.wait_until(lambda lines: len({_index(line) for line in lines if isinstance(line, Turn)}) == 2)
        killed.process.send_signal(signal.SIGKILL)
        killed.finish()
        yield Runs(server, finished, copied(folder / "whole"), crippled.finish(), copied(folder / "crippled"))
        left.finish()


def begun(folder: Path, server: KnownDelayServer, run_time: str, program: tuple[str, ...]) -> list[LocustRun]:
    """A master and its two workers, the second of which Python is told to run like that."""
    port = free_port(MASTER)
    options = (*for_a_while(folder, run_time), *master_of(2, port), "--think-seconds", "0.2")
    return [
        LocustRun(folder, "latency", *headless(server.url, PEOPLE, *options)),
        LocustRun(folder / "1", "latency", *worker_of(port, folder / "1"), record=False),
        LocustRun(folder / "2", "latency", *worker_of(port, folder / "2"), record=False, program=program),
    ]


def copied(folder: Path) -> list[Turn]:
    lines = [
        from_line(line) for path in folder.glob("[12]/turns-*.ndjson") for line in path.read_bytes().splitlines(True)
    ]
    return [line for line in lines if isinstance(line, Turn)]


def _index(turn: Turn) -> str:
    return turn.id.split(".")[1].split("-")[0]


def ids(turns: list[Turn]) -> list[str]:
    return sorted(turn.id for turn in turns)


def test_every_turn_that_the_server_saw_came_once_from_both_workers(runs: Runs) -> None:
    assert runs.whole.exit_code == 0, runs.whole.output
    assert ids(runs.whole.turns) == sorted(str(reply.tag) for reply in runs.server.replies)
    assert ids(runs.whole.turns) == ids(runs.copies)
    assert {_index(turn) for turn in runs.whole.turns} == {"0", "1"}
    assert read_ledger(runs.whole.files, workers=2).lost_records == 0


@pytest.mark.parametrize("percent", [50, 90, 99])
def test_percentiles_are_those_of_all_turns_that_the_workers_kept_together(runs: Runs, percent: int) -> None:
    collected, kept = (
        [turn.chunks_at[0] - turn.sent_at for turn in turns if turn.sent_at is not None]
        for turns in (runs.whole.turns, runs.copies)
    )
    assert len(collected) >= 2 * PEOPLE
    assert percentile(collected, percent) == percentile(kept, percent)


def test_workers_say_who_they_are_before_anything_else(runs: Runs) -> None:
    firsts = [lines[0] for lines in runs.whole.files]
    assert all(isinstance(first, Worker) and first.build == load_build() for first in firsts)
    assert [first.worker for first in firsts if isinstance(first, Worker)] == [0, 1]


def test_a_clock_that_is_wrong_is_set_by_the_masters_before_anything_is_stamped(runs: Runs) -> None:
    (wrong,) = [worker for worker in _workers(runs.whole) if worker.clock_set]
    (right,) = [worker for worker in _workers(runs.whole) if not worker.clock_set]
    assert wrong.clock_offset_seconds == pytest.approx(-AHEAD_SECONDS, abs=wrong.clock_uncertainty_seconds)
    assert abs(right.clock_offset_seconds) <= right.clock_uncertainty_seconds
    prompted_at = {reply.tag: reply.prompt_at for reply in runs.server.replies}
    for turn in runs.whole.turns:
        assert turn.sent_at is not None and abs(prompted_at[turn.id] - turn.sent_at) < AHEAD_SECONDS / 10
    assert read_clocks(runs.whole.files)["clocks_set"] == 1
    (warning,) = warnings(runs.whole.files)
    assert (
        f"the clock of worker {wrong.worker} on {wrong.host} was 3600.0 s ahead of its master's and was set" in warning
    )


def _workers(finished: Finished) -> list[Worker]:
    return [line for lines in finished.files for line in lines if isinstance(line, Worker)]


def test_of_a_killed_worker_it_is_told_whose_turns_are_missing(runs: Runs) -> None:
    (absence,) = absences(runs.crippled.files)
    lost = absence.people[0].split("-")[0]
    of_the_lost = [turn for turn in runs.rest if _index(turn) == lost]
    arrived = {turn.id for turn in runs.crippled.turns if _index(turn) == lost}
    heard_of = {id.split(".")[1] for id in (*arrived, *absence.open)}
    assert heard_of == set(absence.people) <= {f"{lost}-{number}" for number in range(1, PEOPLE // 2 + 1)}
    assert not arrived & set(absence.open)
    # What ended after the last word is missing; its own copy has it, down to the moment when it was killed.
    assert all(turn.ended_at and turn.ended_at > absence.told_at - 1 for turn in of_the_lost if turn.id not in arrived)
    assert absence.name in told(absence)
    assert "no turn that ended after" in told(absence)


def test_the_worker_that_is_left_loses_nothing(runs: Runs) -> None:
    (absence,) = absences(runs.crippled.files)
    left = [[turn for turn in turns if turn.id.split(".")[1] not in absence.people]
            for turns in (runs.crippled.turns, runs.rest)]  # fmt: skip
    assert ids(left[0]) == ids(left[1]) != []


def test_a_worker_with_other_load_code_is_refused_by_name_and_nothing_is_measured(tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "loadtests", other / "loadtests", ignore=shutil.ignore_patterns("__pycache__"))
    prompts = other / "loadtests" / "support" / "prompts.txt"
    prompts.write_text(prompts.read_text() + "Is this the same load?\n")
    with running(KnownDelayServer()) as server:
        port = free_port(MASTER)
        master = LocustRun(tmp_path / "0", "latency", *headless(server.url, 2, *master_of(2, port)))
        mixed = LocustRun(tmp_path / "1", "latency", *worker_of(port, tmp_path / "1"), record=False, root=other)
        refusing, refused = master.finish(), mixed.finish()
    assert (refusing.exit_code, refused.exit_code) == (2, 2)
    said = [line for line in refusing.output.splitlines() if line.startswith("error: ")]
    assert len(said) == 1 and f"(process {mixed.process.pid} on " in said[0]
    assert f"and not {load_build()}: install the same version on all machines" in said[0]
    assert said[0] in refused.output
    assert not server.replies


def test_a_master_says_how_many_of_its_workers_came(tmp_path: Path) -> None:
    port = free_port(MASTER)
    options = headless("ws://127.0.0.1:9", 2, *master_of(2, port, patience_seconds=1))
    master = LocustRun(tmp_path / "0", "latency", *options)
    worker = LocustRun(tmp_path / "1", "latency", *worker_of(port, tmp_path / "1"), record=False)
    finished = master.finish()
    assert finished.exit_code == 2
    assert " of 2 workers came within 1 s: start the others, or wait longer with --expect-workers-max-wait" in (
        finished.output
    )
    worker.process.send_signal(signal.SIGTERM)  # it may have come too late even to be told
    worker.finish()
