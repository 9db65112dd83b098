"""What a run says, in one or two sentences that a manager could repeat, and why it is so.

Every sentence is put together from the estimates; where the numbers do not support one it is not said. Nothing here
knows a target or a scenario by name: what a scenario shows is told by the metrics it produced.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bench import units
from bench.results import Estimate, Run, Target, Trial
from bench.stats import MINIMUM_TRIALS
from bench.validity import is_usable

HOLDS = 0.95
"""A load is held while this share of the prompts is answered within the objective."""
UNNOTICED_SECONDS = 0.2
"""About the pause between two people who take turns in talking: a reply that stops sooner seems to stop at once."""
FULL_CORE = 0.9
LONG_CONNECT_SECONDS = 0.5

Place = tuple[str, int]
"""Scenario and sessions."""


def headline(run: Run) -> str:
    """The answer. Empty only when there is no trial at all."""
    book = Book(run)
    sentences = [*_silent_targets(book), *_interruption(book), *_crowd(book)]
    if not _interruption(book) and not _crowd(book):
        sentences += _first_words(book)
    if run.trials and not sentences:
        sentences = ["There were too few turns to say anything."]
    if sentences and run.validity.verdict == "INVALID":
        sentences.insert(0, "This measurement is invalid and must not be relied on.")
    return " ".join(sentences)


def cause(run: Run) -> str:
    """Why, as far as the numbers tell. Empty when nothing calls for an explanation."""
    book = Book(run)
    return " ".join([*_why_it_talks_on(book), *_why_it_does_not_hold(book), *_leaks(book)])


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
        """Target name to what people call it: its label up to the first comma, where that tells it from the rest."""
        short = {target.name: target.label.split(",")[0].strip() for target in self.targets}
        shared = Counter(short.values())
        return {name: call if call and shared[call] == 1 else name for name, call in short.items()}

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


def _silent_targets(book: Book) -> list[str]:
    """Targets that died, and targets with which nothing worked."""
    sentences = []
    for target in book.targets:
        name = book.names[target.name]
        executions = {trial.order: trial for trial in book.run.trials if trial.target == target.name}
        dead = [t for t in executions.values() if any(reason.check == "server died" for reason in t.reasons)]
        if dead:
            sentences.append(f"{name} died in {len(dead)} of {len(executions)} trials.")
        trials = book.trials(target.name)
        if trials and not any(trial.turns.ok for trial in trials):
            sentences.append(f"With {name} no turn succeeded.")
    return sentences


def _interruption(book: Book) -> list[str]:
    place = _interruption_place(book)
    if place is None:
        return []
    stops = book.centers(place, "stop_seconds", "p50")
    phrases: dict[str, list[str]] = {}
    for name in sorted(stops, key=stops.__getitem__):
        phrases.setdefault(_stopping(stops[name], plural=False), []).append(name)
    said = [
        f"{_listed([book.names[name] for name in names])} {_stopping(stops[names[0]], plural=len(names) > 1)}"
        for names in phrases.values()
    ]
    basis = _basis(book, place, "stop_seconds")
    return [f"Interrupted in mid-reply, {'; '.join(said)} ({basis}){_doubts(book, place, 'stop_seconds')}."]


def _stopping(seconds: float, *, plural: bool) -> str:
    ending = "" if plural else "s"
    if seconds <= 0:
        return f"fall{ending} silent at once"
    if seconds <= UNNOTICED_SECONDS:
        return f"fall{ending} silent after {units.seconds(seconds)}"
    return f"talk{ending} on for {units.seconds(seconds)}"


def _interruption_place(book: Book) -> Place | None:
    """Where most targets were interrupted, and of those places the most crowded."""
    places = book.places("stop_seconds", "p50")
    return max(places, key=lambda place: (len(book.centers(place, "stop_seconds", "p50")), place[1]), default=None)


def _crowd(book: Book) -> list[str]:
    places = _crowd_places(book)
    if not places:
        return []
    objective = units.seconds(book.run.objective_seconds)
    shares = {place: book.centers(place, "goodput_ratio", "value") for place in places}
    telling = _telling_place(book)
    if telling is not None:
        ordered = sorted(shares[telling].items(), key=lambda item: item[1])
        (worst, share), *others = ordered
        only = "only " if share < HOLDS else ""
        said = f"With {telling[1]} people {book.names[worst]} answers {only}{units.percent(share)} of prompts"
        rest = "".join(f"; {book.names[name]} answers {units.percent(share)}" for name, share in others)
        return [f"{said} within {objective}{rest}."]
    names = _listed([book.names[target.name] for target in book.targets if target.name in shares[places[-1]]])
    plural = "" if len(shares[places[-1]]) > 1 else "s"
    least = min(share for at in shares.values() for share in at.values())
    said = f"Up to {places[-1][1]} people {names} answer{plural} at least {units.percent(least)} of prompts"
    return [f"{said} within {objective}: the limit was not reached."]


def _crowd_places(book: Book) -> list[Place]:
    """The steps of the scenario with the most steps, from few people to many; none without at least two."""
    by_scenario: dict[str, list[Place]] = {}
    for place in book.places("goodput_ratio", "value"):
        by_scenario.setdefault(place[0], []).append(place)
    places = max(by_scenario.values(), key=len, default=[])
    return sorted(places, key=lambda place: place[1]) if len(places) > 1 else []


def _telling_place(book: Book) -> Place | None:
    """The step that sets the targets apart the most, or the first that none of them holds; None if all hold all."""
    places = _crowd_places(book)
    shares = {place: book.centers(place, "goodput_ratio", "value").values() for place in places}
    failing = [place for place in places if min(shares[place]) < HOLDS]
    return max(failing, key=lambda place: max(shares[place]) - min(shares[place]), default=None)


def _first_words(book: Book) -> list[str]:
    places = book.places("ttft_seconds", "p50")
    place = max(places, key=lambda at: (len(book.centers(at, "ttft_seconds", "p50")), -at[1]), default=None)
    if place is None:
        return []
    found = book.centers(place, "ttft_seconds", "p50")
    said = [f"{units.seconds(found[name])} with {book.names[name]}" for name in sorted(found, key=found.__getitem__)]
    basis = _basis(book, place, "ttft_seconds")
    return [f"The first words come after {_listed(said)} ({basis}){_doubts(book, place, 'ttft_seconds')}."]


def _basis(book: Book, place: Place, metric: str) -> str:
    trials = book.fewest_trials(place, metric, "p50")
    people = f"{place[1]} people" if place[1] != 1 else "1 person"
    if trials == 1:
        return f"median of one trial, {people}; a first look, not evidence"
    few = "; too few trials for an interval" if trials < MINIMUM_TRIALS else ""
    return f"median of {trials} trials, {people}{few}"


def _doubts(book: Book, place: Place, metric: str) -> str:
    """What the comparisons with the first target add, where there were trials enough to compare."""
    there = [
        comparison
        for comparison in book.run.comparisons
        if (comparison.scenario, comparison.sessions) == place
        and (comparison.metric, comparison.statistic) == (metric, "p50")
        and comparison.trials >= MINIMUM_TRIALS
    ]
    clauses = []
    for verdict, clause in (
        ("no difference", "no practical difference between {}"),
        ("inconclusive", "the trials vary too much to tell {} apart"),
    ):
        alike = [comparison for comparison in there if comparison.verdict == verdict]
        if alike:
            names = [book.names[alike[0].base], *(book.names[comparison.other] for comparison in alike)]
            clauses.append(clause.format(_listed(names)))
    return f": {'; '.join(clauses)}" if clauses else ""


def _why_it_talks_on(book: Book) -> list[str]:
    place = _interruption_place(book)
    if place is None:
        return []
    sentences = []
    for target in book.targets:
        stop = book.center(target.name, place, "stop_seconds", "p50")
        acknowledged = book.entry(target.name, place, "acknowledged_ratio", "value")
        if stop is None or stop <= UNNOTICED_SECONDS or acknowledged is None or acknowledged.center is None:
            continue
        name = book.names[target.name]
        if acknowledged.center > 0:
            share = units.percent(acknowledged.center)
            sentences.append(f"{name} acknowledged {share} of the interruptions, but went on sending.")
        elif target.style == "blocking":
            sentences.append(
                f"{name} acknowledged none of {acknowledged.count} interruptions: while it sends a reply it does not "
                "read what comes in."
            )
        else:
            sentences.append(f"{name} acknowledged none of {acknowledged.count} interruptions.")
    return sentences


def _why_it_does_not_hold(book: Book) -> list[str]:
    place = _telling_place(book)
    if place is None:
        return []
    shares = book.centers(place, "goodput_ratio", "value")
    failing = [target for target in book.targets if shares.get(target.name, 1.0) < HOLDS]
    return [
        f"At {place[1]} people {book.names[target.name]} falls behind because {reason}."
        if (reason := _bottleneck(book, target, place))
        else f"Why {book.names[target.name]} falls behind at {place[1]} people, the numbers do not say."
        for target in failing
    ]


def _bottleneck(book: Book, target: Target, place: Place) -> str | None:
    reasons = (_threads_taken, _processor_full, _turns_failed)
    return next((why for reason in reasons if (why := reason(book, target, place))), None)


def _threads_taken(book: Book, target: Target, place: Place) -> str | None:
    if target.threads is None or place[1] <= target.threads:
        return None
    within = [at for at in _crowd_places(book) if at[1] <= target.threads]
    before = [book.center(target.name, at, "connect_seconds", "max") for at in within]
    usual = max((seconds for seconds in before if seconds is not None), default=0.0)
    longest = book.center(target.name, place, "connect_seconds", "max")
    if longest is None or longest < LONG_CONNECT_SECONDS or longest < 5 * usual:
        return f"it has {target.threads} threads, and each person needs one"
    return f"all its {target.threads} threads are taken: people waited up to {units.seconds(longest)} to connect"


def _processor_full(book: Book, target: Target, place: Place) -> str | None:
    share = book.center(target.name, place, "cpu_share", "value")
    if share is None or share < FULL_CORE:
        return None
    return f"it uses {units.show(share, 'cores')}, and one Python process can hardly use more than one"


def _turns_failed(book: Book, target: Target, place: Place) -> str | None:
    trials = book.trials(target.name, place)
    failed = sum(trial.turns.failed for trial in trials)
    ended = failed + sum(trial.turns.ok for trial in trials)
    labels: Counter[str] = Counter()
    for trial in trials:
        labels.update(trial.failures)
    if not labels or failed <= (1 - HOLDS) * ended:
        return None
    return f"{failed} of its {ended} turns failed, most often: {labels.most_common(1)[0][0]}"


def _leaks(book: Book) -> list[str]:
    """A leak in a single trial would vanish in a median, so all are added up."""
    sentences = []
    for target in book.targets:
        measured = [trial.metrics.get("leaked_chunks") for trial in book.trials(target.name)]
        leaked = sum(statistics.values.get("total") or 0 for statistics in measured if statistics)
        if leaked:
            chunks = "chunk" if leaked == 1 else "chunks"
            sentences.append(
                f"{book.names[target.name]} sent {leaked:.0f} {chunks} of old replies after saying they were cut."
            )
    return sentences


def _listed(names: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
