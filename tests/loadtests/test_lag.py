from collections.abc import Sequence

import pytest
from hdrh.histogram import HdrHistogram

from loadtests.support.lag import LagProbe, nearest_rank


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_the_nearest_rank(share: float, value: float) -> None:
    assert nearest_rank(range(100, 0, -1), share) == value


def test_the_median_of_three_is_the_second() -> None:
    assert nearest_rank([3.0, 1.0, 2.0], 0.5) == 2.0


def test_nothing_seen_is_no_lag() -> None:
    assert LagProbe().percentile(0.99) == 0.0


class Seen(LagProbe):
    def __init__(self, late_seconds: Sequence[float]) -> None:
        super().__init__()
        self._late_seconds.extend(late_seconds)


def test_the_histogram_holds_every_lateness_in_microseconds_to_three_digits() -> None:
    late_seconds = [0.0, 0.000_123, 0.012_345_678, 7.5]
    histogram = HdrHistogram.decode(Seen(late_seconds).histogram())
    assert histogram.get_total_count() == len(late_seconds)
    for rank, seconds in enumerate(late_seconds, start=1):
        value = histogram.get_value_at_percentile(100 * rank / len(late_seconds))
        assert value == pytest.approx(seconds * 1e6, rel=1e-3)


def test_lateness_beyond_all_reason_is_not_left_out() -> None:
    assert HdrHistogram.decode(Seen([1e6]).histogram()).get_total_count() == 1


def test_nothing_seen_is_an_empty_histogram() -> None:
    assert HdrHistogram.decode(LagProbe().histogram()).get_total_count() == 0
