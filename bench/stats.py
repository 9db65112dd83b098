"""Statistics that do not flatter: percentiles that really happened, exact intervals, paired ratios.

Nothing is assumed about distributions. The unit of evidence is the trial, so intervals are over trials, and too
few of them give no interval instead of a narrow one. Warnings are part of a result, not errors: they are printed
under the number they qualify.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, comb, inf, isinf, log, sqrt
from statistics import NormalDist
from typing import Literal

from bench.results import Judgement

Better = Literal["lower", "higher"]

ALPHA = 0.05
"""One minus the confidence of every interval and of every sample floor."""
MARGIN = 0.05
"""Ratios within 1 / (1 + MARGIN) to 1 + MARGIN make no practical difference."""
MINIMUM_TRIALS = 6
"""The fewest trials whose extremes hold the median at 95 %: 1 - 2 / 2^6 is 0.969, but 1 - 2 / 2^5 is 0.938."""
INTERVAL_WARNING = "an interval at 95 % needs {needed} trials, there are {trials}"


@dataclass(frozen=True)
class Summary:
    """The median of some values, and its interval: None where there are too few values for one."""

    center: float
    low: float | None
    high: float | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ratio:
    """other / base over paired trials. The numbers are None where there is no pair; infinity is possible."""

    ratio: float | None
    low: float | None
    high: float | None
    trials: int
    verdict: Judgement
    warnings: tuple[str, ...] = ()


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value with at least `percent` % of the values at or below it.

    Raises ValueError without values, or when `percent` is not in (0, 100].
    """
    if not values or not 0 < percent <= 100:
        raise ValueError(f"no percentile {percent} of {len(values)} values")
    exact = Fraction(str(percent)) / 100  # binary floats would push 99.9 % of 1000 to rank 1000
    return sorted(values)[ceil(exact * len(values)) - 1]


def sample_floor(percent: float) -> int:
    """How many values it takes until one of them lies beyond the true percentile with 95 % confidence.

    The smallest n with (percent / 100)^n <= 0.05; below it the largest value is merely called p99.
    """
    return ceil(log(ALPHA) / log(percent / 100))


def p_value_of_slower(first: Sequence[float], others: Sequence[float]) -> float:
    """How likely it is by chance alone that `first` holds as many of the larger values as it does, or more.

    The one-sided rank-sum test of Mann and Whitney, by the normal approximation with corrections for ties and for
    continuity (Conover, Practical Nonparametric Statistics, 5.1). 1 where all values are equal. Raises ValueError
    where either has none.
    """
    if not first or not others:
        raise ValueError("no values to compare")
    ordered = sorted(others)
    beaten = sum((bisect_left(ordered, value) + bisect_right(ordered, value)) / 2 for value in first)
    pairs, total = len(first) * len(others), len(first) + len(others)
    ties = sum(same**3 - same for same in Counter([*first, *others]).values()) / (total * (total - 1))
    spread = sqrt(pairs / 12 * (total + 1 - ties))
    return 1 - NormalDist().cdf((beaten - pairs / 2 - 0.5) / spread) if spread else 1.0


def interval_ranks(count: int) -> tuple[int, int] | None:
    """Ranks, from 1, of the values that hold the median with at least 95 %; None with too few values.

    Each value is below the median with probability one half, so the number of values below it is binomial
    (Conover, Practical Nonparametric Statistics, 3.2). The interval is the narrowest symmetric one.
    """
    below = 0  # ways in which fewer than `rank` of `count` values lie below the median
    rank = 0
    while 2 * (below + comb(count, rank)) <= ALPHA * 2**count:
        below += comb(count, rank)
        rank += 1
    return (rank, count + 1 - rank) if rank else None


def summarise(values: Sequence[float]) -> Summary:
    """The median with its exact rank interval. Raises ValueError without values."""
    if not values:
        raise ValueError("no values to summarise")
    ordered = sorted(values)
    low, high = _interval(ordered)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return Summary(middle, low, high, _interval_warnings(len(ordered)))


def compare(base: Mapping[int, float], other: Mapping[int, float], better: Better) -> Ratio:
    """The median of the per-trial ratios other / base, and what it says of `other`.

    Both map a trial's number to its value. Trials without a partner are left out and named. 0 / 0 is a draw and
    counts as 1; x / 0 is infinite. Where the number of trials is even, the median is the geometric mean of the
    middle two, so that swapping base and other gives the reciprocal.
    """
    shared = sorted(base.keys() & other.keys())
    warnings = [f"trial {trial} has no partner" for trial in sorted(base.keys() ^ other.keys())]
    if not shared:
        return Ratio(None, None, None, 0, "inconclusive", (*warnings, "no trial measured both"))
    if any(base[trial] < 0 or other[trial] < 0 for trial in shared):
        warnings.append("a value is below 0, so there is no ratio")
        return Ratio(None, None, None, len(shared), "inconclusive", tuple(warnings))
    zeros = sum(base[trial] == 0 for trial in shared)
    if zeros:
        warnings.append(f"the base is 0 in {zeros} of {len(shared)} trials")
    ratios = sorted(_divide(other[trial], base[trial]) for trial in shared)
    low, high = _interval(ratios)
    warnings += _interval_warnings(len(ratios))
    middle = _geometric_mean(ratios[(len(ratios) - 1) // 2], ratios[len(ratios) // 2])
    return Ratio(middle, low, high, len(ratios), judge(low, high, better), tuple(warnings))


def judge(low: float | None, high: float | None, better: Better) -> Judgement:
    """What the interval of other / base says about `other`: a difference must matter from end to end of it."""
    if low is None or high is None:
        return "inconclusive"
    if low >= 1 / (1 + MARGIN) and high <= 1 + MARGIN:
        return "no difference"
    if high < 1 / (1 + MARGIN):
        return "better" if better == "lower" else "worse"
    if low > 1 + MARGIN:
        return "worse" if better == "lower" else "better"
    return "inconclusive"


def _interval(ordered: Sequence[float]) -> tuple[float | None, float | None]:
    ranks = interval_ranks(len(ordered))
    return (ordered[ranks[0] - 1], ordered[ranks[1] - 1]) if ranks else (None, None)


def _interval_warnings(trials: int) -> tuple[str, ...]:
    if trials >= MINIMUM_TRIALS:
        return ()
    return (INTERVAL_WARNING.format(needed=MINIMUM_TRIALS, trials=trials),)


def _divide(other: float, base: float) -> float:
    if base == 0:
        return 1.0 if other == 0 else inf
    return other / base


def _geometric_mean(a: float, b: float) -> float:
    if a == b:
        return a
    if a == 0 and isinf(b):
        return 1.0  # half the pairs wholly for one, half wholly for the other
    return sqrt(a) * sqrt(b)
