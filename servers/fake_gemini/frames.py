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


def _model_turn(part: Mapping[str, Any], names_its_role: bool) -> dict[str, Any]:
    role = {"role": "model"} if names_its_role else {}
    return {"serverContent": {"modelTurn": {**role, "parts": [part]}}}


TRANSCRIPTION = _template({"serverContent": {"outputTranscription": {"text": _SLOT}}})

SETUP_COMPLETE = encode({"setupComplete": {}})
GENERATION_COMPLETE = encode({"serverContent": {"generationComplete": True}})
INTERRUPTED = encode({"serverContent": {"interrupted": True}})


@cache
def text_chunk(names_its_role: bool) -> Template:
    """A chunk of a written reply."""
    return _template(_model_turn({"text": _SLOT}, names_its_role))


@cache
def silence(seconds: float, names_its_role: bool) -> bytes:
    """A frame of audio in which nothing is heard."""
    samples = round(seconds * SAMPLES_PER_SECOND)
    data = base64.b64encode(bytes(samples * BYTES_PER_SAMPLE)).decode()
    return encode(_model_turn({"inlineData": {"mimeType": AUDIO_TYPE, "data": data}}, names_its_role))


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


def turn_complete(usage: Usage, backend: Backend) -> bytes:
    """The frame that ends a turn, with its usage in the backend's spelling."""
    name = _RESPONSE[backend]
    return encode(
        {
            "serverContent": {"turnComplete": True},
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
