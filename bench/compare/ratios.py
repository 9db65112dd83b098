"""What became of every number that two runs share. Pure.

The two are independent samples of trials: trial 3 of the one has nothing to do with trial 3 of the other. What is
asked in them is the same where the seed is, but no use is made of that: intervals are wider for it, and what differs
between prompts is never taken for certainty.
"""

from collections.abc import Mapping, Sequence
from math import exp, inf, isinf, log
from sys import float_info

from bench.charts.data import gather
from bench.charts.key import key_places
from bench.compare.record import Change, Compared, End
from bench.estimates import Place, numbers_by_trial
from bench.metrics import METRICS
from bench.results import Estimate, Judgement, Run, Trial
from bench.stats import ALPHA, Better, judge
from bench.two_samples import is_enough, shift, values_needed
from bench.validity import is_usable

_LARGEST = log(float_info.max)
Sides = tuple[list[Trial], list[Trial]]
"""The usable trials of A and of B."""


def compare(a: Run, b: Run, targets: Sequence[str]) -> list[Compared]:
    """Every estimate of these targets that both runs have: by target, then the places that tell most first.

    The others stand beside `targets[0]`. What is a key number is decided by A alone.
    """
    theirs = {_name(estimate): estimate for estimate in b.estimates}
    shared = [ours for ours in a.estimates if _name(ours) in theirs and ours.target in targets]
    sides: Sides = [trial for trial in a.trials if is_usable(trial)], [trial for trial in b.trials if is_usable(trial)]
    places = key_places(gather(a, ()))
    key = {(*place, *chosen) for place, keys in places for chosen in keys}
    telling = [place for place, _ in places]

    def order(estimate: Estimate) -> tuple[int, int, str, int]:
        at = (estimate.scenario, estimate.sessions)
        return targets.index(estimate.target), telling.index(at) if at in telling else len(telling), *at

    return [
        _compared(ours, theirs[_name(ours)], sides, targets[0], _place(ours) in key)
        for ours in sorted(shared, key=order)
        if ours.metric in METRICS
    ]


def change(base: Sequence[float], other: Sequence[float], better: Better | None) -> Change:
    """other / base of the values of single trials, with what it says of `other`.

    0 / 0 counts as 1, and x / 0 is infinite. Without values, or with one below 0, there is no ratio.
    """
    if not base or not other:
        return _none(better, "in one of the two no trial has a number", len(base), len(other))
    if min(*base, *other) < 0:
        return _none(better, "a value is below 0, so there is no ratio", len(base), len(other))
    found = shift([_log(value) for value in base], [_log(value) for value in other], ALPHA)
    ends: Mapping[End, float | None] = {"ratio": _exp(found.center), "low": _exp(found.low), "high": _exp(found.high)}
    return Change(
        ratio=_finite(ends["ratio"]),
        low=_finite(ends["low"]),
        high=_finite(ends["high"]),
        infinite=[end for end, number in ends.items() if number == inf],
        base_trials=len(base),
        other_trials=len(other),
        verdict=None if better is None else judge(ends["low"], ends["high"], better),
        warnings=_warnings(base, other),
    )


def _warnings(base: Sequence[float], other: Sequence[float]) -> list[str]:
    said = [
        f"{name} is 0 in {zeros} of {len(values)} trials"
        for name, values in (("A", base), ("B", other))
        if (zeros := sum(value == 0 for value in values))
    ]
    if not is_enough(len(base), len(other), ALPHA):
        needed = values_needed(ALPHA)
        said.append(f"an interval at 95 % needs {needed} trials in each run, there are {len(base)} and {len(other)}")
    return said


def _name(estimate: Estimate) -> tuple[str, Place]:
    return estimate.target, _place(estimate)


def _place(estimate: Estimate) -> Place:
    return estimate.scenario, estimate.sessions, estimate.metric, estimate.statistic


def _compared(ours: Estimate, theirs: Estimate, sides: Sides, first: str, is_key: bool) -> Compared:
    place, better = _place(ours), METRICS[ours.metric].better
    base, other = (list(numbers_by_trial(usable, ours.target, place).values()) for usable in sides)
    return Compared(
        target=ours.target,
        scenario=ours.scenario,
        sessions=ours.sessions,
        metric=ours.metric,
        statistic=ours.statistic,
        is_key=is_key,
        base=ours.center,
        other=theirs.center,
        change=change(base, other, better),
        beside=_beside(sides, ours.target, first, place),
    )


def _beside(sides: Sides, target: str, first: str, place: Place) -> Change | None:
    """The change of the ratio to the first target."""
    better = METRICS[place[2]].better
    if target == first or better is None:
        return None
    base, other = (_paired(usable, target, first, place) for usable in sides)
    if base is None or other is None:
        return _none(better, f"{first} is 0 or below in a trial, and nothing can be told beside that")
    return change(base, other, better)


def _paired(usable: Sequence[Trial], target: str, first: str, place: Place) -> list[float] | None:
    """target / first in each trial that has both; None where that is no number in one of them."""
    numbers, divisors = (numbers_by_trial(usable, name, place) for name in (target, first))
    shared = sorted(numbers.keys() & divisors.keys())
    if any(divisors[trial] <= 0 for trial in shared):
        return None
    return [numbers[trial] / divisors[trial] for trial in shared]


def _none(better: Better | None, why: str, base: int = 0, other: int = 0) -> Change:
    verdict: Judgement | None = None if better is None else "inconclusive"
    return Change(
        ratio=None, low=None, high=None, base_trials=base, other_trials=other, verdict=verdict, warnings=[why]
    )


def _log(value: float) -> float:
    return log(value) if value else -inf


def _exp(number: float | None) -> float | None:
    """Infinite also where the number would be larger than a float can be."""
    if number is None:
        return None
    return exp(number) if number < _LARGEST else inf


def _finite(number: float | None) -> float | None:
    return None if number is None or isinf(number) else number
