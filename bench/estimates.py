"""From trials to estimates with intervals, and to comparisons paired by trial. INVALID trials stay out."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import isinf

from bench import stats
from bench.metrics import METRICS, floor_of
from bench.pairs import pairs
from bench.results import Comparison, Estimate, Run, Trial
from bench.validity import is_usable

Place = tuple[str, int, str, str]
"""Scenario, sessions, metric, statistic."""


def estimate(run: Run) -> list[Estimate]:
    """One per target, place and statistic that was measured there."""
    usable = _usable(run)
    found = []
    for place, target in product(_places(usable), run.targets):
        there = _at(place, target.name, usable)
        if there:
            found.append(_estimate(place, target.name, there))
    return found


def compare(run: Run) -> list[Comparison]:
    """Each target against its base, wherever both measured a metric that has a better direction."""
    usable = _usable(run)
    found: list[Comparison] = []
    for place, (base, other) in product(_places(usable), pairs(run.targets)):
        better = METRICS[place[2]].better
        both = _at(place, base, usable), _at(place, other, usable)
        if better is not None and all(both):
            ratio = stats.compare(_representative(place, both[0]), _representative(place, both[1]), better)
            found.append(_comparison(place, base, other, ratio))
    return found


def numbers_by_trial(usable: Sequence[Trial], target: str, place: Place) -> dict[int, float]:
    """Trial number to the number that an estimate stands on; none where those that have one are too few to speak."""
    return _representative(place, _at(place, target, usable))


def _usable(run: Run) -> list[Trial]:
    return [trial for trial in run.trials if is_usable(trial)]


def _places(usable: Sequence[Trial]) -> list[Place]:
    """Every place with a number or a want of one, in the order of the tables."""
    places = {
        (trial.scenario, trial.sessions, metric, statistic): None
        for metric in METRICS
        for trial in usable
        if metric in trial.metrics
        for statistic in METRICS[metric].statistics
    }
    return list(places)


def _at(place: Place, target: str, usable: Sequence[Trial]) -> dict[int, Trial]:
    """Trial number to trial, of those that measured the metric there."""
    scenario, sessions, metric, _ = place
    return {
        trial.trial: trial
        for trial in usable
        if (trial.target, trial.scenario, trial.sessions) == (target, scenario, sessions) and metric in trial.metrics
    }


def _numbers(place: Place, there: Mapping[int, Trial]) -> dict[int, float]:
    _, _, metric, statistic = place
    values = {number: trial.metrics[metric].values.get(statistic) for number, trial in there.items()}
    return {number: value for number, value in values.items() if value is not None}


def _representative(place: Place, there: Mapping[int, Trial]) -> dict[int, float]:
    """None where the few trials with values enough for the statistic would speak for those without."""
    numbers = _numbers(place, there)
    return numbers if len(numbers) == len(there) or len(numbers) >= stats.MINIMUM_TRIALS else {}


def _estimate(place: Place, target: str, there: Mapping[int, Trial]) -> Estimate:
    scenario, sessions, metric, statistic = place
    numbers = _numbers(place, there)
    representative = _representative(place, there)
    counts = [trial.metrics[metric].count for trial in there.values()]
    warnings = []
    if len(numbers) < len(there):
        warnings.append(
            f"{statistic} needs {floor_of(statistic)} values in a trial; "
            f"{len(there) - len(numbers)} of {len(there)} trials have fewer, the least {min(counts)}"
        )
    summary = stats.summarise(list(representative.values())) if representative else None
    return Estimate(
        target=target,
        scenario=scenario,
        sessions=sessions,
        metric=metric,
        statistic=statistic,
        center=summary.center if summary else None,
        low=summary.low if summary else None,
        high=summary.high if summary else None,
        trials=len(numbers),
        count=sum(counts),
        warnings=[*warnings, *(summary.warnings if summary else ())],
    )


def _comparison(place: Place, base: str, other: str, ratio: stats.Ratio) -> Comparison:
    scenario, sessions, metric, statistic = place
    return Comparison(
        scenario=scenario,
        sessions=sessions,
        metric=metric,
        statistic=statistic,
        base=base,
        other=other,
        ratio=_finite(ratio.ratio),
        low=_finite(ratio.low),
        high=_finite(ratio.high),
        trials=ratio.trials,
        verdict=ratio.verdict,
        warnings=list(ratio.warnings),
    )


def _finite(number: float | None) -> float | None:
    """JSON has no infinity. The verdict was reached with it, and the warning says that the base is 0."""
    return None if number is None or isinf(number) else number
