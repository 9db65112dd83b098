"""What a server is asked to hold: conditions on the metrics of a trial, written as people say them.

`ttft_from_plan p95 <= 1.5s, failures <= 1%`: conditions with commas between, each of a metric (a name of
`bench.metrics.METRICS`, whose ending _seconds, _bytes or _ratio may be left off), a statistic (p95 where none is
given and the metric has it), one of <=, <, >=, >, and a number with its unit. Pure.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from bench.errors import BenchError
from bench.metrics import METRICS, Metric, Unit, floor_of
from bench.results import Trial

DEFAULT = "ttft_from_plan p95 <= 1.5s, failures <= 1%"
PATIENCE_SECONDS = 1.5
"""How long first words may take, where the objective does not say: what a turn is held to that no percentile shows."""
NOBODY_LEFT_OUT = "unserved <= 0%"
"""Added to every objective that does not speak of it. So many people, each with an answer, is what a load means."""

Answer = Literal["held", "missed", "not known"]

_ENDINGS = ("_seconds", "_bytes", "_ratio")
_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}
_UNITS: Mapping[Unit, Mapping[str, float]] = {
    "s": {"ms": 1e-3, "s": 1.0},
    "B": {"kB": 1e3, "MB": 1e6, "GB": 1e9},
    "ratio": {"%": 1e-2, "": 1.0},
    "count": {"": 1.0},
    "per second": {"": 1.0},
    "cores": {"": 1.0},
}
"""What a bound of a metric may be given in, and what to multiply it with."""
_CONDITION = re.compile(
    r"(?P<metric>\w+)(?:\s+(?P<statistic>[a-z]+|p\d+(?:\.\d+)?))?\s*(?P<sign><=|>=|<|>)\s*"
    r"(?P<number>-?\d+(?:\.\d*)?|-?\.\d+)\s*(?P<unit>[A-Za-z%]*)"
)


@dataclass(frozen=True)
class Condition:
    """One number of a trial, and the bound it is held to."""

    text: str
    """As it was given."""
    metric: str
    statistic: str
    sign: str
    bound: float
    """In the metric's own unit."""


@dataclass(frozen=True)
class Finding:
    """What a condition came to in one trial."""

    condition: Condition
    value: float | None
    """None where the metric does not apply, or has too few values for the statistic."""
    count: int
    """How many single values there were."""

    @property
    def met(self) -> bool | None:
        """None where it is not known."""
        if self.value is None:
            return None
        return _OPERATORS[self.condition.sign](self.value, self.condition.bound)

    @property
    def needed(self) -> int:
        """How many values it takes to know."""
        return floor_of(self.condition.statistic)


@dataclass(frozen=True)
class Objective:
    """All of its conditions have to be met."""

    conditions: Sequence[Condition]

    @property
    def text(self) -> str:
        return ", ".join(condition.text for condition in self.conditions)

    @property
    def patience_seconds(self) -> float:
        """What a single turn's first words are held to: the bound on them, where there is one."""
        for metric in ("ttft_from_plan_seconds", "ttft_seconds"):
            for condition in self.conditions:
                if condition.metric == metric:
                    return condition.bound
        return PATIENCE_SECONDS

    def examine(self, trial: Trial) -> list[Finding]:
        """What each condition came to."""
        return [_find(condition, trial) for condition in self.conditions]


def judge(findings: Sequence[Finding]) -> Answer:
    """One condition that is missed decides; one that is not known is never taken for met."""
    if any(finding.met is False for finding in findings):
        return "missed"
    return "held" if all(finding.met for finding in findings) else "not known"


def parse(text: str) -> Objective:
    """The objective in words of the command line. Raises BenchError, which says what cannot be understood."""
    conditions = [_condition(part.strip()) for part in text.split(",")]
    added = _condition(NOBODY_LEFT_OUT)
    if not any(condition.metric == added.metric for condition in conditions):
        conditions.append(added)
    return Objective(conditions)


def _find(condition: Condition, trial: Trial) -> Finding:
    there = trial.metrics.get(condition.metric)
    if there is None:
        return Finding(condition, None, 0)
    return Finding(condition, there.values.get(condition.statistic), there.count)


def _condition(text: str) -> Condition:
    parts = _CONDITION.fullmatch(text)
    if parts is None:
        raise BenchError(f"objective: cannot read {text!r}; write it as in {DEFAULT!r}")
    metric = _metric(parts["metric"])
    _check_direction(metric, parts["sign"], text)
    bound = _bound(metric, parts["number"], parts["unit"], text)
    _check_possible(metric, parts["sign"], bound, text)
    return Condition(
        text=" ".join(text.split()),
        metric=metric.name,
        statistic=_statistic(metric, parts["statistic"]),
        sign=parts["sign"],
        bound=bound,
    )


def _metric(name: str) -> Metric:
    names = {short: metric for metric in METRICS.values() for short in (metric.name, _short(metric.name))}
    if name not in names:
        known = ", ".join(_short(metric) for metric in METRICS)
        raise BenchError(f"objective: there is no metric {name!r}; choose from {known}")
    return names[name]


def _short(name: str) -> str:
    """Without the ending that tells its unit."""
    return next((name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending)), name)


def _statistic(metric: Metric, given: str | None) -> str:
    if given is None:
        return "p95" if "p95" in metric.statistics else metric.statistics[0]
    if given not in metric.statistics:
        raise BenchError(f"objective: {metric.name} has no {given!r}; choose from {', '.join(metric.statistics)}")
    return given


def _check_direction(metric: Metric, sign: str, text: str) -> None:
    """The wrong way round, the largest crowd would hold it best."""
    if (metric.better == "lower" and ">" in sign) or (metric.better == "higher" and "<" in sign):
        turned = sign.translate(str.maketrans("<>", "><"))
        raise BenchError(
            f"objective: {text!r} asks for what nobody wants, for of {metric.name} {metric.better} is better; "
            f"turn it round with {turned}"
        )


def _check_possible(metric: Metric, sign: str, bound: float, text: str) -> None:
    if (sign == "<" and bound == 0) or (sign == ">" and metric.unit == "ratio" and bound == 1):
        raise BenchError(f"objective: {text!r} can never be met; include the bound itself, with {sign}=")


def _bound(metric: Metric, number: str, unit: str, text: str) -> float:
    units = _UNITS[metric.unit]
    value = float(number)
    if unit not in units and value != 0:
        kinds = " or ".join(name if name else "no unit" for name in units)
        raise BenchError(f"objective: {text!r} needs another unit: {metric.name} is given in {kinds}")
    bound = value * units.get(unit, 1.0)
    if not isfinite(bound) or bound < 0:
        raise BenchError(f"objective: {text!r} has a bound below 0, which no number of this kind can be")
    if metric.unit == "ratio" and bound > 1:
        raise BenchError(f"objective: {text!r} has a share beyond 100 %; write it as in 99% or 0.99")
    if metric.unit == "ratio" and metric.better == "lower" and bound == 1:
        raise BenchError(f"objective: {text!r} can hardly be missed, for the bound is 100 %; write it as in 1% or 0.01")
    return bound
