"""What a probe says of the server, or why it says nothing. Pure."""

from dataclasses import dataclass

from bench.capacity.record import Checked
from bench.capacity.search import Answer
from bench.objective import Finding, Objective, judge
from bench.results import Trial
from bench.validity import MACHINE

OF_THE_SERVER = frozenset({"server died", "cross-talk"})
"""Checks that make a trial INVALID and are an answer all the same: a server that dies under a load, or mixes people up,
does not hold it."""


@dataclass(frozen=True)
class Judged:
    answer: Answer
    checked: list[Checked]
    because: str = ""
    """Why nothing is known of the server, where it was spoiled."""


def answer(trial: Trial, objective: Objective) -> Judged:
    """One that the instrument spoiled is neither held nor missed, whatever its numbers are."""
    findings = objective.examine(trial)
    checked = [_checked(finding) for finding in findings]
    invalid = [reason for reason in trial.reasons if reason.verdict == "INVALID"]
    spoiling = [reason for reason in invalid if reason.check not in OF_THE_SERVER]
    if spoiling:
        worst = next((reason for reason in spoiling if reason.check in MACHINE), spoiling[0])
        return Judged("spoiled", checked, f"{worst.check}: {worst.message}")
    return Judged("missed" if invalid else judge(findings), checked)


def _checked(finding: Finding) -> Checked:
    condition = finding.condition
    subject, sign, bound = condition.text.partition(condition.sign)
    return Checked(
        subject=subject.strip(),
        bound=f"{sign} {bound.strip()}",
        metric=condition.metric,
        statistic=condition.statistic,
        value=finding.value,
        count=finding.count,
        needed=finding.needed,
        met=finding.met,
    )
