"""The rule of the gate: from pairs of values, one of each revision in each block, to a decision. Pure.

Of each pair is taken how far the head lies beyond the limit that the base sets it (`Gated.beyond`). Wilcoxon's exact
signed-rank test says whether that is above 0 by more than chance: then the metric FAILs. The same test against twice
the margin, downwards, says whether the head is surely bearable: then it PASSes. Between the two it is INCONCLUSIVE, and
never a pass. All of a gate together shut it by chance in at most one gate of a hundred, though the head were as bad as
is just allowed; each metric and each look at the blocks has its part of that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log
from statistics import median
from typing import Literal

from bench.gate import signed_rank
from bench.gate.gated import GATED, Gated

Verdict = Literal["PASS", "FAIL", "INCONCLUSIVE"]

FAMILY_ALPHA = 0.01
ALPHA = FAMILY_ALPHA / (len(GATED) + 1)
"""Of one metric, or of lost turns, over all looks (Bonferroni)."""
INTERVAL_ALPHA = 0.05
FIRST_LOOK_BLOCKS = 12
FIRST_LOOK_SHARE = 0.2
"""Of the certainty that is spent on looking before the end."""
LEAST_BLOCKS = signed_rank.least_count(ALPHA)
"""With fewer nothing can be told at all."""
MEASURED_SHARE = 0.75
"""Of the blocks that count, in which a metric must have been measured to pass."""
BEARABLE = 2
"""How many margins are surely too much: what is not shown to be below is no pass."""
WIDEST = log(100)


@dataclass(frozen=True)
class Pair:
    """A metric in one block."""

    base: float
    head: float
    """Infinite where the head answered too few turns for it to have a value."""


@dataclass(frozen=True)
class Look:
    """After how many blocks it is looked whether to go on, and how likely a false alarm may be there."""

    blocks: int
    alpha: float


@dataclass(frozen=True)
class Shift:
    """By how much the head differs: an estimate and its 95 % interval, which takes six pairs."""

    center: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Decision:
    """What the pairs say of one metric."""

    verdict: Verdict
    pairs: int
    missing: int
    """In how many of these the head had no value, which counts as the worst there is; the numbers are of the rest."""
    base: float | None
    """The median over blocks."""
    head: float | None
    ratio: Shift | None
    """head / base; None where a value is 0 or there is no pair."""
    difference: Shift | None
    """head - base, in the metric's unit."""
    p_worse: float
    p_bearable: float
    alpha: float
    """Below which a p decides."""
    scatter: float | None
    """Standard deviation of ln(head / base) over blocks, from the median of its deviations: what a block is off by."""
    visible_ratio: float | None
    """The smallest head / base that would have FAILed with blocks that scatter as these do. None where none would."""


def looks(blocks: int) -> list[Look]:
    """When to look, where so many blocks are planned."""
    if blocks <= FIRST_LOOK_BLOCKS:
        return [Look(blocks, ALPHA)]
    first = FIRST_LOOK_SHARE * ALPHA
    return [Look(FIRST_LOOK_BLOCKS, first), Look(blocks, ALPHA - first)]


def look_at(done: int, planned: Sequence[Look], *, ended: bool) -> Look | None:
    """The look that is due after so many blocks; where that is the end, the last, with all that is left to spend."""
    if not ended:
        return next((look for look in planned[:-1] if look.blocks == done), None)
    spent = sum(look.alpha for look in planned[:-1] if look.blocks < done)
    return Look(done, ALPHA - spent)


def p_worse(gated: Gated, pairs: Sequence[Pair]) -> float:
    """How likely such pairs are, were the head no worse than its limit."""
    return signed_rank.p_above_zero([gated.beyond(pair.base, pair.head) for pair in pairs])


def p_bearable(gated: Gated, pairs: Sequence[Pair]) -> float:
    """How likely they are, were it worse than twice the margin."""
    return signed_rank.p_below_zero([gated.beyond(pair.base, pair.head, BEARABLE) for pair in pairs])


def verdict(worse: float, bearable: float, alpha: float) -> Verdict:
    """From the two p-values."""
    return "FAIL" if worse <= alpha else "PASS" if bearable <= alpha else "INCONCLUSIVE"


def check(gated: Gated, pairs: Sequence[Pair]) -> None:
    """Raises ValueError for values that are no numbers, or below 0."""
    if any(not (pair.base >= 0 and pair.head >= 0) for pair in pairs):
        raise ValueError(f"{gated.name}: a value is below 0 or no number")


def decide(gated: Gated, pairs: Sequence[Pair], alpha: float) -> Decision:
    """What the pairs say. Raises ValueError as `check`."""
    check(gated, pairs)
    worse, bearable = p_worse(gated, pairs), p_bearable(gated, pairs)
    known = [pair for pair in pairs if isfinite(pair.head)]
    shifts = _log_ratios(known)
    return Decision(
        verdict=verdict(worse, bearable, alpha),
        pairs=len(pairs),
        missing=len(pairs) - len(known),
        base=median(pair.base for pair in known) if known else None,
        head=median(pair.head for pair in known) if known else None,
        ratio=_as_ratio(_shift(shifts)) if shifts else None,
        difference=_shift([pair.head - pair.base for pair in known]) if known else None,
        p_worse=worse,
        p_bearable=bearable,
        alpha=alpha,
        scatter=scatter_of(shifts) if shifts else None,
        visible_ratio=_visible_ratio(gated, known, shifts, alpha) if shifts else None,
    )


def _log_ratios(pairs: Sequence[Pair]) -> list[float]:
    """Empty where one has no ratio."""
    if any(pair.base == 0 or pair.head == 0 for pair in pairs):
        return []
    return [log(pair.head / pair.base) for pair in pairs]


def _shift(differences: Sequence[float]) -> Shift:
    bounds = signed_rank.interval(differences, INTERVAL_ALPHA) or (None, None)
    return Shift(signed_rank.center(differences), *bounds)


def _as_ratio(shift: Shift) -> Shift:
    low, high = (None if bound is None else exp(bound) for bound in (shift.low, shift.high))
    return Shift(exp(shift.center), low, high)


def scatter_of(shifts: Sequence[float]) -> float:
    """A standard deviation, from the median of the deviations, so that a wild block or two make no difference."""
    middle = median(shifts)
    return 1.4826 * median(abs(shift - middle) for shift in shifts)


def _visible_ratio(gated: Gated, pairs: Sequence[Pair], shifts: Sequence[float], alpha: float) -> float | None:
    """The smallest shift of all blocks alike with which they would have failed."""
    middle = signed_rank.center(shifts)

    def fails(shift: float) -> bool:
        moved = [
            Pair(pair.base, pair.base * exp(own - middle + shift)) for pair, own in zip(pairs, shifts, strict=True)
        ]
        return p_worse(gated, moved) <= alpha

    return smallest_ratio(fails)


def smallest_ratio(fails: Callable[[float], bool]) -> float | None:
    """The smallest ratio whose logarithm fails, where all larger ones do too; None where none does."""
    low, high = 0.0, WIDEST
    if not fails(high):
        return None
    while high - low > 0.001:
        halfway = (low + high) / 2
        low, high = (low, halfway) if fails(halfway) else (halfway, high)
    return exp(high)
