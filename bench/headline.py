"""What a run says, in one or two sentences that a manager could repeat.

Every sentence is put together from the estimates; where the numbers do not support one it is not said.
"""

from collections.abc import Mapping, Sequence

from bench import units
from bench.book import HOLDS, UNNOTICED_SECONDS, Book, Place, crowd_places, interruption_place, telling_place
from bench.faults import words as faults
from bench.pairs import FEW
from bench.results import Run
from bench.stats import MINIMUM_TRIALS


def headline(run: Run) -> str:
    """The answer. Empty only when there is no trial at all."""
    book = Book(run)
    findings = [*_interruption(book), *_crowd(book), *_faults(run)] or _first_words(book)
    sentences = [*_silent_targets(book), *findings]
    if run.trials and not sentences:
        sentences = ["There were too few turns to say anything."]
    if sentences and run.validity.verdict == "INVALID":
        sentences.insert(0, "This measurement is invalid and must not be relied on.")
    return " ".join(sentences)


def _faults(run: Run) -> list[str]:
    sentence = faults.sentence(run)
    return [sentence] if sentence else []


def _silent_targets(book: Book) -> list[str]:
    """Targets that died, and targets with which nothing worked."""
    sentences = []
    for target in book.targets:
        name = book.names[target.name]
        executions = {
            trial.order: trial for trial in book.run.trials if trial.target == target.name and not trial.superseded
        }
        dead = [t for t in executions.values() if any(reason.check == "server died" for reason in t.reasons)]
        if dead:
            sentences.append(f"{name} died in {len(dead)} of {len(executions)} trials.")
        trials = book.trials(target.name)
        if trials and not any(trial.turns.ok for trial in trials):
            sentences.append(f"With {name} no turn succeeded.")
    return sentences


def _interruption(book: Book) -> list[str]:
    place = interruption_place(book)
    if place is None:
        return []
    stops = book.centers(place, "stop_seconds", "p50")
    phrases = _phrases(stops)
    said = [f"{_listed([book.names[name] for name in names])} {phrase}" for names, phrase in phrases]
    (first, silent), *others = phrases
    if len(first) > FEW and len(stops) == len(book.targets) and others:
        said[0] = f"all but {_listed([book.names[name] for names, _ in others for name in names])} {silent}"
    basis = _basis(book.fewest_trials(place, "stop_seconds", "p50"), place[1])
    return [f"Interrupted in mid-reply, {'; '.join(said)} ({basis}){_doubts(book, place, 'stop_seconds')}."]


def _phrases(stops: Mapping[str, float]) -> list[tuple[list[str], str]]:
    """Who does what when interrupted, from the one that stops soonest; of many, those that stop soon together."""
    ordered = sorted(stops, key=stops.__getitem__)
    soon = [name for name in ordered if stops[name] <= UNNOTICED_SECONDS] if len(stops) > FEW else []
    alike: dict[str, list[str]] = {}
    for name in ordered[len(soon) :]:
        alike.setdefault(_stopping(stops[name], plural=False), []).append(name)
    others = [(names, _stopping(stops[names[0]], plural=len(names) > 1)) for names in alike.values()]
    if not soon:
        return others
    latest = _stopping(stops[soon[-1]], plural=len(soon) > 1)
    return [(soon, latest.replace("after", "within") if len(soon) > 1 else latest), *others]


def _stopping(seconds: float, *, plural: bool) -> str:
    ending = "" if plural else "s"
    if seconds <= 0:
        return f"fall{ending} silent at once"
    if seconds <= UNNOTICED_SECONDS:
        return f"fall{ending} silent after {units.seconds(seconds)}"
    return f"talk{ending} on for {units.seconds(seconds)}"


def _crowd(book: Book) -> list[str]:
    places = crowd_places(book)
    if not places:
        return []
    objective = f"{book.run.objective_seconds:g} s"
    shares = {place: book.centers(place, "goodput_ratio", "value") for place in places}
    telling = telling_place(book)
    if telling is not None:
        ordered = sorted(shares[telling].items(), key=lambda item: item[1])
        alike: dict[str, list[str]] = {}
        for name, answered in ordered:
            alike.setdefault(units.percent(answered), []).append(book.names[name])
        (least_said, worst), *others = alike.items()
        only = "only " if ordered[0][1] < HOLDS else ""
        said = f"With {units.people(telling[1])} {_listed(worst)} {_answers(worst)} {only}{least_said} of prompts"
        rest = "".join(f"; {_listed(names)} {_answers(names)} {percent}" for percent, names in others)
        basis = _basis(book.fewest_trials(telling, "goodput_ratio", "value"))
        return [f"{said} within {objective}{rest} ({basis})."]
    names = _listed([book.names[target.name] for target in book.targets if target.name in shares[places[-1]]])
    plural = "" if len(shares[places[-1]]) > 1 else "s"
    least = min(share for at in shares.values() for share in at.values())
    said = f"Up to {units.people(places[-1][1])} {names} answer{plural} at least {units.percent(least)} of prompts"
    basis = _basis(min(book.fewest_trials(place, "goodput_ratio", "value") for place in places))
    return [f"{said} within {objective} ({basis}): the limit was not reached."]


def _answers(names: Sequence[str]) -> str:
    return "answers" if len(names) == 1 else "answer"


def _first_words(book: Book) -> list[str]:
    places = book.places("ttft_seconds", "p50")
    place = max(places, key=lambda at: (len(book.centers(at, "ttft_seconds", "p50")), -at[1]), default=None)
    if place is None:
        return []
    found = book.centers(place, "ttft_seconds", "p50")
    said = [f"{units.seconds(found[name])} with {book.names[name]}" for name in sorted(found, key=found.__getitem__)]
    basis = _basis(book.fewest_trials(place, "ttft_seconds", "p50"), place[1])
    return [f"The first words come after {_listed(said)} ({basis}){_doubts(book, place, 'ttft_seconds')}."]


def _basis(trials: int, sessions: int | None = None) -> str:
    """What a sentence rests on; `sessions` where it does not say itself how many people there were."""
    people = "" if sessions is None else f", {units.people(sessions)}"
    if trials == 1:
        return f"median of one trial{people}; a first look, not evidence"
    few = "; too few trials for an interval" if trials < MINIMUM_TRIALS else ""
    return f"median of {trials} trials{people}{few}"


def _doubts(book: Book, place: Place, metric: str) -> str:
    """What the comparisons of targets add, where there were trials enough to compare."""
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
        for base in dict.fromkeys(comparison.base for comparison in there):
            alike = [c.other for c in there if (c.base, c.verdict) == (base, verdict)]
            if alike:
                clauses.append(clause.format(_listed([book.names[name] for name in (base, *alike)])))
    return f": {'; '.join(clauses)}" if clauses else ""


def _listed(names: Sequence[str]) -> str:
    """'A', 'A and B', 'A, B and C'."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
