"""What a client's frames mean. Pure.

Clients mix snake_case and camelCase within one message (the SDK does), so every key is looked up in both.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from servers.fake_gemini.refusals import INVALID_ARGUMENT, Refused, unknown_name


@dataclass(frozen=True, slots=True)
class Setup:
    model: str
    modalities: tuple[str, ...] = ()
    transcribes: bool = False
    """Whether the client asked for the text of what is spoken."""
    seeds_history: bool = False
    """Whether its first client content only tells what was said before, and asks for nothing."""
    resumes: bool = False
    """Whether it asks for handles to resume by."""
    handle: str = ""
    """The handle of the conversation that goes on; empty where a new one begins."""


@dataclass(frozen=True, slots=True)
class Content:
    """Typed input: the user's text since the last model turn in the message, and whether it asks for an answer."""

    text: str
    turn_complete: bool
    realtime: bool = False
    """Whether it came as realtime input, which is never history."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """A legal message that the fake takes note of in no other way: audio, video, tool responses, context updates."""


ClientMessage = Setup | Content | Unheard


@cache
def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name)


def _field(message: Mapping[str, Any], name: str) -> Any:
    """The value of a field in either casing, None where it is absent."""
    value = message.get(name)
    return message.get(_snake(name)) if value is None else value


def _object(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(INVALID_ARGUMENT)
    return value


def _objects(value: Any) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused(INVALID_ARGUMENT)
    return [_object(item) for item in value]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(INVALID_ARGUMENT)
    return value


def parse(message: str | bytes) -> ClientMessage:
    """What a client's frame means. Raises Refused where it is not one of the API's messages."""
    try:
        top = _object(json.loads(message))
    except (ValueError, RecursionError) as error:
        raise Refused(INVALID_ARGUMENT) from error
    names = [name for name in _READERS if _field(top, name) is not None]
    if len(names) != 1 or len(top) != 1:
        raise Refused(INVALID_ARGUMENT)
    return _READERS[names[0]](_object(_field(top, names[0])))


_SETUP_FIELDS = (
    "model",
    "generationConfig",
    "systemInstruction",
    "tools",
    "sessionResumption",
    "inputAudioTranscription",
    "outputAudioTranscription",
    "realtimeInputConfig",
    "contextWindowCompression",
    "proactivity",
    "historyConfig",
    "labels",
    "explicitVadSignal",
    "avatarConfig",
    "safetySettings",
)
_SETUP_NAMES = frozenset(_SETUP_FIELDS) | frozenset(map(_snake, _SETUP_FIELDS))


def _setup(body: Mapping[str, Any]) -> Setup:
    for name in body:
        if name not in _SETUP_NAMES:
            raise Refused(unknown_name(name, "setup"))
    modalities = _field(_object(_field(body, "generationConfig")), "responseModalities") or ()
    # Google's own demo page sends one modality as a bare string, and the service takes it.
    if isinstance(modalities, str):
        modalities = (modalities,)
    if not isinstance(modalities, Sequence) or not all(isinstance(modality, str) for modality in modalities):
        raise Refused(INVALID_ARGUMENT)
    return Setup(
        model=_text(_field(body, "model")),
        modalities=tuple(modalities),
        transcribes=_field(body, "outputAudioTranscription") is not None,
        resumes=_field(body, "sessionResumption") is not None,
        handle=_text(_field(_object(_field(body, "sessionResumption")), "handle")),
        seeds_history=_field(_object(_field(body, "historyConfig")), "initialHistoryInClientContent") is True,
    )


def _client_content(body: Mapping[str, Any]) -> Content:
    texts: list[str] = []
    for turn in _objects(_field(body, "turns")):
        if _text(_field(turn, "role")) == "model":
            texts.clear()
        else:
            texts += (_text(_field(part, "text")) for part in _objects(_field(turn, "parts")))
    return Content("\n".join(filter(None, texts)), turn_complete=_field(body, "turnComplete") is True)


def _realtime_input(body: Mapping[str, Any]) -> Content | Unheard:
    text = _field(body, "text")
    return Unheard() if text is None else Content(_text(text), turn_complete=True, realtime=True)


def _unheard(body: Mapping[str, Any]) -> Unheard:
    return Unheard()


_READERS: dict[str, Callable[[Mapping[str, Any]], ClientMessage]] = {
    "setup": _setup,
    "clientContent": _client_content,
    "realtimeInput": _realtime_input,
    "toolResponse": _unheard,
    "contextUpdate": _unheard,
}
