import pytest
from hypothesis import given, settings, strategies as st

from loadtests.support.clock_reading import ClockReading, best

seconds = st.floats(0, 10)


@settings(deadline=None)
@given(st.floats(-1e4, 1e4), seconds, seconds)
def test_the_offset_is_never_further_off_than_it_says(offset: float, there: float, back: float) -> None:
    asked_at = 1000.0
    reading = ClockReading(asked_at, asked_at + there + offset, asked_at + there + back)
    assert abs(reading.offset_seconds - offset) <= reading.uncertainty_seconds + 1e-6


def test_two_clocks_that_agree_are_not_told_apart_however_uneven_the_way() -> None:
    assert not ClockReading(10.0, 10.0, 11.0).tells_a_difference
    assert not ClockReading(10.0, 11.0, 11.0).tells_a_difference
    assert ClockReading(10.0, 11.1, 11.0).tells_a_difference


def test_the_shortest_round_trip_says_most() -> None:
    quick = ClockReading(5.0, 9.0, 5.1)
    assert best([ClockReading(1.0, 9.0, 2.0), quick, ClockReading(7.0, 9.0, 8.0)]) is quick
    with pytest.raises(ValueError):
        best([])
