"""What Gemini says, read in a fraction of the time that the SDK takes: it builds a tree of validated objects for each
chunk, which is half of what a chunk costs a server.

Nearly all that arrives is text of a reply and nothing else. Such a frame is read here. Every other, and the end of the
connection, is left to the SDK, which is handed what arrived and does with it what it always does.

This is the one module that knows a private name of the SDK's, the session's WebSocket; its test holds what it makes of
every kind of frame against what the SDK makes of it.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import orjson
from google.genai.live import AsyncSession
from google.genai.types import InteractionStatus, LiveServerContent, LiveServerMessage
from websockets.exceptions import ConnectionClosed


@dataclass(slots=True)
class Chunk:
    """A message of Gemini's that brings a part of a reply and nothing else."""

    text: str
    """Empty where it is sound alone."""

    # What other messages may bring is never there, so that who looks for it need not ask which kind this is.
    go_away: ClassVar[None] = None
    session_resumption_update: ClassVar[None] = None
    usage_metadata: ClassVar[None] = None


Message = Chunk | LiveServerMessage


async def receive(session: AsyncSession) -> AsyncGenerator[Message]:
    """The messages up to the end of a turn, as the SDK's own `receive` gives them, and with its errors."""
    while True:
        try:
            arrived: bytes | ConnectionClosed = await session._ws.recv(decode=False)
        except ConnectionClosed as error:
            arrived = error
        if isinstance(arrived, bytes) and (chunk := chunk_in(arrived)):
            yield chunk
        else:
            message = await _read_by_the_sdk(session, arrived)
            yield message
            if message.server_content and ends_turn(message.server_content):
                return


def ends_turn(content: LiveServerContent) -> bool:
    """Whether the reply is over: the end test of the SDK's own `receive`.

    A model that thinks at length says "one moment" first and completes that; its status tells that more follows.
    """
    if content.interaction_status in (None, InteractionStatus.INTERACTION_STATUS_UNSPECIFIED):
        return bool(content.turn_complete)
    return content.interaction_status is InteractionStatus.IDLE


def chunk_in(frame: bytes) -> Chunk | None:
    """The chunk in a frame. None where there is none, or more than a chunk, or something that we do not know."""
    try:
        message = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    if type(message) is not dict or message.keys() != {"serverContent"}:
        return None
    content = message["serverContent"]
    if type(content) is not dict or not content or not content.keys() <= {"modelTurn", "outputTranscription"}:
        return None
    said = _said(content["modelTurn"]) if "modelTurn" in content else ""
    transcript = _transcript(content["outputTranscription"]) if "outputTranscription" in content else ""
    return None if said is None or transcript is None else Chunk(said or transcript)


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


class _Arrived:
    """Stands for a session's WebSocket by which one thing has arrived already, a frame or its end."""

    def __init__(self, arrived: bytes | ConnectionClosed) -> None:
        self._arrived = arrived

    async def recv(self, decode: bool | None = None) -> bytes:
        if isinstance(self._arrived, ConnectionClosed):
            raise self._arrived
        return self._arrived


async def _read_by_the_sdk(session: AsyncSession, arrived: bytes | ConnectionClosed) -> LiveServerMessage:
    reader = AsyncSession(session._api_client, cast(Any, _Arrived(arrived)))
    async with aclosing(cast("AsyncGenerator[LiveServerMessage]", reader.receive())) as messages:
        return await anext(messages)
