"""The estimates of a run, looked up by what they are of, and the places in it that tell a story.

No target and no scenario is known by name: what a scenario shows is told by the metrics it produced.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench.results import Estimate, Run, Target, Trial
from bench.validity import is_usable

HOLDS = 0.95
"""A load is held while this share of the prompts is answered within the objective."""
UNNOTICED_SECONDS = 0.2
"""About the pause between two people who take turns in talking: a reply that stops sooner seems to stop at once."""

Place = tuple[str, int]
"""Scenario and sessions."""


def names_of(targets: Sequence[Target]) -> dict[str, str]:
    """Target name to what people call it: its label up to the first comma, where that tells it from the rest."""
    short = {target.name: target.label.split(",")[0].strip() for target in targets}
    shared = Counter(short.values())
    return {name: call if call and shared[call] == 1 else name for name, call in short.items()}


@dataclass(frozen=True)
class Book:
    """The estimates of a run, looked up by what they are of."""

    run: Run

    @cached_property
    def _entries(self) -> Mapping[tuple[str, str, int, str, str], Estimate]:
        return {(e.target, e.scenario, e.sessions, e.metric, e.statistic): e for e in self.run.estimates}

    @cached_property
    def targets(self) -> list[Target]:
        return self.run.targets

    @cached_property
    def names(self) -> Mapping[str, str]:
        return names_of(self.targets)

    def entry(self, target: str, place: Place, metric: str, statistic: str) -> Estimate | None:
        return self._entries.get((target, *place, metric, statistic))

    def center(self, target: str, place: Place, metric: str, statistic: str) -> float | None:
        entry = self.entry(target, place, metric, statistic)
        return entry.center if entry else None

    def centers(self, place: Place, metric: str, statistic: str) -> dict[str, float]:
        """Target name to number, of the targets that have one there."""
        found = {target.name: self.center(target.name, place, metric, statistic) for target in self.targets}
        return {name: number for name, number in found.items() if number is not None}

    def places(self, metric: str, statistic: str) -> list[Place]:
        """Where the metric has a number for some target."""
        return list(
            dict.fromkeys(
                (e.scenario, e.sessions)
                for e in self.run.estimates
                if (e.metric, e.statistic) == (metric, statistic) and e.center is not None
            )
        )

    def fewest_trials(self, place: Place, metric: str, statistic: str) -> int:
        entries = [self.entry(target.name, place, metric, statistic) for target in self.targets]
        return min((entry.trials for entry in entries if entry and entry.center is not None), default=0)

    def trials(self, target: str, place: Place | None = None) -> list[Trial]:
        """The usable trials of a target, all or at one place."""
        return [
            trial
            for trial in self.run.trials
            if trial.target == target
            and is_usable(trial)
            and (place is None or (trial.scenario, trial.sessions) == place)
        ]


def interruption_place(book: Book) -> Place | None:
    """Where most targets were interrupted, and of those places the most crowded."""
    places = book.places("stop_seconds", "p50")
    return max(places, key=lambda place: (len(book.centers(place, "stop_seconds", "p50")), place[1]), default=None)


def crowd_places(book: Book) -> list[Place]:
    """The steps of the scenario with the most steps, from few people to many; none without at least two."""
    by_scenario: dict[str, list[Place]] = {}
    for place in book.places("goodput_ratio", "value"):
        by_scenario.setdefault(place[0], []).append(place)
    places = max(by_scenario.values(), key=len, default=[])
    return sorted(places, key=lambda place: place[1]) if len(places) > 1 else []


def telling_place(book: Book) -> Place | None:
    """The step that sets the targets apart the most, or the first that none of them holds; None if all hold all."""
    places = crowd_places(book)
    shares = {place: book.centers(place, "goodput_ratio", "value").values() for place in places}
    failing = [place for place in places if min(shares[place]) < HOLDS]
    return max(failing, key=lambda place: max(shares[place]) - min(shares[place]), default=None)
