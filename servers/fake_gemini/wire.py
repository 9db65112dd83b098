"""The Live API's messages: what a client's mean, and the exact bytes of the server's.

Pure. Clients mix snake_case and camelCase within one message (the SDK does), so every key is looked up in both. The
server's messages are pretty-printed JSON with a trailing newline in binary frames, as Google sends them; the bytes are
cut into templates once, so that a chunk costs one escaped string and one join.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from servers.fake_gemini.models import Backend, Modality
from servers.fake_gemini.refusals import INVALID_ARGUMENT, Refused, unknown_name

SAMPLES_PER_SECOND = 24_000
BYTES_PER_SAMPLE = 2
AUDIO_TYPE = f"audio/pcm;rate={SAMPLES_PER_SECOND}"
AUDIO_TOKENS_PER_SECOND = 25
TOKENS_PER_WORD = 4 / 3


@dataclass(frozen=True, slots=True)
class Setup:
    model: str
    modalities: tuple[str, ...] = ()
    transcribes: bool = False
    """Whether the client asked for the text of what is spoken."""
    seeds_history: bool = False
    """Whether its first client content only tells what was said before, and asks for nothing."""


@dataclass(frozen=True, slots=True)
class Content:
    """Typed input: the user's text since the last model turn in the message, and whether it asks for an answer."""

    text: str
    turn_complete: bool


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
)


def _setup(body: Mapping[str, Any]) -> Setup:
    known = {name for field in _SETUP_FIELDS for name in (field, _snake(field))}
    for name in body:
        if name not in known:
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
    return Unheard() if text is None else Content(_text(text), turn_complete=True)


def _unheard(body: Mapping[str, Any]) -> Unheard:
    return Unheard()


_READERS: dict[str, Callable[[Mapping[str, Any]], ClientMessage]] = {
    "setup": _setup,
    "clientContent": _client_content,
    "realtimeInput": _realtime_input,
    "toolResponse": _unheard,
    "contextUpdate": _unheard,
}

_TAG = re.compile(r"#([A-Za-z0-9_.:-]+) ")


def tag_of(prompt: str) -> str | None:
    """The attribution id that a prompt begins with (`#<id> `), if it does."""
    match = _TAG.match(prompt)
    return match[1] if match else None


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


TEXT_WITH_ROLE = _template(_model_turn({"text": _SLOT}, True))
TEXT_WITHOUT_ROLE = _template(_model_turn({"text": _SLOT}, False))
TRANSCRIPTION = _template({"serverContent": {"outputTranscription": {"text": _SLOT}}})

SETUP_COMPLETE = encode({"setupComplete": {}})
GENERATION_COMPLETE = encode({"serverContent": {"generationComplete": True}})
INTERRUPTED = encode({"serverContent": {"interrupted": True}})


@cache
def silence(seconds: float, names_its_role: bool) -> bytes:
    """A frame of audio in which nothing is heard."""
    samples = round(seconds * SAMPLES_PER_SECOND)
    data = base64.b64encode(bytes(samples * BYTES_PER_SAMPLE)).decode()
    return encode(_model_turn({"inlineData": {"mimeType": AUDIO_TYPE, "data": data}}, names_its_role))


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
