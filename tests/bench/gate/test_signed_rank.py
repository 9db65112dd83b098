import random
from itertools import product
from math import inf, nan

import pytest
from hypothesis import given, strategies as some
from scipy.stats import wilcoxon

from bench.gate import signed_rank
from bench.ranks import doubled_ranks


@pytest.mark.parametrize("count", [1, 2, 5, 9, 12, 20])
def test_p_is_that_of_the_exact_test_where_there_are_no_ties(count: int) -> None:
    dice = random.Random(count)
    for _ in range(20):
        differences = [dice.gauss(0.3, 1) for _ in range(count)]
        expected = wilcoxon(differences, alternative="greater", method="exact").pvalue
        assert signed_rank.p_above_zero(differences) == pytest.approx(expected, rel=1e-9)
        expected = wilcoxon(differences, alternative="less", method="exact").pvalue
        assert signed_rank.p_below_zero(differences) == pytest.approx(expected, rel=1e-9)


@given(some.lists(some.sampled_from([-3, -2, -1, 0, 1, 2, inf, -inf]), max_size=7))
def test_p_counts_every_way_of_giving_signs_also_with_ties_and_infinities(differences: list[float]) -> None:
    sizes = [abs(difference) for difference in differences if difference]
    ranks = doubled_ranks(sizes)
    found = sum(rank for rank, d in zip(ranks, [d for d in differences if d], strict=True) if d > 0)
    ways = [
        sum(rank for rank, on in zip(ranks, signs, strict=True) if on) for signs in product((0, 1), repeat=len(ranks))
    ]
    assert signed_rank.p_above_zero(differences) == sum(way >= found for way in ways) / len(ways)


@given(some.lists(some.floats(-10, 10), max_size=12))
def test_looking_the_other_way_round_is_the_mirror_image(differences: list[float]) -> None:
    mirrored = [-difference for difference in differences]
    assert signed_rank.p_above_zero(differences) == signed_rank.p_below_zero(mirrored)


def test_nothing_to_go_by_proves_nothing() -> None:
    assert signed_rank.p_above_zero([]) == signed_rank.p_above_zero([0.0, 0.0]) == 1


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        signed_rank.p_above_zero([1.0, nan])


def test_center_is_the_median_of_the_means_of_pairs() -> None:
    """By hand: of 1, 2 and 6 the means are 1, 1.5, 2, 3.5, 4, 6."""
    assert signed_rank.center([6, 1, 2]) == 2.75


def test_interval_is_that_of_the_table() -> None:
    """Hollander and Wolfe, table A.4: for n = 9 the two-sided 5 % point leaves 5 means off at each end (P = 0.0195)."""
    values = [float(value**2) for value in range(9)]
    means = sorted((one + other) / 2 for i, one in enumerate(values) for other in values[i:])
    assert signed_rank.interval(values, 0.05) == (means[5], means[-6])


def test_interval_needs_six_values_at_95_percent() -> None:
    assert signed_rank.interval([1, 2, 3, 4, 5], 0.05) is None
    assert signed_rank.interval([1, 2, 3, 4, 5, 6], 0.05) == (1, 6)


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    dice = random.Random(4)
    held = 0
    for _ in range(2000):
        low, high = signed_rank.interval([dice.gauss(0, 1) for _ in range(10)], 0.05) or (0, 0)
        held += low <= 0 <= high
    assert 0.93 < held / 2000 < 0.975


@pytest.mark.parametrize(("alpha", "count"), [(0.05, 5), (0.002, 9), (0.0016, 10), (0.0004, 12)])
def test_fewer_than_that_cannot_decide(alpha: float, count: int) -> None:
    assert signed_rank.least_count(alpha) == count
    assert signed_rank.p_above_zero([1.0] * count) <= alpha < signed_rank.p_above_zero([1.0] * (count - 1))
