"""What a chat server sends, parsed: one JSON object per text frame, and the fake Gemini's tag on its chunks. Pure."""

import re
from dataclasses import dataclass
from math import inf
from typing import Any

import orjson

from loadtests.support.failures import RATE_LIMITED, SessionFailed

_TAG = re.compile(r"\{(\S+) (\d+) (\d+) (\d+)\}")
_PLAIN_CHUNK = re.compile(
    rb'\{"text": ?"\{([!#-\[\]-~]+) (\d+) (\d+) (\d+)\}([ !#-\[\]-~]*)", ?"turn_complete": ?false\}'
)


@dataclass(slots=True, frozen=True)
class Introduction:
    """What a server says of itself, first of all, to who asks for it with the upgrade."""

    instance: str
    serving_seconds: float
    """For how long it had been ready to serve."""
    build: str | None = None
    """None where it does not say."""
    revision: str | None = None


@dataclass(slots=True)
class Packet:
    text: str
    turn_complete: bool
    interrupted: bool
    error: tuple[str, str] | None
    """Code and message of an error packet."""
    arrived_at: float
    refused_prompt: int | None = None
    """Which prompt of the session, from 1, was not passed on, where the error is that and no more."""
    introduction: Introduction | None = None
    """There is nothing else in a packet that has one."""


@dataclass(slots=True)
class Tag:
    """What the fake Gemini says about a chunk: whose it is, which, when it was sent, what it had cost so far."""

    id: str
    index: int
    sent_at: float
    spent_seconds: float
    length: int
    """Characters the tag takes at the start of the text."""


read_plain_chunk = _PLAIN_CHUNK.fullmatch
"""A tagged chunk of plain text, which is what a reply under load consists of: its groups are the tag's id, index,
nanoseconds and microseconds, and the text, as bytes. None for everything else, which `parse` understands too.

It is for `parse` to say what the protocol is. This takes a tenth of the time, and there is a test that both read
the same."""


def parse(payload: bytes, arrived_at: float) -> Packet:
    """The packet in a frame's payload. Raises SessionFailed `bad_packet` where it is not the protocol."""
    try:
        fields = orjson.loads(payload)
        error = fields.get("error")
        packet = Packet(
            text=fields.get("text", ""),
            turn_complete=fields.get("turn_complete", False),
            interrupted=fields.get("interrupted", False),
            error=(str(error["code"]), str(error.get("message", ""))) if error else None,
            arrived_at=arrived_at,
            refused_prompt=_number(error["prompt"]) if error and error["code"] == RATE_LIMITED else None,
        )
    except (ValueError, AttributeError, KeyError, TypeError) as reason:
        raise SessionFailed("bad_packet", f"{payload[:60]!r}") from reason
    if not _is_protocol(packet):
        packet.introduction = _introduction(fields)
        if packet.introduction is None:
            raise SessionFailed("bad_packet", f"{payload[:60]!r}")
    return packet


def _number(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(value)
    return value


def _is_protocol(packet: Packet) -> bool:
    types_fit = type(packet.text) is str and type(packet.turn_complete) is bool and type(packet.interrupted) is bool
    return types_fit and bool(packet.text or packet.turn_complete or packet.interrupted or packet.error)


def _introduction(fields: dict[str, Any]) -> Introduction | None:
    """None where it is none. Which instance it is a server has to say, and of which build and revision it may."""
    match fields:
        case {"server": {"instance": str(instance), "serving_seconds": int() | float() as seconds} as said, **others}:
            sound = instance and type(seconds) is not bool and 0 <= seconds < inf and not others
            names = _text(said.get("build")), _text(said.get("revision"))
            return Introduction(instance, float(seconds), *names) if sound else None
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def read_tag(text: str) -> Tag | None:
    """The tag a chunk begins with, or None."""
    match = _TAG.match(text)
    if match is None:
        return None
    id_, index, sent_at_nanoseconds, spent_microseconds = match.groups()
    return Tag(id_, int(index), int(sent_at_nanoseconds) / 1e9, int(spent_microseconds) / 1e6, match.end())


def tagged(id_: str, prompt: str) -> str:
    """The prompt with the tag that asks the fake Gemini to tag its chunks."""
    return f"#{id_} {prompt}"
