"""Recorded frames, ready to be sent again: of the kind and the size that they had, with blanks or silence in the place
of what was not kept. Pure.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from servers.fake_gemini import frames
from servers.fake_gemini.attribution import unstamped
from servers.recording.lines import Passed

_SLOT = "the words go here"


@dataclass(frozen=True, slots=True)
class Note:
    """One frame, as it was but for what was not kept of it."""

    due_seconds: float
    """Counted from the start of its turn; outside of turns, from the setup."""
    octets: bytes
    is_text: bool
    """Whether it is a text frame."""
    words: str | None = None
    """What is read in it; None where nothing is."""
    around: frames.Template | None = None
    """What stands around the words."""
    audio_bytes: int = 0

    def stamped(self, stamp: str) -> bytes:
        """The frame with a stamp before its words, where it has words."""
        return self.around.fill(stamp + (self.words or "")) if self.around else self.octets


def note(frame: Passed, since: float) -> Note:
    """A recorded frame that is due so long after the moment `since`, in frames of the size that it had."""
    due = frame.at - since
    is_text = frame.kind == "text"
    if not isinstance(frame.message, dict):
        return Note(due, b"x" * frame.size, is_text)
    message = _sounding(frame.message)
    holder = next(_with_words(message), None)
    audio_bytes = sum(_audio(frame.message))
    if holder is None:
        octets = frames.encode(message)
        return Note(due, _padded(octets, frame.size - len(octets)), is_text, audio_bytes=audio_bytes)
    said, holder["text"] = holder["text"], _SLOT
    before, after = frames.encode(message).split(json.dumps(_SLOT).encode())
    whole = frames.Template(before, after)
    around = frames.Template(before, _padded(after, frame.size - len(whole.fill(said))))
    words = unstamped(said)
    return Note(due, around.fill(words), is_text, words, around, audio_bytes)


def _padded(octets: bytes, missing: int) -> bytes:
    """As many blanks more as are missing; JSON may end in them."""
    return octets + b" " * missing


def _parts(message: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    parts: Iterable[dict[str, Any]] = ((message.get("serverContent") or {}).get("modelTurn") or {}).get("parts") or ()
    return parts


def _with_words(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects whose text is for the user to read."""
    spoken = (message.get("serverContent") or {}).get("outputTranscription") or {}
    if spoken.get("text"):
        yield spoken
    yield from (part for part in _parts(message) if part.get("text") and not part.get("thought"))


def _audio(message: Mapping[str, Any]) -> Iterator[int]:
    """How many bytes of sound there are in each part of a message."""
    for part in _parts(message):
        data = (part.get("inlineData") or {}).get("data")
        if data is not None:
            yield data if isinstance(data, int) else len(data.rstrip("=")) * 3 // 4


def _sounding(value: Any) -> Any:
    """The message with silence in the place of numbers of bytes."""
    if isinstance(value, dict):
        return {key: _silence(inner) if key == "data" else _sounding(inner) for key, inner in value.items()}
    return [_sounding(inner) for inner in value] if isinstance(value, list) else value


def _silence(data: Any) -> Any:
    return base64.b64encode(bytes(data)).decode() if isinstance(data, int) else _sounding(data)
