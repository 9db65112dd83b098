import pytest
from made_up import process

from bench.monitor import Sample
from bench.usage import cpu_share
from bench.windows import Window, cut


def window() -> Window:
    """From 2 s to 4 s."""
    (found,) = cut([process(stopped_at=4.0)], warm_up_seconds=1)
    return found


def half_a_core(*moments: float) -> list[Sample]:
    return [Sample(moment, 7 + moment / 2) for moment in moments]


def test_share_is_interpolated_to_the_windows_edges() -> None:
    assert cpu_share(half_a_core(1.9, 3.0, 4.3), window()) == pytest.approx(0.5)


def test_share_is_unknown_where_the_window_was_hardly_watched() -> None:
    assert cpu_share(half_a_core(2.5, 3.0, 4.3), window()) is None
    assert cpu_share([], window()) is None


def test_share_is_unknown_where_a_process_ended_in_the_window() -> None:
    assert cpu_share([*half_a_core(1.9, 2.5), Sample(3.0, 1.0), Sample(4.1, 1.5)], window()) is None


def test_a_process_that_ended_right_after_the_window_takes_nothing_from_its_share() -> None:
    assert cpu_share([*half_a_core(1.9, 3.0, 3.8), Sample(4.1, 1.0)], window()) == pytest.approx(0.5)


def test_share_is_unknown_where_all_that_was_seen_before_such_an_end_is_a_part_of_the_window() -> None:
    assert cpu_share([*half_a_core(1.9, 2.5), Sample(4.1, 1.0)], window()) is None
