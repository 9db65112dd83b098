"""The exact bytes of the frames that the server sends. Pure.

Google sends pretty-printed JSON with a trailing newline, in binary frames. The bytes around the one string that differs
are cut into templates once, so that a chunk costs an escaped string and a join.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from servers.fake_gemini.models import Backend, Modality

SAMPLES_PER_SECOND = 24_000
BYTES_PER_SAMPLE = 2
AUDIO_TYPE = f"audio/pcm;rate={SAMPLES_PER_SECOND}"
AUDIO_TOKENS_PER_SECOND = 25
TOKENS_PER_WORD = 4 / 3


def encode(message: Mapping[str, Any]) -> bytes:
    """A server message as it goes over the wire."""
    return (json.dumps(message, indent=2, ensure_ascii=False) + "\n").encode()


_quote = json.JSONEncoder(ensure_ascii=False).encode
_SLOT = "the text goes here"


@dataclass(frozen=True, slots=True)
class Template:
    """A message all of whose bytes are known but for one string."""

    before: bytes
    after: bytes

    def fill(self, text: str) -> bytes:
        """Byte for byte what `encode` gives for the message with this text."""
        return self.before + _quote(text).encode() + self.after


def _template(message: Mapping[str, Any]) -> Template:
    before, after = encode(message).split(_quote(_SLOT).encode())
    return Template(before, after)


def _model_turn(names_its_role: bool, *parts: Mapping[str, Any]) -> dict[str, Any]:
    role = {"role": "model"} if names_its_role else {}
    return {"modelTurn": {**role, "parts": list(parts)}}


TRANSCRIPTION = _template({"serverContent": {"outputTranscription": {"text": _SLOT}}})

SETUP_COMPLETE = encode({"setupComplete": {}})
GENERATION_COMPLETE = encode({"serverContent": {"generationComplete": True}})
INTERRUPTED = encode({"serverContent": {"interrupted": True}})
REMARK_COMPLETE = encode({"serverContent": {"turnComplete": True, "interactionStatus": "IN_PROGRESS"}})
"""What a model that still thinks says after a remark: more of this turn is to come."""
NOISE = (encode({}), encode({"serverContent": {}}))
"""Frames without content, of which some models send many."""


@cache
def text_chunk(names_its_role: bool) -> Template:
    """A chunk of a written reply."""
    return _template({"serverContent": _model_turn(names_its_role, {"text": _SLOT})})


@cache
def thought(names_its_role: bool) -> bytes:
    """A part that is not for the user to read."""
    part = {"text": "**Weighing the question**\n\nI look for what is meant before I answer.\n", "thought": True}
    return encode({"serverContent": _model_turn(names_its_role, part)})


@dataclass(frozen=True, slots=True)
class Sound:
    """How a frame of audio is laid out."""

    seconds: float
    names_its_role: bool
    parts: int = 1
    """How many parts share the seconds."""


@cache
def silence(layout: Sound) -> bytes:
    """A frame of audio in which nothing is heard."""
    return encode({"serverContent": _unheard(layout)})


@cache
def transcribed_silence(layout: Sound) -> Template:
    """The same with the words that are spoken in it."""
    return _template({"serverContent": {**_unheard(layout), "outputTranscription": {"text": _SLOT}}})


def _unheard(layout: Sound) -> dict[str, Any]:
    samples = round(layout.seconds * SAMPLES_PER_SECOND / layout.parts)
    data = base64.b64encode(bytes(samples * BYTES_PER_SAMPLE)).decode()
    part = {"inlineData": {"mimeType": AUDIO_TYPE, "data": data}}
    return _model_turn(layout.names_its_role, *[part] * layout.parts)


def go_away(time_left_seconds: float) -> bytes:
    """Says that the connection will be closed after so many seconds."""
    return encode({"goAway": {"timeLeft": f"{time_left_seconds:g}s"}})


def resumable(handle: str) -> bytes:
    """Says by which handle the conversation can be resumed as it is now."""
    return encode({"sessionResumptionUpdate": {"newHandle": handle, "resumable": True}})


NOT_RESUMABLE = encode({"sessionResumptionUpdate": {"resumable": False}})
"""Said while a reply is running: what a handle would stand for is changing."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one turn."""

    prompt: int
    response: int
    modality: Modality


def text_tokens(words: int) -> int:
    """About as many tokens as a tokenizer makes of so many English words."""
    return round(words * TOKENS_PER_WORD)


# The two backends name the same counts differently.
_RESPONSE: dict[Backend, str] = {"developer": "response", "vertex": "candidates"}
_BACKEND_FIELDS: dict[Backend, dict[str, str]] = {"developer": {}, "vertex": {"trafficType": "ON_DEMAND"}}


def turn_complete(usage: Usage, backend: Backend, *, says_idle: bool = False) -> bytes:
    """The frame that ends a turn, with its usage in the backend's spelling. `says_idle` is for models that tell it
    from the end of a remark."""
    name = _RESPONSE[backend]
    status = {"interactionStatus": "IDLE"} if says_idle else {}
    return encode(
        {
            "serverContent": {"turnComplete": True, **status},
            "usageMetadata": {
                "promptTokenCount": usage.prompt,
                f"{name}TokenCount": usage.response,
                "totalTokenCount": usage.prompt + usage.response,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": usage.prompt}],
                f"{name}TokensDetails": [{"modality": usage.modality, "tokenCount": usage.response}],
                **_BACKEND_FIELDS[backend],
            },
        }
    )
