"""Expected numbers are worked by hand from the moments of the turns."""

import pytest
from made_up import turn, unanswered

from bench.metrics import METRICS, describe, measure
from bench.readings import Observed
from bench.windows import BargeIn, Window


def observed(*turns, barge_ins=(), waiting=(), resources=None, watched_until=100.0, execution=()):
    window = Window(2, 0.0, 10.0, watched_until, turns, waiting, barge_ins, execution or turns)
    return Observed(window, resources or {}, objective_seconds=2.5)


def values(name, *turns, **rest):
    return pytest.approx(METRICS[name].values(observed(*turns, **rest)))


ASKED_LATE = turn(
    planned_at=1.0,
    begun_at=1.1,
    sent_at=1.2,
    chunks_at=[2.0, 2.5, 2.6],
    chunks_lag_seconds=[0.001, 0.002, 0.003],
    clock="kernel",
    ended_at=2.7,
    chunks_sent_at=[1.99, 2.49, 2.58],
    chunks_spent_seconds=[0.75, 1.25, 1.35],
)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("ttft_seconds", [0.8]),  # 2.0 - 1.2
        ("ttft_from_plan_seconds", [1.0]),  # 2.0 - 1.0
        ("ttft_added_seconds", [0.05]),  # 0.8 - 0.75
        ("turn_seconds", [1.5]),  # 2.7 - 1.2
        ("chunk_gap_seconds", [0.5, 0.1]),
        ("relay_seconds", [0.01, 0.01, 0.02]),
        ("schedule_delay_seconds", [0.1]),  # 1.1 - 1.0
        ("generator_lag_seconds", [0.001, 0.002, 0.003]),
        ("connect_seconds", []),
        ("goodput_ratio", [1.0]),
        ("turns_per_second", [0.1]),  # one in ten seconds
    ],
)
def test_metric_of_one_turn_is_as_defined(metric, expected):
    assert values(metric, ASKED_LATE) == expected


@pytest.mark.parametrize(
    "name", ["ttft_seconds", "ttft_from_plan_seconds", "turn_seconds", "chunk_gap_seconds", "connect_seconds"]
)
@pytest.mark.parametrize("outcome", ["failed", "unfinished"])
def test_latency_never_comes_from_a_turn_that_did_not_end_properly(name, outcome):
    assert values(name, turn(connect_seconds=1.0, outcome=outcome)) == []


def test_wait_to_connect_is_no_delay_of_the_load():
    first = turn(planned_at=1.0, begun_at=1.25, sent_at=3.0, connect_seconds=1.75)
    assert values("schedule_delay_seconds", first) == [0.25]
    assert values("connect_seconds", first) == [1.75]


def test_record_that_does_not_say_when_a_turn_was_begun_goes_by_its_sending():
    assert values("schedule_delay_seconds", turn(planned_at=1.0, sent_at=1.25)) == [0.25]
    assert values("schedule_delay_seconds", turn(planned_at=1.0, sent_at=3.0, connect_seconds=2.0)) == []


def test_lateness_of_the_load_is_that_of_all_turns_whatever_became_of_them():
    late = unanswered(begun_at=0.5, sent_at=None, chunks_lag_seconds=[0.2])
    assert values("schedule_delay_seconds", late) == [0.5]
    assert values("generator_lag_seconds", late) == [0.2]


def rates(*turns, **rest):
    names = (f"{kind}_{what}_per_second" for what in ("turns", "sessions") for kind in ("requested", "achieved"))
    return [METRICS[name].values(observed(*turns, **rest)) for name in names]


def test_what_was_requested_stands_beside_what_was_achieved():
    first = turn("1", 1.0, session="1/1", begun_at=1.0, connect_seconds=0.25, sent_at=1.25)
    second = turn("2", 4.0, session="1/1", begun_at=4.0)
    # asked for in the ten seconds, but let in and answered only after them
    waits = turn("3", 9.0, session="2/1", begun_at=9.0, connect_seconds=3.0, sent_at=12.0)
    never = unanswered("4", 9.5, session="3/1", sent_at=None)
    assert rates(first, second, waits, never) == [[0.4], [0.2], [0.3], [0.1]]


def test_what_was_requested_before_the_window_is_achieved_in_it():
    late = turn("1", -2.0, session="1/1", begun_at=-2.0, connect_seconds=3.0, sent_at=1.0)
    assert rates(execution=[late], waiting=[late]) == [[0.0], [0.1], [0.0], [0.1]]


def test_a_session_whose_beginning_is_not_recorded_was_opened_when_its_first_prompt_was_sent():
    assert rates(turn("1", 1.0, connect_seconds=0.5, sent_at=2.0)) == [[0.1]] * 4


def test_arrivals_stamped_in_user_time_do_not_tell_how_late_they_were_read():
    assert values("generator_lag_seconds", turn()) == []


def test_chunks_without_attribution_say_nothing_about_the_server():
    assert values("relay_seconds", turn()) == []
    assert values("ttft_added_seconds", turn()) == []


def test_reply_that_lost_part_of_its_attribution_says_nothing_about_the_server():
    partly = turn(chunks_sent_at=[0.4], chunks_spent_seconds=[0.4])
    assert values("relay_seconds", partly) == []
    assert values("ttft_added_seconds", partly) == []


def barge_in(**old):
    """Asked at 0, barged in on at 1.0; the new reply begins at 1.8, of which the fake spent 0.5."""
    usual = {"chunks_at": [0.5, 0.9, 1.1, 1.4], "ended_at": 1.45, "interrupted_at": 1.0}
    new = turn(
        "new",
        1.0,
        barges_in_on="old",
        chunks_at=[1.8],
        chunks_sent_at=[1.7],
        chunks_spent_seconds=[0.5],
        ended_at=2.0,
    )
    return BargeIn(turn("old", 0.0, **{**usual, **old}), new)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("stop_seconds", [0.4]),  # 1.4 - 1.0
        ("stale_chunks", [2]),  # at 1.1 and 1.4
        ("ack_seconds", [0.2]),  # 1.2 - 1.0
        ("acknowledged_ratio", [1.0]),
        ("leaked_chunks", [1]),  # at 1.4
        ("resume_seconds", [0.8]),  # 1.8 - 1.0
        ("resume_added_seconds", [0.3]),  # 0.8 - 0.5
    ],
)
def test_metric_of_one_barge_in_is_as_defined(metric, expected):
    assert values(metric, barge_ins=[barge_in(acknowledged_at=1.2)]) == expected


def test_reply_that_was_over_before_the_barge_in_arrived_stopped_at_once():
    over = barge_in(chunks_at=[0.5, 0.9])
    assert values("stop_seconds", barge_ins=[over]) == [0.0]
    assert values("stale_chunks", barge_ins=[over]) == [0]


def test_server_that_never_acknowledges_has_no_such_time_but_a_share_of_none():
    measured = measure(observed(barge_ins=[barge_in()]))
    assert "ack_seconds" not in measured
    assert "leaked_chunks" not in measured
    assert measured["acknowledged_ratio"].values == {"value": 0.0}


def test_interrupted_reply_that_did_not_end_properly_says_nothing_about_stopping():
    cut = barge_in(outcome="unfinished")
    assert values("stop_seconds", barge_ins=[cut]) == []
    assert values("resume_seconds", barge_ins=[cut]) == [0.8]


def test_interrupted_reply_counts_for_first_words_but_not_for_whole_turns():
    old = barge_in().old
    assert values("ttft_seconds", old) == [0.5]
    assert values("turn_seconds", old) == []


def test_goodput_counts_late_and_failed_turns_as_bad():
    late, failed = turn(chunks_at=[2.6]), turn(outcome="failed")
    assert values("goodput_ratio", turn(), late, failed) == [1, 0, 0]


def test_goodput_leaves_out_a_turn_that_was_cut_before_it_could_miss():
    cut = unanswered(planned_at=9.0)
    assert values("goodput_ratio", cut, watched_until=11.0) == []


def test_goodput_counts_a_turn_that_had_missed_when_it_was_cut():
    cut = unanswered(planned_at=1.0)
    assert values("goodput_ratio", cut, watched_until=11.0) == [0]


def test_goodput_leaves_out_a_turn_that_began_in_time_and_was_then_cut():
    cut = turn(planned_at=9.0, outcome="unfinished", chunks_at=[9.5, 29.0])
    assert values("goodput_ratio", cut, watched_until=30.0) == []


def test_goodput_counts_a_turn_that_had_fallen_silent_long_before_it_was_cut():
    stuck = turn(planned_at=9.0, outcome="unfinished", chunks_at=[9.5, 10.0])
    assert values("goodput_ratio", stuck, watched_until=30.0) == [0]


def test_goodput_counts_people_who_wait_the_whole_window_through():
    assert values("goodput_ratio", turn(), waiting=[unanswered(planned_at=-5.0)]) == [1, 0]


def test_failures_are_turns_that_failed_or_were_cut_after_they_had_missed():
    cut, hopeless = unanswered("b", planned_at=9.0), unanswered("c", planned_at=1.0)
    failed = turn("d", outcome="failed")
    assert values("failures_ratio", turn(), cut, hopeless, failed, watched_until=11.0) == [0, 1, 1]


def test_late_words_are_no_failure_where_the_percentiles_show_them():
    assert values("failures_ratio", turn(chunks_at=[2.6])) == [0]


def test_turn_that_waited_into_the_window_is_a_failure_where_it_missed_for_no_percentile_shows_it():
    late, in_time = turn("late", -5.0, chunks_at=[3.0]), turn("soon", -0.5, chunks_at=[0.1])
    never = unanswered("never", planned_at=-5.0)
    assert values("failures_ratio", turn(), waiting=[late, in_time, never]) == [0, 1, 0, 1]


def test_person_who_waits_the_whole_window_through_is_unserved_however_often_others_ask():
    waiting = unanswered("w", planned_at=-5.0, session="2/1")
    assert values("unserved_ratio", turn("a"), turn("b", 3.0), turn("c", 6.0), waiting=[waiting]) == [0, 1]


def test_person_who_comes_back_after_a_failure_and_is_answered_is_served():
    refused = unanswered("a", outcome="failed", session="7/1")
    assert values("unserved_ratio", refused, turn("b", 3.0, session="7/2")) == [0]


def test_person_of_whom_nothing_is_known_yet_is_neither_served_nor_unserved():
    assert values("unserved_ratio", unanswered(planned_at=9.0), watched_until=11.0) == []


def test_processor_time_is_shared_by_what_arrived_in_the_window_whenever_it_was_planned():
    # the window lasts from 0 to 10: one chunk of each turn that reaches into it, and one whole turn
    early = turn("early", -3.0, chunks_at=[-0.5, 0.0])
    late = turn("late", 9.0, chunks_at=[9.9, 10.0])
    after = turn("after", 11.0)
    within = turn("within", 1.0, outcome="failed", chunks_at=[2.0])
    said = {"execution": [early, within, late, after], "resources": {"cpu_seconds": 0.6}}
    assert values("cpu_seconds_per_chunk", within, late, **said) == [0.2]  # of 3 chunks
    assert values("cpu_seconds_per_turn", within, late, **said) == [0.3]  # of 1/2 + 1 + 1/2 turns


def test_processor_time_of_a_window_in_which_nothing_arrived_is_nobodys():
    assert values("cpu_seconds_per_turn", unanswered(), resources={"cpu_seconds": 0.5}) == []
    assert values("cpu_seconds_per_chunk", unanswered(), resources={"cpu_seconds": 0.5}) == []


def test_resource_that_was_not_watched_is_absent():
    assert "threads" not in measure(observed(turn()))
    assert measure(observed(turn(), resources={"threads": 7.0}))["threads"].values == {"value": 7.0}


def test_percentile_below_its_sample_floor_is_withheld():
    described = describe([float(number) for number in range(1, 59)], ("p50", "p95", "max"))
    assert described.count == 58
    assert described.values == {"p50": 29.0, "p95": None, "max": 58.0}


def test_percentile_at_its_sample_floor_is_given():
    # rank ceil(0.95 * 59) = 57
    assert describe(list(range(1, 60)), ("p95",)).values == {"p95": 57}


def test_share_of_zeros_and_ones_and_sum_of_counts():
    assert describe([1, 0, 1, 1], ("value",)).values == {"value": 0.75}
    assert describe([2, 0, 3], ("total", "max")).values == {"total": 5, "max": 3}


def test_every_metric_explains_itself_once():
    assert all(metric.title and metric.formula and metric.statistics for metric in METRICS.values())
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)
