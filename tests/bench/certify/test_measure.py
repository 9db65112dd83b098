import io
import json
import sys
from pathlib import Path

import pytest
from made_up import process, turn
from made_up_certificate import level
from rich.console import Console

from bench.certify import make as make_module, measure as measure_module
from bench.certify.certificate import Bounds, Level, Pace
from bench.certify.display import Display
from bench.certify.folder import StoredCertificate
from bench.certify.make import Order, make
from bench.certify.measure import read_level
from bench.certify.null_chat import NullChat
from bench.errors import BenchError
from bench.execution import Execution
from bench.monitor import Sample

FAST = Pace(
    first_seconds=0.01, gap_seconds=0.004, chunks=4, stall_share=0.0, freeze_every_seconds=0.0, think_seconds=0.0
)
ACCOUNT = {"lateness_seconds": {"p50": 0.0001, "p99": 0.002}, "handover_seconds": {"p99": 0.00003}}


def order(folder: Path, first: int, most: int, pace: Pace = FAST) -> Order:
    bounds = Bounds(bias_seconds=1.0, error_seconds=5.0)
    return Order(first, most, bounds, seed=1, results=folder, command="live-bench certify", pace=pace)


def display() -> Display:
    return Display(Console(file=io.StringIO()))


def record_in(folder: Path) -> StoredCertificate:
    return StoredCertificate.model_validate_json((folder / "certificate.json").read_text())


@pytest.mark.e2e
@pytest.mark.skipif(sys.platform != "linux", reason="the null chat server is for Linux")
def test_real_load_on_a_real_null_chat_server_is_certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_module, "WINDOW_SECONDS", 1.0)
    folder, certificate = make(order(tmp_path, first=4, most=4), display())
    assert certificate == record_in(folder) and certificate.complete
    (found,) = certificate.levels
    assert (found.sessions, found.turns_lost) == (4, 0)
    assert found.turns_ok > 10 and found.frames_per_second > 0
    for reading in found.readings.values():
        assert reading.count >= found.turns_ok and reading.bias_seconds is not None
    first_words = found.readings["ttft_seconds"]
    # The chunk cannot be read before it was sent, nor the prompt be received before it was.
    assert first_words.bias_seconds and first_words.bias_seconds > 0
    assert first_words.true_seconds_p50 and first_words.true_seconds_p50 >= 0.005
    assert found.server_cpu_share and found.generator_cpu_share and found.server_handover_seconds_p99
    assert {path.name for path in folder.iterdir()} == {
        *("certificate.json", "certificate.md", "certificate.png", "certificate.svg", "logs")
    }


def test_level_is_read_from_the_window_of_the_execution() -> None:
    turns = [
        turn(
            str(number), 5.0 + number / 100, begun_at=5.0 + number / 100 + 0.004, clock="kernel",
            chunks_sent_at=[5.4996 + number / 100, 5.6996 + number / 100], chunks_spent_seconds=[0.4996, 0.6996],
            chunks_lag_seconds=[0.001, 0.003],
        )
        for number in range(400)
    ]  # fmt: skip
    turns[7].outcome, turns[7].failure = "failed", "timeout"
    execution = Execution(
        target="null", scenario="latency", sessions=[2], trial=1, order=1, warm_up_seconds=1.0, objective_seconds=1.0,
        processes=[process(*turns, stopped_at=12.0)], server=[Sample(0.0, 0.0), Sample(20.0, 5.0)],
    )  # fmt: skip
    found = read_level(execution, ACCOUNT)
    assert (found.sessions, found.window_seconds, found.turns_ok, found.turns_lost) == (2, 10.0, 399, 1)
    assert found.frames_per_second == pytest.approx(800 / 10)
    assert found.clock == "kernel"
    assert found.readings["ttft_seconds"].bias_seconds == pytest.approx(0.0004)
    assert found.readings["chunk_gap_seconds"].bias_seconds == pytest.approx(0.0, abs=1e-9)
    assert found.schedule_delay_seconds_p99 == pytest.approx(0.004)
    assert found.generator_lag_seconds_p99 == pytest.approx(0.003)
    assert found.server_cpu_share == pytest.approx(0.25)
    assert found.server_lateness_seconds_p99 == 0.002 and found.server_handover_seconds_p99 == 0.00003


def test_load_that_never_came_to_its_level_is_an_error() -> None:
    execution = Execution(
        target="null", scenario="latency", sessions=[9], trial=1, order=1, warm_up_seconds=1.0, objective_seconds=1.0,
        processes=[process(turn("a", 5.0))],
    )  # fmt: skip
    with pytest.raises(BenchError, match="never came to 9 people"):
        read_level(execution, ACCOUNT)


def test_level_that_cannot_be_measured_leaves_those_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails_at_100(sessions: int, *_: object) -> Level:
        if sessions >= 100:
            raise BenchError("the load failed")
        return level(sessions)

    monkeypatch.setattr(measure_module, "measure", fails_at_100)
    with pytest.raises(BenchError, match="the load failed"):
        make(order(tmp_path, first=25, most=5000), display())
    (folder,) = tmp_path.iterdir()
    kept = record_in(folder)
    assert [each.sessions for each in kept.levels] == [25, 50]
    assert not kept.complete and kept.certified


def test_certificate_that_is_ended_by_hand_keeps_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended_at_100(sessions: int, *_: object) -> Level:
        if sessions >= 100:
            raise KeyboardInterrupt
        return level(sessions)

    monkeypatch.setattr(measure_module, "measure", ended_at_100)
    folder, certificate = make(order(tmp_path, first=25, most=5000), display())
    assert certificate == record_in(folder) and not certificate.complete
    assert [each.sessions for each in certificate.levels] == [25, 50]
    assert json.loads((folder / "certificate.json").read_text())["certified"]["sessions"] == 50
    assert "**Incomplete**" in (folder / "certificate.md").read_text()


def test_null_chat_server_that_does_not_start_is_told_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="did not start; its log ends: error: argument --spread"):
        NullChat(Pace(spread=2.0), 1, tmp_path / "null.log", frozenset())
