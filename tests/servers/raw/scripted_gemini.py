"""A Gemini on loopback, without TLS, that does what a test says."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from servers.raw.gemini_connection import Gemini, GeminiConnection
from tests.servers.chat import run

SETUP = '{"setup": {"model": "any"}}'
Script = Callable[[ServerConnection], Awaitable[None]]


class Ears:
    """Notes what there is to be told of a connection."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, bool]] = []
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()
        self.busy: list[bool] = []

    @property
    def texts(self) -> list[bytes]:
        return [text for text, _ in self.messages]

    def hear(self, frame: bytes, more: bool) -> None:
        self.messages.append((frame, more))

    def end(self, error: Exception) -> None:
        self.errors.put_nowait(error)

    def gemini_is_busy(self, busy: bool) -> None:
        self.busy.append(busy)


@asynccontextmanager
async def gemini_that(script: Script) -> AsyncIterator[Gemini]:
    async with serve(script, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield Gemini(f"ws://127.0.0.1:{port}", lambda _: SETUP, ssl.create_default_context(), proxy=None)


def with_gemini_that(script: Script, converse: Callable[[GeminiConnection, Ears], Coroutine[Any, Any, None]]) -> Ears:
    """What is heard of it in a conversation."""

    async def whole() -> Ears:
        ears = Ears()
        async with gemini_that(script) as gemini, gemini.connect({}, ears) as connection:
            await converse(connection, ears)
        return ears

    return run(whole())
