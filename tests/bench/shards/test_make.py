import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from made_up import samples, turn
from made_up_elsewhere import approach
from made_up_shards import PEOPLE, TRIALS, end, order, process
from rich.console import Console

from bench.crew import ALONE
from bench.errors import BenchError, ServerNotReady
from bench.execution import Execution
from bench.merge import shards as found
from bench.progress import Progress
from bench.shards import alone as alone_module, barrier as barrier_module, folder as shard_folder, make as make_module
from bench.shards.make import Sharding, make
from bench.trial import CutShort
from loadtests.support.shard import Shard


class Executions:
    """Stands in for what takes time: what each shard's people were answered, or what happened to it instead."""

    def __init__(self):
        self.happens = {}
        """Shard and number of the execution to what is raised."""
        self.busy = set()
        self.begun = []
        self.events = []
        """What was done, in order: shard (None for who is alone), what, and of which execution or address."""

    def alone(self, planned, target, bench, watch):
        assert bench.looks and bench.shard is None and bench.crew is ALONE
        self.events.append((None, "alone", target.name))
        if mishap := self.happens.get("alone"):
            raise mishap
        lines = [turn(f"1000.1.{number}", 10.0 + number, session="1/1") for number in range(15)]
        return Execution(
            target=target.name, scenario="latency", sessions=[1], trial=0, order=planned.order, warm_up_seconds=0.1,
            objective_seconds=2.0, processes=[[*lines, end(lines)]], approach=approach("quart"), local=False,
        )  # fmt: skip

    def look(self, url, auth):
        index = int(threading.current_thread().name)
        number = sum(event[:2] == (index, "look") for event in self.events) + 1
        self.events.append((index, "look", number))
        if mishap := self.happens.get((index, "look", number)):
            raise mishap
        return approach("quart", 0.01 * (index + 1))

    def __call__(self, planned, target, bench, watch):
        self.events.append((bench.shard.index, "load", planned.order))
        self.begun.append((bench.shard.index, planned.order, bench.starts_at, time.time()))
        if mishap := self.happens.get((bench.shard.index, planned.order)):
            raise mishap
        lines = process(bench.shard, at=bench.starts_at)
        used = 0.97 if bench.shard.index in self.busy else 0.1
        made = Execution(
            target=target.name, scenario=planned.case.name, sessions=planned.case.levels, trial=planned.trial,
            order=planned.order, warm_up_seconds=2.0, objective_seconds=2.0, processes=[lines],
            generator=[type(one)(bench.starts_at - 2 + one.at, one.cpu_seconds) for one in samples(used)],
            locust_turns=18 * bench.shard.share(PEOPLE), local=False,
        )  # fmt: skip
        self.events.append((bench.shard.index, "over", planned.order))
        return made


@pytest.fixture
def executions(monkeypatch):
    stand_in = Executions()
    monkeypatch.setattr(make_module, "execute", stand_in)
    monkeypatch.setattr(make_module, "approach", stand_in.look)
    monkeypatch.setattr(alone_module, "execute", stand_in.alone)
    monkeypatch.setattr(barrier_module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(make_module, "speaks_to_fake", lambda target, allow_real_model, auth: True)
    monkeypatch.setattr(make_module, "is_gone", lambda target, auth: False)
    return stand_in


def all_made(tmp_path, count=2, said=()):
    """What becomes of each shard: what it left, or what it complained about."""

    def one(index):
        threading.current_thread().name = str(index)  # for what stands in for a look, which is not told whose it is
        how = Sharding(Shard(index, count), tmp_path, limit_seconds=30.0, lead_seconds=0.01)
        try:
            return make(order(tmp_path), how, Progress(Console(file=said[index] if said else io.StringIO())))
        except BenchError as error:
            return str(error)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_all_shards_begin_every_execution_at_the_same_moment(executions, tmp_path):
    left = all_made(tmp_path, 3)
    assert all(one.complete and one.healthy for one in left)
    for number in range(1, TRIALS + 1):
        assert len({starts_at for _, order, starts_at, _ in executions.begun if order == number}) == 1


def test_what_they_leave_is_one_whole_run_to_a_merge(executions, tmp_path):
    all_made(tmp_path, 2)
    shards = found.read([tmp_path / "0", tmp_path / "1"])
    assert (shards.count, shards.absent, shards.profile.name, shards.seed) == (2, [], "made-up", 1)
    for planned in shards.plan():
        parts = shards.parts(planned)
        assert [part.missing for part in parts] == ["", ""]
        assert sum(part.record.people[0] for part in parts) == PEOPLE
        assert all(part.record.generator and not part.record.findings for part in parts)
    assert all(member.end and member.end.complete for member in shards.members.values())


def test_busy_generator_is_told_by_its_own_shard_alone(executions, tmp_path):
    executions.busy = {1}
    well, busy = all_made(tmp_path)
    assert well.healthy and not busy.healthy and busy.complete
    assert "load generator CPU" in {reason.check for reason in busy.findings if reason.verdict == "INVALID"}
    assert well.findings == []


def test_shard_that_is_ended_by_hand_keeps_what_it_has_and_nobody_waits_for_it(executions, tmp_path):
    executions.happens = {(1, 2): CutShort([process(Shard(1, 2))[:5]])}
    other, ended = all_made(tmp_path)
    assert not ended.complete
    assert other.complete, "it was in its last execution"
    record = shard_folder.read_execution(tmp_path / "1", 2)
    assert record and not record.whole
    assert len(shard_folder.read_processes(tmp_path / "1", 2)[0].lines) == 5
    assert "it was ended by hand" in (tmp_path / "left-1").read_text()


def test_execution_that_fails_is_kept_as_that_and_the_others_go_on(executions, tmp_path):
    executions.happens = {(1, 2): BenchError("the load failed")}
    other, failed = all_made(tmp_path)
    assert other.healthy and failed.complete and not failed.healthy
    record = shard_folder.read_execution(tmp_path / "1", 2)
    assert record and record.error == "the load failed"


def test_first_execution_that_fails_ends_all_of_it(executions, tmp_path):
    executions.happens = {(0, 1): BenchError("the load failed")}
    failed, other = all_made(tmp_path)
    assert failed == "the load failed"
    assert other.startswith("shard 0 left before execution 2: the load failed; what was measured before is in ")
    assert shard_folder.read_execution(tmp_path / "1", 1)


def test_target_that_has_gone_ends_all_of_it(executions, tmp_path, monkeypatch):
    monkeypatch.setattr(make_module, "is_gone", lambda target, auth: True)
    executions.happens = {(index, 2): BenchError("nobody answers") for index in range(2)}
    for index, said in enumerate(all_made(tmp_path)):
        assert said == f"nobody answers; what was measured before is in {tmp_path / str(index)}, for live-bench merge"


def test_second_call_for_the_same_shard_is_refused(executions, tmp_path):
    all_made(tmp_path)
    assert all("of an earlier run" in said for said in all_made(tmp_path))
    assert len(executions.begun) == 2 * TRIALS


def test_nobody_looks_at_the_way_while_any_shard_makes_load(executions, tmp_path):
    all_made(tmp_path, 3)
    running = set()
    for index, what, number in executions.events:
        if what == "load":
            assert {event for event in executions.events if event[1:] == ("look", number)} == {
                (other, "look", number) for other in range(3)
            }
            running.add((index, number))
        elif what == "over":
            running.remove((index, number))
        else:
            assert not running
    assert not running


def test_one_person_is_alone_at_each_address_before_any_shard_looks(executions, tmp_path):
    all_made(tmp_path, 2)
    assert [event[:2] for event in executions.events[:2]] == [(None, "alone"), (executions.events[1][0], "look")]
    kept = shard_folder.read_baseline(tmp_path / "0", 0)
    assert kept and (kept.baseline.target, kept.baseline.ok, kept.baseline.approach) == ("mine", 15, approach("quart"))
    assert sum(len(recorded.lines) for recorded in shard_folder.read_lines_alone(tmp_path / "0", 0)) == 16
    assert shard_folder.read_baseline(tmp_path / "1", 0) is None


def test_what_each_shard_found_on_its_way_is_kept_with_the_execution(executions, tmp_path):
    all_made(tmp_path, 2)
    for index in range(2):
        for number in range(1, TRIALS + 1):
            record = shard_folder.read_execution(tmp_path / str(index), number)
            assert record and record.approach == approach("quart", 0.01 * (index + 1))


@pytest.mark.parametrize("mishap", [BenchError("the load failed"), CutShort([[turn("1000.1.1", 10.0)]])])
def test_when_the_first_shard_ends_while_one_person_is_alone_the_others_are_told(executions, tmp_path, mishap):
    executions.happens = {"alone": mishap}
    first, other = all_made(tmp_path)
    why = "the load failed" if isinstance(mishap, BenchError) else "it was ended by hand"
    assert other == f"shard 0 left before execution 1: {why}"
    assert executions.begun == []
    if isinstance(mishap, CutShort):
        assert not first.complete and shard_folder.read_baseline(tmp_path / "0", 0) is None
        assert len(shard_folder.read_lines_alone(tmp_path / "0", 0)[0].lines) == 1, "what was recorded is kept"
    else:
        assert first == why


def test_shard_that_finds_no_way_meets_the_others_all_the_same_and_makes_no_load(executions, tmp_path):
    executions.happens = {(1, "look", 2): ServerNotReady("no session could be opened")}
    other, failed = all_made(tmp_path)
    assert other.healthy and failed.complete and not failed.healthy
    record = shard_folder.read_execution(tmp_path / "1", 2)
    assert record and record.error == "no session could be opened" and not record.whole
    assert [order for index, order, *_ in executions.begun if index == 1] == [1]


def test_shard_that_waits_says_what_for(executions, tmp_path):
    said = [io.StringIO() for _ in range(2)]
    all_made(tmp_path, said=said)
    assert "one person alone: " in said[0].getvalue()
    assert "shard 0 first measures one person alone at each address" in said[1].getvalue()
