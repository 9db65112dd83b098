"""What is kept, whatever ends a measurement."""

from pathlib import Path

import pytest

from bench.cores import Cores
from bench.errors import BenchError
from bench.speed import make as module
from bench.speed.make import RECORD, SUMMARY, make, sessions_at
from bench.speed.measure import SESSIONS, Carried
from bench.speed.record import SCHEMA, Speeds
from bench.store import read_record
from servers.deployments import DEPLOYMENTS

TWO_CORES = Cores(frozenset({0}), frozenset({1}))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What each measurement comes to, in order: what is carried, or an error."""
    to_come: list[object] = []

    def next_one(*_: object) -> Carried:
        outcome = to_come.pop(0)
        if isinstance(outcome, BaseException):
            raise outcome
        assert isinstance(outcome, Carried)
        return outcome

    monkeypatch.setattr(module, "share_out_machine", lambda: TWO_CORES)
    monkeypatch.setattr(module, "measure_fake", next_one)
    monkeypatch.setattr(module, "measure_server", next_one)
    return to_come


def kept(results: Path) -> Speeds:
    (folder,) = results.iterdir()
    assert (folder / SUMMARY).exists()
    return read_record(folder / RECORD, SCHEMA, Speeds, "the folder of a speed")


def test_all_are_measured_in_each_round_and_kept(measured: list[object], tmp_path: Path) -> None:
    measured += [Carried(2.0, 1000, 0.5)] * 18
    said: list[str] = []
    folder, speeds = make(2, tmp_path, "a command", said.append)
    assert speeds.complete and len(speeds.speeds) == 18 and kept(tmp_path) == speeds
    assert {len(speeds.of(name)) for name in speeds.names} == {2}
    assert said[0] == "round 1 of 2: fake 2,000 chunks for a second of processor time"
    assert folder.parent == tmp_path


def test_what_was_measured_before_ctrl_c_is_kept_and_marked(measured: list[object], tmp_path: Path) -> None:
    measured += [Carried(2.0, 1000, 0.5), KeyboardInterrupt()]
    _, speeds = make(1, tmp_path, "a command", lambda _: None)
    assert not speeds.complete and len(kept(tmp_path).speeds) == 1


def test_one_that_fails_is_told_with_where_the_others_are(measured: list[object], tmp_path: Path) -> None:
    measured += [Carried(2.0, 1000, 0.5), BenchError("it does not start")]
    with pytest.raises(BenchError, match=f"it does not start; what was measured before is in {tmp_path}"):
        make(1, tmp_path, "a command", lambda _: None)
    assert not kept(tmp_path).complete and len(kept(tmp_path).speeds) == 1


def test_a_machine_with_one_core_to_offer_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "share_out_machine", lambda: Cores(frozenset(), frozenset()))
    with pytest.raises(BenchError, match="one core to offer"):
        make(1, tmp_path, "a command", lambda _: None)


def test_a_blocking_server_is_asked_by_no_more_than_it_has_threads_for() -> None:
    there = DEPLOYMENTS["flask-8t"], DEPLOYMENTS["quart"], None
    assert [sessions_at(each) for each in there] == [8, SESSIONS, SESSIONS]
