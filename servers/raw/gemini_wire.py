"""Gemini's Live wire, spoken without the SDK: where to dial, what to say, and what the answers mean. Pure.

Its test holds each against what the SDK puts on the wire, for every backend.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Close

from servers.chunks import Chunk
from servers.settings import SYSTEM_INSTRUCTION, Settings

DEVELOPER_SERVICE = "google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent"
VERTEX_SERVICE = "google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
REGIONS_OF_REGIONS = ("eu", "us")
_NO_CODE = 1005
_NO_STATUS = (None, "INTERACTION_STATUS_UNSPECIFIED")


@dataclass(slots=True)
class Heard:
    """A message of Gemini's that is no chunk, as far as a client is concerned."""

    text: str = ""
    turn_complete: bool = False
    interrupted: bool = False
    handle: str | None = None
    """A new one, to resume the conversation by."""
    going: bool = False
    """Whether Gemini will end the connection soon."""
    time_left: str | None = None
    """How soon, as in `50s`."""
    tokens: int | None = None
    """That the reply took so far, its prompt and all that was said before included; None where it is not said."""

    @property
    def packet(self) -> str | None:
        if not (self.text or self.turn_complete or self.interrupted):
            return None
        packet: dict[str, Any] = {"text": self.text, "turn_complete": self.turn_complete}
        return json.dumps(packet | {"interrupted": True} if self.interrupted else packet)


def packet_of(message: Chunk | Heard) -> str | None:
    """The packet for the client, or None where a message holds nothing for it."""
    return message.packet


def address(settings: Settings) -> str:
    """The URL to dial."""
    developer = settings.backend == "developer"
    base = settings.base_url or (
        "https://generativelanguage.googleapis.com" if developer else _vertex_host(settings.location)
    )
    _, _, host_and_path = base.rstrip("/").partition("://")
    return f"wss://{host_and_path}/ws/{DEVELOPER_SERVICE if developer else VERTEX_SERVICE}"


def _vertex_host(location: str | None) -> str:
    if location in (None, "global"):
        return "https://aiplatform.googleapis.com"
    if location in REGIONS_OF_REGIONS:
        return f"https://aiplatform.{location}.rep.googleapis.com"
    return f"https://{location}-aiplatform.googleapis.com"


def key_headers(settings: Settings) -> Mapping[str, str]:
    """What proves who we are where that is a key."""
    return {"x-goog-api-key": settings.api_key or "none"}


def setup_frame(settings: Settings, handle: str | None = None) -> str:
    """What to say first; with a handle, the conversation that it stands for goes on."""
    speaks = settings.modality == "AUDIO"
    setup = {
        "model": _model(settings),
        "generationConfig": {"responseModalities": [settings.modality]},
        "systemInstruction": {"parts": [{"text": SYSTEM_INSTRUCTION}], "role": "user"},
        "sessionResumption": {"handle": handle} if handle else {},
        **({"outputAudioTranscription": {}} if speaks else {}),
    }
    return json.dumps({"setup": setup})


def _model(settings: Settings) -> str:
    """The model's full name, which may be written in any of the ways in which the SDK takes it."""
    name = settings.model
    if settings.backend == "developer":
        return name if name.startswith(("models/", "tunedModels/")) else f"models/{name}"
    if not name.startswith(("projects/", "models/", "publishers/")):
        publisher, _, rest = name.rpartition("/") if name.count("/") == 1 else ("google", "", name)
        name = f"publishers/{publisher}/models/{rest}"
    whose = f"projects/{settings.project}/locations/{settings.location}/" if settings.backend == "vertex" else ""
    return whose + name if name.startswith("publishers/") else name


def prompt_frame(prompt: str) -> bytes:
    """One whole turn of the user's. While a reply is running this is the interruption."""
    turn = {"parts": [{"text": prompt}], "role": "user"}
    return orjson.dumps({"client_content": {"turns": [turn], "turnComplete": True}})


def message_in(frame: bytes) -> Heard:
    """What a frame means that is no chunk.

    Raises ConnectionClosed for an error, and one of Python's own errors for what is no message.
    """
    message = _parse(frame) if frame else {}
    if not isinstance(message, dict):
        raise ValueError(f"this is no message of Gemini's: {frame[:60]!r}")
    if error := _error_in(message):
        raise error
    content = message.get("serverContent") or {}
    update, leave = message.get("sessionResumptionUpdate") or {}, message.get("goAway")
    return Heard(
        *(_text_of(content), _ends_turn(content), bool(content.get("interrupted"))),
        handle=update.get("newHandle") or None if update.get("resumable") else None,
        going=leave is not None,
        time_left=(leave or {}).get("timeLeft"),
        tokens=_tokens_of(message.get("usageMetadata") or {}),
    )


def closed(payload: bytes) -> ConnectionClosed:
    """The error that a close means, by what is in its frame."""
    return _closed_as(int.from_bytes(payload[:2]) or _NO_CODE, payload[2:].decode(errors="replace"))


def _closed_as(code: int, reason: str) -> ConnectionClosed:
    """The error that Gemini's last word means; as with the SDK, an error of HTTP's may stand for a close."""
    return ConnectionClosedError(Close(code, reason), None)


def cut_off() -> ConnectionClosed:
    """The error that the end of a connection means by which nothing was said."""
    return ConnectionClosedError(None, None)


def _parse(frame: bytes) -> Any:
    """By the library that takes more for JSON, where the quick one does not."""
    try:
        return orjson.loads(frame)
    except orjson.JSONDecodeError:
        return json.loads(frame)


def _error_in(message: Mapping[str, Any]) -> ConnectionClosed | None:
    """The error that a message is, in either of the ways in which services of Google's write one."""
    error = message.get("error", message)
    if isinstance(error, dict) and type(code := error.get("code")) is int:
        return _closed_as(code, str(error.get("message", "")))
    return None


def _tokens_of(usage: Mapping[str, Any]) -> int | None:
    """All of them, or the sum of what makes them up, some of which the two services call by different names."""
    parts = ("promptTokenCount", "responseTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
    tokens = usage.get("totalTokenCount") or sum(usage.get(part) or 0 for part in parts)
    return int(tokens) if usage else None


def _text_of(content: Mapping[str, Any]) -> str:
    """What the model said: its text parts without thoughts, or the transcript where it speaks."""
    parts = (content.get("modelTurn") or {}).get("parts") or ()
    text = "".join(part.get("text") or "" for part in parts if not part.get("thought"))
    text = text or (content.get("outputTranscription") or {}).get("text") or ""
    if not isinstance(text, str):
        raise ValueError(f"this is no text of Gemini's: {text!r:.60}")
    return text


def _ends_turn(content: Mapping[str, Any]) -> bool:
    """Whether the reply is over; a remark may be complete before that."""
    status = content.get("interactionStatus")
    return bool(content.get("turnComplete")) if status in _NO_STATUS else status == "IDLE"
