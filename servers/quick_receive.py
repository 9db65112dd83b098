"""What Gemini says, read in a fraction of the time that the SDK takes: it builds a tree of validated objects for each
chunk, which is half of what a chunk costs a server.

Nearly all that arrives is text of a reply and nothing else, which `chunks` can read. Every other frame, and the end of
the connection, is left to the SDK, which is handed what arrived and does with it what it always does.

This is the one module that knows private names of the SDK's, the session's WebSocket and its client; its test holds
what it makes of every kind of frame against what the SDK makes of it.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from google.genai.live import AsyncSession
from google.genai.types import InteractionStatus, LiveServerContent, LiveServerMessage
from websockets.exceptions import ConnectionClosed

from servers.chunks import Chunk, chunk_in

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
