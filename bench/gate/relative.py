"""The rule of the gate where the two arms were measured at different times: by their ratio to a yardstick. Pure.

Times of another day, or of another machine, are never compared. What is compared is by how much a service is slower or
faster than another server measured beside it in the same block, then and now. That ratio, times what the yardstick
took then, is put where `rule` has a value; for the two are not paired, Wilcoxon's test for two samples takes the place
of the one for pairs. Margins, floors and the certainty asked for are the same.
"""

from collections.abc import Sequence
from math import exp, isfinite, log
from statistics import median

from bench import two_samples
from bench.gate import losses
from bench.gate.gated import Gated
from bench.gate.losses import Lost
from bench.gate.rule import (
    BEARABLE,
    INTERVAL_ALPHA,
    Decision,
    Pair,
    Shift,
    Verdict,
    check,
    scatter_of,
    smallest_ratio,
    verdict,
)


def decide(gated: Gated, before: Sequence[Pair], now: Sequence[Pair], alpha: float) -> Decision:
    """What blocks of then and of now say. Of each pair `base` is the yardstick and `head` the service.

    A block in which the yardstick is 0 says nothing, nor does one of then in which the service had no value: as the
    worst there is it would allow anything now. Raises ValueError for values that are no numbers, or below 0.
    """
    check(gated, [*before, *now])
    old, new = scaled([pair for pair in before if isfinite(pair.head)], now)
    enough = bool(old and new)
    worse, bearable = (p_worse(gated, old, new), p_bearable(gated, old, new)) if enough else (1.0, 1.0)
    known = [value for value in new if isfinite(value)]
    both = bool(old and known)
    ratios = both and min(*old, *known) > 0
    return Decision(
        verdict=verdict(worse, bearable, alpha),
        pairs=len(new),
        missing=len(new) - len(known),
        base=median(old) if old else None,
        head=median(known) if known else None,
        ratio=_ratio(old, known) if ratios else None,
        difference=_difference(old, known) if both else None,
        p_worse=worse,
        p_bearable=bearable,
        alpha=alpha,
        scatter=scatter_of([log(value) for value in known]) if ratios else None,
        visible_ratio=_visible_ratio(gated, old, known, alpha) if ratios else None,
    )


def judge_losses(before: Sequence[int], now: Sequence[int], alpha: float) -> Verdict:
    """As `losses.judge`; where turns were lost before too, more must be lost in more blocks than by chance."""
    if not any(before):
        return losses.judge([Lost(0, count) for count in now], alpha)
    if not now:
        return "INCONCLUSIVE"
    if two_samples.p_greater(now, before) <= alpha:
        return "FAIL"
    return "PASS" if sum(now) * len(before) <= sum(before) * len(now) else "INCONCLUSIVE"


def scaled(before: Sequence[Pair], now: Sequence[Pair]) -> tuple[list[float], list[float]]:
    """What the service would have taken in each block, then and now, beside a yardstick that took its median then."""
    known = [pair.base for pair in before if pair.base > 0]
    scale = median(known) if known else 1.0
    old, new = ([pair.head / pair.base * scale for pair in pairs if pair.base > 0] for pairs in (before, now))
    return old, new


def p_worse(gated: Gated, old: Sequence[float], new: Sequence[float]) -> float:
    """How likely such values are, were those of now no worse than their limit. Raises ValueError without any."""
    return two_samples.p_greater(new, [gated.limit(value) for value in old])


def p_bearable(gated: Gated, old: Sequence[float], new: Sequence[float]) -> float:
    """How likely they are, were they worse than twice the margin. Raises ValueError without any."""
    return two_samples.p_greater([gated.limit(value, BEARABLE) for value in old], new)


def _ratio(old: Sequence[float], new: Sequence[float]) -> Shift:
    found = two_samples.shift([log(value) for value in old], [log(value) for value in new], INTERVAL_ALPHA)
    low, high = (None if bound is None else exp(bound) for bound in (found.low, found.high))
    return Shift(exp(found.center), low, high)


def _difference(old: Sequence[float], new: Sequence[float]) -> Shift:
    found = two_samples.shift(old, new, INTERVAL_ALPHA)
    return Shift(found.center, found.low, found.high)


def _visible_ratio(gated: Gated, old: Sequence[float], new: Sequence[float], alpha: float) -> float | None:
    """The smallest shift of all that was measured now with which it would have failed."""
    middle = log(_ratio(old, new).center)

    def fails(shift: float) -> bool:
        return p_worse(gated, old, [value * exp(shift - middle) for value in new]) <= alpha

    return smallest_ratio(fails)
