import json

import pytest

from servers.fake_gemini import frames
from servers.fake_gemini.delivery import Piece, pieces_of
from servers.fake_gemini.models import LIVE_31, LIVE_38, LIVE_38_THINKING, NATIVE_25, PLAIN, Model, Style
from servers.fake_gemini.refusals import INTERNAL
from servers.fake_gemini.timing import Plan, Profile, load_profile
from servers.fake_gemini.voice import Voice, voice_of

PLAN = Plan(chunks_due_seconds=(1.0, 1.5, 2.0, 2.5), chunks_words=(1, 2, 2, 1))
FRAGMENTS = ["One", " two three", " four five", " six."]
BRISK = load_profile("fast")


def voice(style: Style, *, transcribes: bool = True) -> Voice:
    model = Model("m", "developer", ("AUDIO", "TEXT"), INTERNAL, style=style)
    return voice_of(model, "AUDIO", transcribes, 0.1)


def profile(words_per_second: float | None = None) -> Profile:
    gap = {"median": 0.5}
    return BRISK.model_copy(
        update={
            "audio_frame_seconds": 0.1,
            "words_per_second": words_per_second,
            "gap_seconds": BRISK.gap_seconds.model_copy(update=gap),
        }
    )


def outline(pieces: list[Piece]) -> list[tuple[float, str]]:
    """When and what: words, `~` for sound, and the rest by its keys."""
    told = []
    for piece in pieces:
        if piece.words or piece.sounds:
            what = piece.fragment + "~" * piece.sounds
        else:
            what = "/".join(json.loads(piece.frame).get("serverContent", {"nothing": 0})) or "empty"
        told.append((round(piece.due_seconds, 3), what))
    return told


def test_written_reply_is_its_words() -> None:
    model = Model("m", "developer", ("TEXT",), INTERNAL)
    pieces = pieces_of(PLAN, FRAGMENTS, voice_of(model, "TEXT", False, 0.1), profile())
    assert outline(pieces) == list(zip(PLAN.chunks_due_seconds, FRAGMENTS, strict=True))


def test_plain_speech_sends_a_frame_of_sound_after_the_words_of_each_chunk() -> None:
    assert outline(pieces_of(PLAN, FRAGMENTS, voice(PLAIN), profile())) == [
        (1.0, "One"), (1.0, "~"), (1.5, " two three"), (1.5, "~"),
        (2.0, " four five"), (2.0, "~"), (2.5, " six."), (2.5, "~"),
    ]  # fmt: skip


def test_native_audio_thinks_first_and_its_words_run_ahead_of_the_sound() -> None:
    assert outline(pieces_of(PLAN, FRAGMENTS, voice(NATIVE_25), profile())) == [
        (0.65, "modelTurn"), (1.0, "One"), (1.0, " two three"), (1.0, " four five"), (1.0, "~"),
        (1.5, " six."), (1.5, "~"), (2.0, "~"), (2.5, "~"),
    ]  # fmt: skip


@pytest.mark.parametrize("style", [LIVE_38, LIVE_31])
def test_words_and_sound_share_a_frame(style: Style) -> None:
    shared = [piece for piece in pieces_of(PLAN, FRAGMENTS, voice(style), profile()) if piece.words]
    assert outline(shared) == [(1.0, "One~"), (1.5, " two three~"), (2.0, " four five~"), (2.5, " six.~")]


def test_sound_lasts_as_long_as_the_words_take_to_say_and_fills_the_time_between_chunks() -> None:
    # Six words at five a second are 1.2 s: twelve frames of 0.1 s, two a word.
    pieces = pieces_of(PLAN, FRAGMENTS, voice(LIVE_31), profile(words_per_second=5.0))
    assert [piece.due_seconds for piece in pieces if piece.sounds] == [
        1.0, 1.25, 1.5, 1.625, 1.75, 1.875, 2.0, 2.125, 2.25, 2.375, 2.5, 2.75,
    ]  # fmt: skip


def test_empty_frames_of_both_forms_come_between_the_sounds() -> None:
    pieces = pieces_of(PLAN, FRAGMENTS, voice(LIVE_38), profile(words_per_second=5.0))
    noise = [piece.frame for piece in pieces if piece.frame in frames.NOISE]
    assert noise == [*frames.NOISE] * 4
    assert not any(piece.sounds or piece.words for piece in pieces if piece.frame in frames.NOISE)


def test_remark_ends_before_the_answer_begins() -> None:
    assert outline(pieces_of(PLAN, FRAGMENTS, voice(LIVE_38_THINKING), profile()))[:3] == [
        (1.0, "One~"),
        (1.0, "turnComplete/interactionStatus"),
        (1.5, " two three~"),
    ]


@pytest.mark.parametrize("style", [PLAIN, NATIVE_25, LIVE_31, LIVE_38, LIVE_38_THINKING])
def test_every_word_is_said_once_in_order_and_no_moment_goes_back(style: Style) -> None:
    for words_per_second in (None, 1.0, 2.5, 40.0):
        pieces = pieces_of(PLAN, FRAGMENTS, voice(style), profile(words_per_second))
        assert [piece.fragment for piece in pieces if piece.words] == FRAGMENTS
        assert [piece.due_seconds for piece in pieces] == sorted(piece.due_seconds for piece in pieces)
        assert sum(piece.sounds for piece in pieces) >= len(FRAGMENTS)
