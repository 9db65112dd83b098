"""Why a run came out as it did, as far as the numbers tell."""

from bench import units
from bench.book import HOLDS, UNNOTICED_SECONDS, Book, Place, interruption_place, telling_place
from bench.bottleneck import Bottleneck, bottleneck
from bench.pairs import FEW
from bench.results import Run, Target


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
    found = {target.name: _bottleneck(book, target, place) for target in failing}
    doubted = [name for name, bound in found.items() if bound and bound.kind == "machine"]
    if len(doubted) <= FEW:
        doubted = []
    sentences = [
        f"At {units.people(place[1])} {book.names[name]} falls behind because {bound.because}."
        if bound
        else f"Why {book.names[name]} falls behind at {units.people(place[1])}, the numbers do not say."
        for name, bound in found.items()
        if name not in doubted
    ]
    if doubted:
        names = ", ".join(book.names[name] for name in doubted)
        sentences.append(
            f"With {len(doubted)} more ({names}) the machine, and perhaps not the server, was at its limit: the doubts "
            "of this run tell where."
        )
    return sentences


def _bottleneck(book: Book, target: Target, place: Place) -> Bottleneck | None:
    return bottleneck(target, book.trials(target.name, place), book.run.environment.memory_bytes)


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
