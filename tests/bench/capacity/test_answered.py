import pytest
from made_up import process, trial, turn, unanswered

from bench.capacity.answered import longest_connect_seconds, well_answered_share, window_of
from bench.objective import parse

OBJECTIVE = parse("ttft_added p95 <= 100ms, failures <= 1%")


def added(name: str, planned_at: float, seconds: float, model_seconds: float = 0.5, **fields):
    at = planned_at + model_seconds + seconds
    return turn(
        name, planned_at, chunks_at=[at], chunks_sent_at=[at - seconds], chunks_spent_seconds=[model_seconds],
        ended_at=at + 0.1, **fields,
    )  # fmt: skip


def share(*turns, objective=OBJECTIVE):
    return well_answered_share(window(*turns), objective)


def window(*turns):
    return window_of(trial(started_at=5.0, window_seconds=10.0), [process(*turns, stopped_at=40.0)])


def test_turns_within_the_bounds_of_a_single_turn_are_answered_well():
    assert share(added("a", 6, 0.05), added("b", 7, 0.10), added("c", 8, 0.11), added("d", 9, 3.0)) == 0.5


def test_slow_model_is_not_held_against_the_server():
    assert share(added("a", 6, 0.05, model_seconds=4.9)) == 1.0


def test_failures_are_not_answered_well():
    assert share(added("a", 6, 0.05), unanswered("b", 7, "failed", failure="timeout")) == 0.5


def test_who_lost_patience_before_the_window_counts_though_answered_behind_it():
    late = added("late", 1, 0.05, connect_seconds=15.0, model_seconds=15.5)
    assert share(late, added("a", 6, 0.05)) == 0.5


def test_who_asked_outside_of_the_window_and_was_answered_in_time_does_not_count():
    waiting, before, after = added("w", 4.8, 2.0), added("b", 1, 2.0), added("c", 16, 2.0)
    assert share(waiting, before, after, added("d", 6, 0.05)) == 1.0


def test_longest_wait_to_connect_is_of_all_who_were_there():
    early = turn("early", 1, connect_seconds=0.2)  # answered long before
    assert longest_connect_seconds(window(early, added("a", 6, 0.05))) == 0.0
    assert longest_connect_seconds(window(turn("a", 6, connect_seconds=0.3), early)) == 0.3
    let_in_later = turn("b", 1, connect_seconds=18.0, sent_at=19.0, chunks_at=[19.5], ended_at=20.0)
    assert longest_connect_seconds(window(let_in_later)) == 18.0
    never = unanswered("c", 2, sent_at=None)
    assert longest_connect_seconds(window(never, let_in_later)) == 18.0
    assert longest_connect_seconds(window(never, added("d", 21, 0.5))) == pytest.approx(20.1)
    assert longest_connect_seconds(window()) == 0.0


def test_turn_cut_by_the_end_counts_once_nobody_would_have_waited_longer():
    late = added("late", 19, 0.0)  # until then people were watched
    assert share(unanswered("a", 6), late) == 0.0
    assert share(unanswered("a", 14.9), late) is None
    assert share(late) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("ttft p50 <= 600ms", 0.5), ("turn p95 <= 20s", 1.0), ("failures <= 1%", 1.0)]
)
def test_each_bound_on_a_turn_is_its_own(text, expected):
    assert share(added("a", 6, 0.05), added("b", 7, 0.5), objective=parse(text)) == expected
