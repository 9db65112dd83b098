"""From a gate's trials to pairs of values and counts of lost turns, block by block. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.gate.gated import Gated
from bench.gate.losses import Lost
from bench.gate.rule import Pair
from bench.results import Trial

SERVERS_OWN = frozenset({"server died", "server not ready", "cross-talk"})
"""Checks that a server fails by itself: that loses its turns, and spoils no measurement."""


@dataclass(frozen=True)
class Block:
    """The trials of both arms."""

    number: int
    base: Trial
    head: Trial

    @property
    def spoiled(self) -> bool:
        """Whether something beside the servers makes one of them say nothing."""
        return is_spoiled(self.base) or is_spoiled(self.head)

    def pair(self, gated: Gated) -> Pair | None:
        """None where one of the two has no such value, as with too few turns for a percentile."""
        base, head = _value(self.base, gated), _value(self.head, gated)
        return None if base is None or head is None else Pair(base, head)

    @property
    def lost(self) -> Lost:
        return Lost(lost_turns(self.base), lost_turns(self.head))


def blocks_of(trials: Sequence[Trial], base: str, head: str) -> list[Block]:
    """Those in which both arms were measured, in order."""
    found: Mapping[int, dict[str, Trial]] = defaultdict(dict)
    for trial in trials:
        found[trial.trial][trial.target] = trial
    return [
        Block(number, arms[base], arms[head]) for number, arms in sorted(found.items()) if {base, head} <= arms.keys()
    ]


def is_spoiled(trial: Trial) -> bool:
    """Whether a trial is INVALID for another reason than what its server did."""
    return any(reason.verdict == "INVALID" and reason.check not in SERVERS_OWN for reason in trial.reasons)


def lost_turns(trial: Trial) -> int:
    """Turns that failed or never ended; at least one where the server failed in a way that no turn of the window tells.

    A turn that never ended was given many times as long as any reply takes.
    """
    broken = any(reason.check in SERVERS_OWN for reason in trial.reasons)
    return max(trial.turns.failed + trial.turns.unfinished, int(broken))


def _value(trial: Trial, gated: Gated) -> float | None:
    statistics = trial.metrics.get(gated.metric)
    return statistics.values.get(gated.statistic) if statistics else None
