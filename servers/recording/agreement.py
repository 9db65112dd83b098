"""How far two recordings of the same conversation lie apart, frame by frame. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from servers.fake_gemini.notes import Note
from servers.fake_gemini.repertoire import Part, Turn, part_of
from servers.recording.reading import Recording


@dataclass(frozen=True, slots=True)
class Pair:
    """A frame in both; None where one of them has none."""

    first: Note | None
    second: Note | None

    @property
    def is_same(self) -> bool:
        """Whether it is of the same kind, as long, and with the same words."""
        return bool(self.first and self.second) and _looks(self.first) == _looks(self.second)

    @property
    def apart_seconds(self) -> float:
        """How much later it came in the second. Raises ValueError where it is not in both."""
        if not self.first or not self.second:
            raise ValueError("a frame that is missing has no time")
        return self.second.due_seconds - self.first.due_seconds


def _looks(note: Note | None) -> tuple[object, ...]:
    return (note.is_text, note.words, note.audio_bytes, len(note.octets)) if note else ()


def pairs(first: Recording, second: Recording) -> list[Pair]:
    """The frames of both, session by session and turn by turn, each timed from its prompt or its setup on."""
    found = []
    for ours, theirs in zip_longest(_parts(first), _parts(second)):
        for one, other in zip_longest(_stretches(ours), _stretches(theirs), fillvalue=()):
            found += [Pair(*both) for both in zip_longest(one, other)]
    return found


def _parts(recording: Recording) -> list[Part]:
    return [part_of(session) for session in recording.sessions if session.frames]


def _stretches(part: Part | None) -> Iterator[tuple[Note, ...]]:
    if part:
        yield part.greeting
        yield part.asides
        yield from map(_notes, part.turns)


def _notes(turn: Turn) -> tuple[Note, ...]:
    return turn.notes + turn.afterwards
