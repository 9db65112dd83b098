"""Two independent samples: whether one tends to be larger, and by how much. Exact, also with ties; pure.

The tests of Wilcoxon, Mann and Whitney, and the estimate and interval of Hodges and Lehmann that belong to them
(Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 4.1 to 4.3). Nothing is assumed about the shape of
a distribution, and nothing is paired: order within a sample means nothing. Values may be infinite.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import comb, inf, isnan

from bench.ranks import doubled_ranks


@dataclass(frozen=True)
class Shift:
    """By how much the second sample lies above the first, and the interval of that: None with too few values."""

    center: float
    low: float | None
    high: float | None


def p_greater(first: Sequence[float], second: Sequence[float]) -> float:
    """How likely it is by chance alone that `first` holds as many of the larger values as it does, or more.

    The one-sided p-value of the rank-sum test, exact: of all ways to deal the values out to two samples of these
    sizes, the share in which the first has midranks that add up to as much. Ties are part of what is dealt out.
    Raises ValueError where either has no values, or one that is no number.
    """
    _check(first, second)
    ranks = doubled_ranks([*first, *second])
    seen = sum(ranks[: len(first)])
    ways = _ways(tuple(sorted(ranks)), len(first))
    return sum(ways[seen:]) / comb(len(ranks), len(first))


def shift(first: Sequence[float], second: Sequence[float], alpha: float) -> Shift:
    """second - first: the median of all differences between a value of each, and its interval at 1 - alpha.

    The interval holds every shift that the two-sided rank-sum test at `alpha` does not reject, bounds included; with
    ties it holds it with more confidence than that, never with less. Two infinities of one sign do not differ, and
    half of all differences at each infinity have their middle at 0. Raises ValueError as `p_greater`.
    """
    _check(first, second)
    differences = sorted(0.0 if a == b else b - a for a in first for b in second)
    count = len(differences)
    center = _middle(differences[(count - 1) // 2], differences[count // 2])
    rank = _interval_rank(len(first), len(second), alpha)
    if not rank:
        return Shift(center, None, None)
    return Shift(center, differences[rank - 1], differences[count - rank])


def is_enough(first: int, second: int, alpha: float) -> bool:
    """Whether samples of these sizes have an interval at 1 - alpha: whether even the most extreme of all ways to deal
    out their values, and its mirror image, are rare enough."""
    return _exactly(alpha) * comb(first + second, first) >= 2


def values_needed(alpha: float) -> int:
    """The fewest values in each of two samples of one size that have an interval at 1 - alpha.

    Raises ValueError where no number does, which is where alpha is not above 0.
    """
    if not alpha > 0:
        raise ValueError(f"no number of values gives certainty: alpha is {alpha}")
    size = 1
    while not is_enough(size, size, alpha):
        size += 1
    return size


@lru_cache
def _interval_rank(first: int, second: int, alpha: float) -> int:
    """Rank, from 1 and counted from either end, of the differences that bound the interval; 0 with too few values.

    The number of differences below the true shift is distributed as the rank sum less its least value.
    """
    ranks = tuple(range(2, 2 * (first + second) + 1, 2))
    least = first * (first + 1)
    below = accumulate(_ways(ranks, first)[least::2])
    rare = _exactly(alpha) * comb(first + second, first)
    return sum(1 for number in below if 2 * number <= rare)


@lru_cache
def _ways(ranks: tuple[int, ...], size: int) -> Sequence[int]:
    """In how many ways `size` of the ranks add up to each sum, from 0 to that of all of them."""
    # Whole numbers of any size: floats would lose count from some 30 and 30 values on. The counts of all sums stand
    # side by side in one of them, each with room for all 2 ** len(ranks) ways, so that one addition adds them all.
    room_bytes = len(ranks) // 8 + 1
    ways = [1] + [0] * size
    for rank in ranks:
        for taken in range(size, 0, -1):  # from above, so that each rank is taken once at most
            ways[taken] += ways[taken - 1] << 8 * room_bytes * rank
    counts = ways[size].to_bytes((sum(ranks) + 1) * room_bytes, "little")
    return [int.from_bytes(counts[at : at + room_bytes], "little") for at in range(0, len(counts), room_bytes)]


def _exactly(alpha: float) -> Fraction:
    """What its digits say: as a binary float 0.05 is a little more than one in twenty."""
    return Fraction(str(alpha))


def _middle(low: float, high: float) -> float:
    if low == high:
        return low
    if low == -inf and high == inf:
        return 0.0  # half the differences wholly for one, half wholly for the other
    return low / 2 + high / 2  # halved first, so that two large ones do not overflow


def _check(first: Sequence[float], second: Sequence[float]) -> None:
    if not first or not second:
        raise ValueError("no values to compare")
    if any(isnan(value) for value in (*first, *second)):
        raise ValueError("a value is not a number")
