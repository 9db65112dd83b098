"""What was seen of each fault at each target, all trials together. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from bench.faults.account import OF_A_LIMIT
from bench.faults.record import SEEN, Holding, Seen, Struck
from bench.results import Run, Target, Trial
from bench.validity import is_usable

MOMENTS = ("connect", "setup", "prompt", "mid_reply", "turn_end", "idle", OF_A_LIMIT)
Kind = tuple[str, str]
"""When in the life of a session, and which fault."""


@dataclass(frozen=True)
class Tally:
    """Strikes of one kind, or of several, at one target."""

    strikes: Sequence[Struck]

    @property
    def known(self) -> int:
        """Of how many it is known what the person saw."""
        return sum(number for seen, number in self.counts.items() if seen != "unknown")

    @property
    def dark(self) -> int:
        """Of how many the person had neither a reply nor an error."""
        return sum(self.counts.get(seen, 0) for seen in ("closed", "cut_short", "given_up"))

    @cached_property
    def counts(self) -> Mapping[Seen, int]:
        found = Counter(strike.seen for strike in self.strikes)
        return {seen: found[seen] for seen in SEEN if found[seen]}

    @property
    def lost(self) -> int:
        """Turns."""
        return sum(strike.lost for strike in self.strikes)

    @property
    def costly(self) -> int:
        """Strikes by which a turn was lost."""
        return len([strike for strike in self.strikes if strike.lost])

    @property
    def recovered(self) -> int:
        """Of those, how many had their answer in the end."""
        return len([strike for strike in self.strikes if strike.recovered])

    @property
    def known_seconds(self) -> float | None:
        """The median."""
        return _median(strike.known_seconds for strike in self.strikes)

    @property
    def recovered_seconds(self) -> float | None:
        """The median."""
        return _median(strike.recovered_seconds for strike in self.strikes)


@dataclass(frozen=True)
class Tallies:
    """All strikes of a run."""

    by_target: Mapping[str, Mapping[Kind, Tally]]
    """In the order of the run's targets; those that no fault struck are left out."""

    @property
    def kinds(self) -> list[Kind]:
        """In the order of a session's life, and then in the order in which they first struck."""
        found = dict.fromkeys(kind for tallies in self.by_target.values() for kind in tallies)
        return sorted(found, key=lambda kind: MOMENTS.index(kind[0]))

    def of(self, target: str, kind: Kind) -> Tally:
        return self.by_target[target].get(kind, Tally(()))

    def all_of(self, target: str) -> Tally:
        return Tally([strike for tally in self.by_target[target].values() for strike in tally.strikes])


def trials_of(run: Run, target: Target) -> list[Trial]:
    """Those of a target in which faults struck; INVALID ones only where there are no others."""
    there = [t for t in run.trials if t.target == target.name and t.faults and not t.superseded]
    return [trial for trial in there if is_usable(trial)] or there


def tallies_of(run: Run) -> Tallies:
    """An execution with several windows suffered all of it once."""
    by_target = {}
    for target in run.targets:
        executions = {trial.order: trial.faults for trial in trials_of(run, target)}
        found: dict[Kind, list[Struck]] = {}
        for suffered in executions.values():
            for strike in suffered.struck if suffered else ():
                found.setdefault((strike.moment, strike.fault), []).append(strike)
        if found:
            by_target[target.name] = {kind: Tally(strikes) for kind, strikes in found.items()}
    return Tallies(by_target)


def wrongly_touched(run: Run, target: Target) -> int:
    """Sessions, those of INVALID trials too, for that is what made them so."""
    suffered = {t.order: t.faults for t in run.trials if t.target == target.name and t.faults and not t.superseded}
    return sum(n for each in suffered.values() if each is not None for n in each.wrongly_touched.values())


def holdings(run: Run, target: Target) -> list[tuple[Holding, Holding]]:
    """What its server held before and after each execution."""
    suffered = [trial.faults for trial in trials_of(run, target)]
    return [(each.before, each.after) for each in suffered if each and each.before and each.after]


def _median(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return median(there) if there else None
