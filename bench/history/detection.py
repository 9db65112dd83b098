"""Where a series of runs changed for good: steps, told from noise, from outliers and from slow drift. Pure.

On the logarithm, so that a step is a ratio. Outliers are drawn in to where noise could have put them; the segments are
those that cost the least with a penalty for each step (PELT, by the library ruptures), the penalty coming from the
noise between neighbouring runs. A step is kept where it is larger than the metric's margin, where a straight line does
not explain the runs as well, and where shuffled runs hardly ever show one as clear, wherever it is looked for in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log

import numpy as np
import ruptures

from bench.history.shuffles import MINIMUM_SEGMENT, Series, chance_of_line, chance_of_step, clarity

ALPHA = 0.01
"""Of runs that only differ by chance, how many shuffles may show a step as clear as the one that is kept."""
MINIMUM_RUNS = 10
"""The fewest that can tell: of 252 ways to halve ten runs two part them as clearly as a clean step, under 1 %."""
_OUTLIER_SIGMAS = 3.0
_NEIGHBOURS = 2
"""On each side: two outliers in a row do not outvote the rest of five."""
_PENALTY = 3.0
"""In variances of the noise, for each step and for each logarithm of the number of runs: stricter than the 2 of the
Bayesian information criterion, as what is left out here nobody hears of twice."""
_NOISE_SHARE = 0.1
"""Of the margin: noise below it is taken to be as large, so that runs which agree to the digit stay whole."""
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class Segment:
    """Runs `first` up to but not including `end` that lie on one level, the median."""

    first: int
    end: int
    level: float


@dataclass(frozen=True)
class Step:
    """`at` is the first run on the new level."""

    at: int
    before: float
    after: float
    ratio: float
    """Of what counts: values below the floor as the floor."""
    p_value: float


@dataclass(frozen=True)
class Drift:
    """A slow change all along: a straight line explains the runs better than steps do."""

    first: float
    last: float
    """Where the line begins and ends."""
    p_value: float

    @property
    def ratio(self) -> float:
        return self.last / self.first


@dataclass(frozen=True)
class Found:
    """What became of looking: levels with the steps between them, or a drift, which has neither. None of them, and no
    noise, with too few runs."""

    noise: float | None = None
    """The standard deviation from run to run, as a share."""
    segments: tuple[Segment, ...] = ()
    steps: tuple[Step, ...] = ()
    drift: Drift | None = None


@dataclass(frozen=True)
class _Sought:
    """A series made ready."""

    raw: Series
    calm: Series
    """Outliers drawn in to where noise could just have put them: a test by shuffling stays honest."""
    cleared: Series
    """Outliers in the place of which their neighbourhood stands: a pair of them makes no level of its own."""
    sigma: float
    margin: float
    """As a logarithm."""

    @property
    def penalty(self) -> float:
        return float(_PENALTY * self.sigma**2 * log(len(self.calm)))


def find(values: Sequence[float], margin: float, floor: float) -> Found:
    """The steps in the values of runs in the order of time.

    `margin` is the share from which on a change matters, `floor` the value below which all are as good as each other;
    zero has no logarithm, so it has to be above 0. Raises ValueError where it is not, or a value is not finite.
    """
    if floor <= 0 or margin <= 0:
        raise ValueError("margin and floor have to be above 0")
    if not np.isfinite(values).all():
        raise ValueError("a value is not finite")
    if len(values) < MINIMUM_RUNS:
        return Found()
    sought = _sought(values, margin, floor)
    cuts = _candidates(sought)
    drift = _drift(sought, cuts)
    if drift:
        return Found(exp(sought.sigma) - 1, drift=drift)
    kept = _kept(sought, cuts)
    segments = _segments(values, sorted(kept))
    steps = tuple(_step(sought, before, after, kept[after.first]) for before, after in pairwise(segments))
    return Found(exp(sought.sigma) - 1, segments, steps)


def _sought(values: Sequence[float], margin: float, floor: float) -> _Sought:
    raw = np.log(np.maximum(np.asarray(values, dtype=np.float64), floor))
    sigma = max(noise_of(raw), _NOISE_SHARE * log(1 + margin))
    around, reach = _around(raw), _OUTLIER_SIGMAS * sigma
    calm = np.clip(raw, around - reach, around + reach)
    return _Sought(raw, calm, np.where(calm == raw, raw, around), sigma, log(1 + margin))


def noise_of(series: Series) -> float:
    """Its standard deviation from run to run: from the differences of neighbours, which steps hardly touch."""
    return float(np.median(np.abs(np.diff(series)))) * _MAD_TO_SIGMA / float(np.sqrt(2))


def _around(series: Series) -> Series:
    """For each value the median of the five there: as many at the ends, so that no pair outvotes the rest there."""
    last = len(series) - 2 * _NEIGHBOURS - 1
    begins = [min(max(0, place - _NEIGHBOURS), last) for place in range(len(series))]
    medians: Series = np.median(np.lib.stride_tricks.sliding_window_view(series, 2 * _NEIGHBOURS + 1), axis=1)[begins]
    return medians


def _candidates(sought: _Sought) -> list[int]:
    search = ruptures.KernelCPD(kernel="linear", min_size=MINIMUM_SEGMENT, jump=1)
    found: list[int] = search.fit(sought.calm).predict(pen=sought.penalty)
    return found[:-1]  # the last one is the end


def _drift(sought: _Sought, cuts: Sequence[int]) -> Drift | None:
    """A straight line, where it explains the whole better than the steps, or than nothing, and amounts to something."""
    line_cost, slope = _line(sought.calm)
    edges = [0, *cuts, len(sought.calm)]
    steps_cost = sum(_spread(sought.calm[first:end]) for first, end in pairwise(edges))
    if line_cost + sought.penalty >= steps_cost + len(cuts) * sought.penalty:
        return None
    whole = slope * (len(sought.calm) - 1)
    p_value = chance_of_line(sought.calm)
    if abs(whole) <= sought.margin or p_value > ALPHA:
        return None
    middle = float(sought.calm.mean())
    return Drift(exp(middle - whole / 2), exp(middle + whole / 2), p_value)


def _kept(sought: _Sought, cuts: Sequence[int]) -> dict[int, float]:
    """Cut to how likely it is by chance. The least convincing one goes first, and what it parted is joined."""
    left = list(cuts)
    while left:
        left = _settled(sought.calm, left)
        judged = {cut: _doubt(sought, *_neighbours(left, index, len(sought.calm))) for index, cut in enumerate(left)}
        worst = max(judged, key=lambda cut: judged[cut])
        if judged[worst] <= ALPHA:
            return judged
        left.remove(worst)
    return {}


def _neighbours(cuts: Sequence[int], index: int, length: int) -> tuple[int, int, int]:
    """Where the segment before a cut begins, the cut, and where the one behind it ends."""
    return (cuts[index - 1] if index else 0), cuts[index], (cuts[index + 1] if index + 1 < len(cuts) else length)


def _settled(calm: Series, cuts: Sequence[int]) -> list[int]:
    """Each cut where it parts its two neighbours best, now that others have gone."""
    settled = list(cuts)
    for index in range(len(settled)):
        first, _, end = _neighbours(settled, index, len(calm))
        settled[index] = first + MINIMUM_SEGMENT + int(np.argmax(clarity(calm[None, first:end])[0]))
    return settled


def _doubt(sought: _Sought, first: int, cut: int, end: int) -> float:
    """The chance of a step as clear among shuffled runs; beyond 1 where it is none for another reason."""
    before, after = sought.cleared[first:cut], sought.cleared[cut:end]
    size = abs(float(np.median(after) - np.median(before)))
    if size <= sought.margin:
        return 3.0 - size  # the smallest goes first
    calm = sought.calm[first:end]
    if _line(calm)[0] <= _spread(calm[: cut - first]) + _spread(calm[cut - first :]):
        return 2.0
    # both: a pair of outliers leaves a step in the one, and neighbours' medians, being alike, leave some in the other
    return max(chance_of_step(calm), chance_of_step(sought.cleared[first:end]))


def _spread(series: Series) -> float:
    """The sum of squares around the mean."""
    return float(((series - series.mean()) ** 2).sum())


def _line(series: Series) -> tuple[float, float]:
    """The sum of squares around the best straight line, and its slope."""
    places = np.arange(len(series)) - (len(series) - 1) / 2
    slope = float(series @ places / (places @ places))
    return _spread(series - slope * places), slope


def _segments(values: Sequence[float], cuts: Sequence[int]) -> tuple[Segment, ...]:
    edges = [0, *cuts, len(values)]
    return tuple(Segment(first, end, float(np.median(values[first:end]))) for first, end in pairwise(edges))


def _step(sought: _Sought, before: Segment, after: Segment, p_value: float) -> Step:
    levels = [float(np.median(sought.raw[each.first : each.end])) for each in (before, after)]
    return Step(after.first, before.level, after.level, exp(levels[1] - levels[0]), p_value)
