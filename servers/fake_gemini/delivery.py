"""What a reply consists of on the wire, and when each piece is due: words, sound and what lies between. Pure."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import NamedTuple

from servers.fake_gemini import frames
from servers.fake_gemini.timing import Plan, Profile
from servers.fake_gemini.voice import Voice

THOUGHT_SHARE = 0.65
"""When a thought is let out, as a share of the time to the first chunk."""


class Piece(NamedTuple):
    """One frame of a reply."""

    due_seconds: float
    """From the start of the turn."""
    fragment: str = ""
    """The words of a chunk, which the voice has a frame for; empty where it is none."""
    words: int = 0
    frame: bytes = b""
    """What is sent of a piece without words, or where nobody asked for them; empty where that is nothing."""
    sounds: bool = False
    """Whether audio is part of it."""


def pieces_of(plan: Plan, fragments: Sequence[str], voice: Voice, profile: Profile) -> list[Piece]:
    """A reply in the order of its moments."""
    if voice.modality == "TEXT":
        return list(map(Piece, plan.chunks_due_seconds, fragments, plan.chunks_words))
    pieces = list(_spoken(plan, fragments, voice, profile))
    if voice.thought:
        pieces.append(Piece(plan.chunks_due_seconds[0] * THOUGHT_SHARE, frame=voice.thought))
    return sorted(pieces, key=lambda piece: (piece.due_seconds, not piece.words))  # of one moment, the words go first


def _spoken(plan: Plan, fragments: Sequence[str], voice: Voice, profile: Profile) -> Iterator[Piece]:
    style, sound = voice.style, voice.sound
    noise = cycle(frames.NOISE)
    for index, moments in enumerate(_moments_of_sound(plan, profile)):
        fragment, words = fragments[index], plan.chunks_words[index]
        first, *others = moments
        if style.shares_frames:
            yield Piece(first, fragment, words, sound, sounds=True)
        else:
            yield Piece(plan.chunks_due_seconds[max(0, index - style.transcripts_ahead)], fragment, words)
            yield Piece(first, frame=sound, sounds=True)
        for moment in others:
            if style.noisy:
                yield Piece(moment, frame=next(noise))
            yield Piece(moment, frame=sound, sounds=True)
        if style.remarks and index == 0:
            yield Piece(moments[-1], frame=frames.REMARK_COMPLETE)


def _moments_of_sound(plan: Plan, profile: Profile) -> Iterator[list[float]]:
    """When the audio frames of each chunk are due. They fill the time until the next chunk evenly."""
    dues = plan.chunks_due_seconds
    ends = [*dues[1:], dues[-1] + profile.gap_seconds.median]
    words = sent = 0
    for begin, end, more in zip(dues, ends, plan.chunks_words, strict=True):
        words += more
        count = max(1, _frames_for(words, profile) - sent) if profile.words_per_second else 1
        sent += count
        yield [begin + (end - begin) * number / count for number in range(count)]


def _frames_for(words: int, profile: Profile) -> int:
    assert profile.words_per_second is not None
    return round(words / profile.words_per_second / profile.audio_frame_seconds)
