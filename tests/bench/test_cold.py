from made_up import execution, process, turn
from pytest import approx

from bench.cold import is_cold
from bench.evaluate import trials

COLD = {"connect_seconds": 4.0, "instance": "new", "instance_serving_seconds": 0.2}
WARM = {"connect_seconds": 0.1, "instance": "old", "instance_serving_seconds": 900.0}


def test_session_is_cold_where_its_instance_was_ready_for_less_time_than_it_took_to_connect():
    assert is_cold(turn(**COLD))
    assert not is_cold(turn(**WARM))
    assert not is_cold(turn(connect_seconds=4.0)), "a server that does not say"
    assert not is_cold(turn()), "a turn on a session that is open"


def measured(*turns):
    (trial,) = trials(execution(process(*turns)))
    return trial


def first(id, planned_at, waited, **fields):
    at = planned_at + waited
    return turn(id, planned_at, session=f"{id}/1", begun_at=planned_at, sent_at=at, chunks_at=[at + 0.5, at + 0.7],
                ended_at=at + 0.8, **fields)  # fmt: skip


def test_cold_sessions_are_in_metrics_of_their_own_and_in_no_warm_latency():
    trial = measured(first("a", 4.0, 4.0, **COLD), *(first(name, 5.0, 0.1, **WARM) for name in "bcdef"))
    assert trial.metrics["cold_connect_seconds"].count == 1
    assert trial.metrics["cold_connect_seconds"].values["max"] == approx(4.0)
    assert trial.metrics["cold_ttft_from_plan_seconds"].values["max"] == approx(4.5)
    for name in ("connect_seconds", "ttft_seconds", "ttft_from_plan_seconds", "turn_seconds", "chunk_gap_seconds"):
        assert trial.metrics[name].count == 5, name
    assert trial.metrics["connect_seconds"].values["max"] == approx(0.1)


def test_goodput_counts_whoever_waited_for_an_instance():
    trial = measured(first("a", 4.0, 4.0, **COLD), first("b", 5.0, 0.1, **WARM))
    assert trial.metrics["goodput_ratio"].count == 2
    assert trial.metrics["goodput_ratio"].values["value"] == approx(0.5)


def test_cold_sessions_of_the_ramp_are_told_though_their_window_opened_later():
    trial = measured(first("a", 0.5, 4.0, **COLD), first("b", 5.0, 0.1, **WARM))
    assert trial.metrics["cold_connect_seconds"].count == 1
    assert any("waited for their instance to start" in warning and ": 1" in warning for warning in trial.warnings)


def test_later_turns_of_a_cold_session_are_warm():
    later = turn("a.2", 10.0, session="a/1")
    trial = measured(first("a", 4.0, 4.0, **COLD), later)
    assert trial.metrics["ttft_seconds"].count == 1


def test_where_no_server_says_so_nothing_is_cold():
    trial = measured(first("a", 4.0, 4.0, connect_seconds=4.0))
    assert "cold_connect_seconds" not in trial.metrics
    assert trial.metrics["connect_seconds"].count == 1
    assert not any("waited for their instance" in warning for warning in trial.warnings)
