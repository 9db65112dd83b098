import pytest
from made_up_certificate import certificate, level, reading

from bench.certify.certificate import Pace
from bench.certify.climb import next_sessions, window_seconds

MISREAD = reading(error=0.1)


def climb(breaks_at, first=25, most=5000, **broken):
    """The numbers of people that are measured where all from `breaks_at` on break a bound."""
    made, asked = certificate(), []
    while (sessions := next_sessions(made, first, most)) is not None:
        asked.append(sessions)
        fields = (broken or {"ttft": MISREAD}) if sessions >= breaks_at else {}
        made = certificate(*made.levels, level(sessions, **fields))
        assert len(asked) < 30
    return asked


def test_load_is_doubled_until_a_bound_breaks_and_then_refined_once():
    assert climb(300) == [25, 50, 100, 200, 400, 283]


def test_refinement_that_breaks_a_bound_as_well_ends_the_climb():
    assert climb(250) == [25, 50, 100, 200, 400, 283]


def test_climb_ends_at_the_most_that_was_allowed():
    assert climb(10**9, first=30, most=100) == [30, 60, 100]
    assert climb(10**9, first=300, most=100) == [100]


def test_last_step_to_the_most_is_refined_too():
    assert climb(100, first=30, most=100) == [30, 60, 100, 77]


def test_first_load_that_breaks_a_bound_ends_it():
    assert climb(25) == [25]


def test_server_that_cannot_keep_up_ends_it_without_a_refinement():
    assert climb(200, server_cpu_share=0.99) == [25, 50, 100, 200]


def test_there_is_nothing_to_refine_between_neighbours():
    assert climb(2, first=1) == [1, 2]


def test_window_is_long_enough_for_a_p99_and_at_least_so_long():
    pace = Pace(first_seconds=0.5, gap_seconds=0.1, chunks=6, think_seconds=0.49, stall_share=0.1, stall_seconds=0.1)
    assert pace.turn_seconds == pytest.approx(1.5)
    # 299 values are needed for a p99; with a quarter to spare that is 373.75 turns of 1.5 s, by 25 people.
    assert window_seconds(pace, 25, 6.0) == pytest.approx(373.75 * 1.5 / 25)
    assert window_seconds(pace, 1000, 6.0) == 6.0
