import json
from typing import Any

import pytest

from servers.fake_gemini import frames
from servers.fake_gemini.notes import note
from servers.recording.lines import Passed
from tests.made_up_recording import chunk, sound


def noted(message: Any, *, kind: str = "binary", at: float = 1.5, more: int = 0) -> Any:
    """The note of a recorded frame that was so many bytes longer than what was kept of it."""
    line = {"session": 1, "event": "frame", "from": "server", "kind": kind, "at": at, "message": message}
    return note(Passed.model_validate(line | {"bytes": len(frames.encode(message)) + more}), since=1.0)


def test_frame_is_due_as_long_after_its_turn_began_as_it_came() -> None:
    assert noted(chunk("Yes.")).due_seconds == 0.5


@pytest.mark.parametrize(("kind", "is_text"), [("text", True), ("binary", False)])
def test_frame_is_of_the_kind_that_it_was(kind: str, is_text: bool) -> None:
    assert noted(chunk("Yes."), kind=kind).is_text is is_text


@pytest.mark.parametrize("message", [chunk("Yes."), {"goAway": {"timeLeft": "50s"}}, {}])
def test_what_was_not_kept_is_made_up_for_with_blanks(message: dict[str, Any]) -> None:
    octets = noted(message, more=9).octets
    assert len(octets) == len(frames.encode(message)) + 9
    assert json.loads(octets) == message


def test_frame_that_was_shorter_than_what_is_sent_for_it_is_sent_whole() -> None:
    assert json.loads(noted(chunk("Yes."), more=-20).octets) == chunk("Yes.")


def test_words_beyond_ascii_keep_their_size() -> None:
    said = 'naïve "café"\N{PARTY POPPER}'
    made = noted(chunk(said))
    assert made.octets == frames.encode(chunk(said))
    assert made.stamped("{t 0 1 2}") == frames.encode(chunk("{t 0 1 2}" + said))


def test_sound_has_nothing_to_stamp() -> None:
    made = noted(sound(480))
    assert (made.words, made.audio_bytes) == (None, 480)
    assert made.stamped("{t 0 1 2}") == made.octets
