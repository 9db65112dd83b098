"""The part of Gemini's wire that nearly all of a reply consists of: frames that bring some of its text. Pure.

Whoever relays replies looks at each frame with this first, and takes longer over what it does not know.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

_KNOWN = frozenset({"modelTurn", "outputTranscription", "generationComplete"})


@dataclass(slots=True)
class Chunk:
    """A message of Gemini's that brings a part of a reply and nothing else."""

    text: str
    """Empty where it is sound alone, or the word that all has been thought of and only the end of the turn is due."""

    # What other messages may bring is never there, so that who looks for it need not ask which kind this is.
    go_away: ClassVar[None] = None
    session_resumption_update: ClassVar[None] = None
    usage_metadata: ClassVar[None] = None
    turn_complete: ClassVar[bool] = False

    @property
    def packet(self) -> str | None:
        """The packet for the client, put together by hand, as almost every packet is one of these."""
        return f'{{"text": {orjson.dumps(self.text).decode()}, "turn_complete": false}}' if self.text else None


def chunk_in(frame: bytes) -> Chunk | None:
    """The chunk in a frame. None where there is none, or more than a chunk, or something that we do not know."""
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    if type(message) is not dict or len(message) != 1:
        return None
    content = message.get("serverContent")
    if type(content) is not dict or not content or not content.keys() <= _KNOWN:
        return None
    said = _said(content["modelTurn"]) if "modelTurn" in content else ""
    transcript = _transcript(content["outputTranscription"]) if "outputTranscription" in content else ""
    if said is None or transcript is None or type(content.get("generationComplete", True)) is not bool:
        return None
    return Chunk(said or transcript)


def _said(turn: Any) -> str | None:
    """The text in what the model says, whose sound is passed over; None where there is more to it."""
    if type(turn) is not dict or not turn.keys() <= {"role", "parts"}:
        return None
    if type(turn.get("role", "")) is not str or type(turn.get("parts")) is not list:
        return None
    texts = []
    for part in turn["parts"]:
        if type(part) is not dict or len(part) != 1:
            return None
        if type(text := part.get("text")) is str:
            texts.append(text)
        elif type(part.get("inlineData")) is not dict:
            return None
    return "".join(texts)


def _transcript(transcription: Any) -> str | None:
    if type(transcription) is not dict or transcription.keys() != {"text"}:
        return None
    text = transcription["text"]
    return text if type(text) is str else None
