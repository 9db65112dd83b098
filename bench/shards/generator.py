"""What is to be said against the load generator of one shard: all that a shard concludes, for it sees no more."""

from collections.abc import Sequence

from bench import validity
from bench.results import Reason, Trial

OF_THE_GENERATOR = validity.MACHINE | {"two ledgers", "lost turns", "lost records", "no window"}
"""Checks that look at the load and not at what was loaded."""


def against(trials: Sequence[Trial]) -> list[Reason]:
    """Each check once, as the worst of the windows has it. The trials are as if the shard were all of the load."""
    reasons = [reason for trial in trials for reason in trial.reasons if reason.check in OF_THE_GENERATOR]
    worst: dict[str, Reason] = {}
    for reason in sorted(reasons, key=lambda reason: validity.SEVERITY[reason.verdict]):
        worst[reason.check] = reason
    return list(worst.values())
