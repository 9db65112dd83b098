"""What turns show of a model's timing, whether they were recorded or planned. Pure.

A chunk is a frame with words to read. The last one of a reply is as long as what is left, so it tells nothing of how
long chunks are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from servers.fake_gemini.frames import BYTES_PER_SAMPLE, SAMPLES_PER_SECOND
from servers.fake_gemini.notes import Note
from servers.fake_gemini.repertoire import Turn
from servers.fake_gemini.timing import Plan, Profile, plan_turn


@dataclass
class Samples:
    """Seconds and words, one value for each time that something was seen."""

    first_chunk_seconds: list[float] = field(default_factory=list)
    """From the prompt on."""
    gap_seconds: list[float] = field(default_factory=list)
    """From chunk to chunk."""
    reply_seconds: list[float] = field(default_factory=list)
    """From the prompt to the last chunk."""
    reply_words: list[float] = field(default_factory=list)
    first_chunk_words: list[float] = field(default_factory=list)
    """Of replies with more than one chunk."""
    later_chunk_words: list[float] = field(default_factory=list)
    """Of chunks between the first and the last."""
    interruption_seconds: list[float] = field(default_factory=list)
    audio_frame_seconds: list[float] = field(default_factory=list)

    @property
    def turns(self) -> int:
        return len(self.first_chunk_seconds)

    def enter(self, due_seconds: Sequence[float], words: Sequence[int]) -> None:
        """Takes note of one reply: when each of its chunks was there, and how many words it brought."""
        self.first_chunk_seconds.append(due_seconds[0])
        self.gap_seconds += (max(0.0, after - before) for before, after in pairwise(due_seconds))
        self.reply_seconds.append(due_seconds[-1])
        self.reply_words.append(sum(words))
        if len(words) > 1:
            self.first_chunk_words.append(words[0])
            self.later_chunk_words += words[1:-1]


def recorded(turns: Iterable[Turn]) -> Samples:
    """What recorded turns show. One that was cut shows only how long that takes."""
    samples = Samples()
    for turn in turns:
        if turn.interruption_seconds is not None:
            samples.interruption_seconds.append(turn.interruption_seconds)
        samples.audio_frame_seconds += _sounds(turn.notes)
        chunks = [(note.due_seconds, len(note.words.split())) for note in turn.notes if note.words is not None]
        if turn.is_whole and chunks:
            samples.enter([due for due, _ in chunks], [words for _, words in chunks])
    return samples


def planned(profile: Profile, turns: int, seed: int = 1) -> Samples:
    """What so many turns of a profile show; of one seed always the same ones."""
    samples = Samples()
    for plan in _plans(profile, turns, seed):
        samples.enter(plan.chunks_due_seconds, plan.chunks_words)
    return samples


def _plans(profile: Profile, turns: int, seed: int) -> Iterator[Plan]:
    return (plan_turn(profile, seed, f"turn {number}") for number in range(turns))


def _sounds(notes: Iterable[Note]) -> Iterator[float]:
    """The length of each frame of sound, in seconds."""
    return (note.audio_bytes / BYTES_PER_SAMPLE / SAMPLES_PER_SECOND for note in notes if note.audio_bytes)
