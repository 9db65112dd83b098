"""In what order: every trial of every case, the targets interleaved and shuffled by the seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.profile import CasePlan, Profile


@dataclass(frozen=True)
class Planned:
    """One execution to come."""

    order: int
    """Its place in the run, from 1."""
    trial: int
    case: CasePlan
    target: str
    seed: int
    """Of the simulated people: the same for all targets of a trial, so that they ask the same things."""
    max_turns: int | None = None
    """How many turns it may begin at the most; None where there is no limit."""


def plan(profile: Profile, targets: Sequence[str], seed: int) -> list[Planned]:
    """All executions in order. Trials go round the cases, so that an interrupted run has measured each a little."""
    dice = random.Random(seed)
    executions: list[Planned] = []
    for trial in range(1, max(case.trials for case in profile.case) + 1):
        for case in profile.case:
            if trial > case.trials:
                continue
            for target in dice.sample(targets, len(targets)):
                executions.append(Planned(len(executions) + 1, trial, case, target, seed * 1000 + trial))
    return executions
