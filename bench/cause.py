"""Why a run came out as it did, as far as the numbers tell."""

from collections import Counter

from bench import units
from bench.book import HOLDS, UNNOTICED_SECONDS, Book, Place, interruption_place, telling_place
from bench.results import Run, Target
from bench.windows import LONG_CONNECT_SECONDS

FULL_CORE = 0.9
NEVER_CONNECTED = "connect_timeout"
"""The load's label for somebody who gave up waiting for a connection."""


def cause(run: Run) -> str:
    """Empty when nothing calls for an explanation."""
    book = Book(run)
    return " ".join([*_why_it_talks_on(book), *_why_it_does_not_hold(book), *_leaks(book)])


def _why_it_talks_on(book: Book) -> list[str]:
    place = interruption_place(book)
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
    place = telling_place(book)
    if place is None:
        return []
    shares = book.centers(place, "goodput_ratio", "value")
    failing = [target for target in book.targets if shares.get(target.name, 1.0) < HOLDS]
    return [
        f"At {units.people(place[1])} {book.names[target.name]} falls behind because {reason}."
        if (reason := _bottleneck(book, target, place))
        else f"Why {book.names[target.name]} falls behind at {units.people(place[1])}, the numbers do not say."
        for target in failing
    ]


def _bottleneck(book: Book, target: Target, place: Place) -> str | None:
    reasons = (_threads_taken, _processor_full, _turns_failed)
    return next((why for reason in reasons if (why := reason(book, target, place))), None)


def _threads_taken(book: Book, target: Target, place: Place) -> str | None:
    """More people than threads are no proof: somebody must have been seen to wait for one, or to give up waiting."""
    if target.threads is None or place[1] <= target.threads:
        return None
    trials = book.trials(target.name, place)
    measured = [
        trial.metrics["connect_seconds"].values.get("max") for trial in trials if "connect_seconds" in trial.metrics
    ]
    longest = max((seconds for seconds in measured if seconds is not None), default=0.0)
    if longest >= LONG_CONNECT_SECONDS:
        return f"all its {target.threads} threads are taken: people waited up to {units.seconds(longest)} to connect"
    gave_up = sum(trial.failures.get(NEVER_CONNECTED, 0) for trial in trials)
    if gave_up:
        return f"all its {target.threads} threads are taken: {units.people(gave_up)} never got connected"
    return None


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
