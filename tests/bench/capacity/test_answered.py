import pytest
from made_up import process, trial, turn, unanswered

from bench.capacity.answered import well_answered_share
from bench.objective import parse

OBJECTIVE = parse("ttft_added p95 <= 100ms, failures <= 1%")


def added(name: str, planned_at: float, seconds: float, model_seconds: float = 0.5, **fields):
    at = planned_at + model_seconds + seconds
    return turn(
        name, planned_at, chunks_at=[at], chunks_sent_at=[at - seconds], chunks_spent_seconds=[model_seconds],
        ended_at=at + 0.1, **fields,
    )  # fmt: skip


def share(*turns, objective=OBJECTIVE, stopped_at=40.0):
    window = trial(started_at=5.0, window_seconds=10.0)
    return well_answered_share(window, [process(*turns, stopped_at=stopped_at)], objective)


def test_turns_within_the_bounds_of_a_single_turn_are_answered_well():
    assert share(added("a", 6, 0.05), added("b", 7, 0.10), added("c", 8, 0.11), added("d", 9, 3.0)) == 0.5


def test_slow_model_is_not_held_against_the_server():
    assert share(added("a", 6, 0.05, model_seconds=5.0)) == 1.0


def test_failures_are_not_answered_well():
    assert share(added("a", 6, 0.05), unanswered("b", 7, "failed", failure="timeout")) == 0.5


def test_who_was_waiting_when_the_window_opened_counts_and_who_asked_outside_of_it_does_not():
    waiting = unanswered("a", 1, "failed", ended_at=11.0, failure="connect_timeout")
    before, after = added("b", 1, 2.0), added("c", 16, 2.0)
    assert share(waiting, before, after, added("d", 6, 0.05)) == 0.5


def test_turn_cut_by_the_end_counts_once_nobody_would_have_waited_longer():
    late = added("late", 20, 0.0)  # until then people were watched
    assert share(unanswered("a", 6), late) == 0.0
    assert share(unanswered("a", 14.5), late) is None
    assert share(late) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("ttft p50 <= 600ms", 0.5), ("turn p95 <= 20s", 1.0), ("failures <= 1%", 1.0)]
)
def test_each_bound_on_a_turn_is_its_own(text, expected):
    assert share(added("a", 6, 0.05), added("b", 7, 0.5), objective=parse(text)) == expected
