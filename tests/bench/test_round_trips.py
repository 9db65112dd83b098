from made_up import execution, process, run, turn
from made_up_elsewhere import approach
from pytest import approx as near

from bench.estimates import compare
from bench.evaluate import trials
from bench.metrics import METRICS
from bench.round_trips import less_round_trip, of_trial


def measured(trip=0.04, wait=0.5, **fields):
    turns = [turn(name, 5.0 + at, chunks_at=[5.0 + at + wait, 5.7 + at], **fields) for at, name in enumerate("abcde")]
    (found,) = trials(execution(process(*turns), approach=approach("flask", trip)))
    return found


def test_latency_that_contains_a_round_trip_is_told_without_it_too():
    found = measured()
    assert found.metrics["ttft_seconds"].values["p50"] == near(0.5)
    assert found.metrics["ttft_less_round_trip_seconds"].values["p50"] == near(0.46)
    assert found.metrics["turn_less_round_trip_seconds"].values["p50"] == near(0.76)


def test_gaps_contain_none_and_of_connecting_nobody_can_say():
    found = measured(connect_seconds=0.2, begun_at=5.0)
    assert {"chunk_gap_seconds", "connect_seconds", "ttft_from_plan_seconds"} <= set(found.metrics)
    less = {name for name in found.metrics if "less_round_trip" in name}
    assert less == {"ttft_less_round_trip_seconds", "turn_less_round_trip_seconds"}


def test_every_metric_that_contains_one_has_its_counterpart():
    containing = {name for name, metric in METRICS.items() if metric.round_trips == 1}
    assert containing == {
        "ttft_seconds", "ttft_added_seconds", "turn_seconds", "stop_seconds", "ack_seconds", "resume_seconds",
        "resume_added_seconds",
    }  # fmt: skip
    for name in containing:
        less = METRICS[less_round_trip(name)]
        assert (less.unit, less.better, less.statistics) == ("s", METRICS[name].better, METRICS[name].statistics)
        assert METRICS[name].formula in less.formula


def test_silence_comes_never_sooner_than_at_once():
    old = turn("a", 5.0, interrupted_at=5.6, chunks_at=[5.5, 5.62], ended_at=5.63)
    new = turn("b", 5.6, barges_in_on="a", chunks_at=[6.1])
    (found,) = trials(execution(process(old, new), approach=approach("flask", 0.04)))
    assert found.metrics["stop_seconds"].values["max"] == near(0.02)
    assert found.metrics["stop_less_round_trip_seconds"].values["max"] == 0


def test_trial_of_this_machine_has_nothing_to_take_off():
    (found,) = trials(execution(process(turn("a", 5.0))))
    assert not any("less_round_trip" in name for name in found.metrics)
    assert of_trial(found) is None


def test_servers_that_are_alike_are_alike_at_any_distance():
    """First words 0.46 s after the prompt got there, from 40 to 45 ms away and from 0.1 s further."""
    pairs = [
        measured(far + index / 1000, wait=0.46 + far + index / 1000).model_copy(
            update={"trial": index, "target": target}
        )
        for target, far in (("flask", 0.04), ("quart", 0.14))
        for index in range(1, 7)
    ]
    found = {c.metric: c for c in compare(run(*pairs)) if c.statistic == "p50"}
    assert found["ttft_seconds"].verdict == "worse"
    assert found["ttft_less_round_trip_seconds"].verdict == "no difference"
    assert found["ttft_less_round_trip_seconds"].ratio == near(1.0)
