import pytest

from loadtests.support.lag import LagProbe, nearest_rank


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100), (0.0, 1)])
def test_a_percentile_is_the_nearest_rank(share: float, value: float) -> None:
    assert nearest_rank(range(100, 0, -1), share) == value


def test_the_median_of_three_is_the_second() -> None:
    assert nearest_rank([3.0, 1.0, 2.0], 0.5) == 2.0


def test_nothing_seen_is_no_lag() -> None:
    assert LagProbe().percentile(0.99) == 0.0
