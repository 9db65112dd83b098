"""From a gate's trials to pairs of values and counts of lost turns, block by block. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf

from bench.gate.gated import Gated
from bench.gate.losses import Lost
from bench.gate.rule import Pair
from bench.metrics import PERCENTILES
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
        """None where one of the two has no such value, as where its processes could not be watched.

        A head that answers too few turns for a percentile, where the base does not, is the worst there is: left out,
        it would be judged by the blocks in which it was better.
        """
        base, head = _value(self.base, gated), _value(self.head, gated)
        if base is None or (head is None and gated.statistic not in PERCENTILES):
            return None
        return Pair(base, inf if head is None else head)

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
    """Turns that failed or never ended; or people who never got a word, where these are more, for who waits to be let
    in asks nothing. At least one where the server failed in a way that neither tells.

    A turn that never ended was given many times as long as any reply takes.
    """
    broken = not trial.turns.ok or any(reason.check in SERVERS_OWN for reason in trial.reasons)
    return max(trial.turns.failed + trial.turns.unfinished, unserved_people(trial), int(broken))


def unserved_people(trial: Trial) -> int:
    """Who attempted a turn and never got a word."""
    unserved = trial.metrics.get("unserved_ratio")
    return round(unserved.count * (unserved.values.get("value") or 0.0)) if unserved else 0


def _value(trial: Trial, gated: Gated) -> float | None:
    statistics = trial.metrics.get(gated.metric)
    return statistics.values.get(gated.statistic) if statistics else None
