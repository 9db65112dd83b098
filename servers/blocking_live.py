"""The SDK's Live session driven from blocking code.

The SDK offers Live sessions on asyncio only. Each session of the blocking server therefore owns an event loop that
runs while its thread waits for Gemini, and stands still while the thread waits for its client.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from types import TracebackType
from typing import Self, cast

import uvloop
from google import genai
from google.genai.live import AsyncSession
from google.genai.types import LiveServerMessage

from servers import gemini
from servers.settings import Settings


class BlockingLive:
    """A Live session as a blocking context manager, for one thread. Its errors are those of the SDK."""

    def __init__(self, client: genai.Client, settings: Settings) -> None:
        self._connection = gemini.connect(client, settings)
        self._loop = uvloop.new_event_loop()
        self._session: AsyncSession
        self._next: asyncio.Task[LiveServerMessage | None] | None = None

    def __enter__(self) -> Self:
        try:
            self._session = self._loop.run_until_complete(self._connection.__aenter__())
        except BaseException:
            self._loop.close()
            raise
        self._messages = self._session.receive()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._loop.run_until_complete(self._leave(kind, error, trace))
        finally:
            self._loop.close()

    def send(self, prompt: str) -> None:
        self._loop.run_until_complete(gemini.send_prompt(self._session, prompt))

    def reply(self) -> Iterator[LiveServerMessage]:
        """The messages of one turn, each waited for. Ends with the turn."""
        while (message := self._loop.run_until_complete(self._reading())) is not None:
            self._next = None
            yield message
        self._next = None
        self._messages = self._session.receive()

    def breathe(self) -> None:
        """Gives the event loop a moment between turns: it answers pings, and raises if Gemini has closed."""
        reading = self._reading()
        self._loop.run_until_complete(asyncio.wait([reading], timeout=0.001))
        if reading.done():
            reading.result()

    def _reading(self) -> "asyncio.Task[LiveServerMessage | None]":
        if self._next is None:
            self._next = self._loop.create_task(self._read())
        return self._next

    async def _read(self) -> LiveServerMessage | None:
        return await anext(self._messages, None)

    async def _leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        await cast("AsyncGenerator[LiveServerMessage]", self._messages).aclose()
        await self._connection.__aexit__(kind, error, trace)
