"""Wilcoxon's signed-rank statistics, exact: how likely differences so one-sided are by chance, and how large they are.

Exact also with ties and infinities: the distribution is that of the ranks that were found, each with a sign of its
own (Pratt & Gibbons, Concepts of Nonparametric Theory, 3.7). Differences of zero say nothing and are left out. Nothing
is assumed of the differences but that, if nothing has changed, each might as well have had the other sign.
"""

from collections.abc import Sequence
from functools import cache
from itertools import combinations_with_replacement
from math import isnan
from statistics import median

from bench.ranks import doubled_ranks


def p_above_zero(differences: Sequence[float]) -> float:
    """How likely it is by chance alone that differences lie above 0 as much as these, or more. 1 without any.

    Raises ValueError for one that is not a number.
    """
    if any(isnan(difference) for difference in differences):
        raise ValueError("a difference is not a number")
    counted = [difference for difference in differences if difference != 0]
    ranks = doubled_ranks([abs(difference) for difference in counted])
    positive = sum(rank for rank, difference in zip(ranks, counted, strict=True) if difference > 0)
    ways = _ways(tuple(sorted(ranks)))
    return float(sum(ways[positive:]) / 2 ** len(ranks))


def p_below_zero(differences: Sequence[float]) -> float:
    """The same of lying below 0."""
    return p_above_zero([-difference for difference in differences])


def center(values: Sequence[float]) -> float:
    """Hodges and Lehmann's estimate of where values lie: the median of the means of all pairs of them, each with
    itself too. For finite values; raises ValueError without any."""
    return median(_pair_means(values))


def interval(values: Sequence[float], alpha: float) -> tuple[float, float] | None:
    """What holds the center of their distribution with a confidence of at least 1 - `alpha`; None with too few.

    The shifts that the two-sided test would not refuse (Hollander & Wolfe, Nonparametric Statistical Methods, 3.3).
    """
    count = len(values)
    ways = _ways(tuple(2 * rank for rank in range(1, count + 1)))[::2]
    beyond, sum_so_far = -1, 0
    while beyond + 1 < len(ways) and 2 * (sum_so_far + ways[beyond + 1]) <= alpha * 2**count:
        beyond += 1
        sum_so_far += ways[beyond]
    if beyond < 0:
        return None
    means = _pair_means(values)
    return means[beyond], means[-1 - beyond]


def least_count(alpha: float) -> int:
    """With fewer differences than this none can be so one-sided that chance is less likely than `alpha`."""
    count = 1
    while 2**-count > alpha:
        count += 1
    return count


def _pair_means(values: Sequence[float]) -> list[float]:
    return sorted((one + other) / 2 for one, other in combinations_with_replacement(values, 2))


@cache
def _ways(ranks: tuple[int, ...]) -> list[int]:
    """In how many ways of giving each rank a sign the positive ones add up to 0, 1, 2, ..."""
    ways = [1]
    for rank in ranks:
        longer = ways + [0] * rank
        for total, count in enumerate(ways):
            longer[total + rank] += count
        ways = longer
    return ways
