"""The SDK's Live session driven from blocking code.

The SDK offers Live sessions on asyncio only. Each session of the blocking server therefore owns an event loop that
runs while its thread waits for Gemini, and stands still while the thread waits for its client.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
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
        self._early: asyncio.Task[LiveServerMessage] | None = None
        """What was being read when the thread went back to its client."""

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

    def ask(self, prompt: str, on_message: Callable[[LiveServerMessage], None]) -> None:
        """Sends a prompt and waits out the whole reply, handing over each message as it comes.

        The loop is entered once a turn and not once a message, which costs a fifth less CPU for each chunk.
        """
        self._loop.run_until_complete(self._ask(prompt, on_message))

    def breathe(self) -> None:
        """Gives the event loop a moment between turns: it answers pings, and raises if Gemini has closed."""
        if self._early is None:
            self._early = self._loop.create_task(self._read())
        self._loop.run_until_complete(asyncio.wait([self._early], timeout=0.001))
        if self._early.done():
            self._early.result()

    async def _ask(self, prompt: str, on_message: Callable[[LiveServerMessage], None]) -> None:
        await gemini.send_prompt(self._session, prompt)
        if self._early is not None:
            on_message(await self._early)
            self._early = None
        async for message in self._messages:
            on_message(message)
        self._messages = self._session.receive()

    async def _read(self) -> LiveServerMessage:
        return await anext(self._messages)

    async def _leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._early is not None:
            self._early.cancel()
            await asyncio.gather(self._early, return_exceptions=True)
        await cast("AsyncGenerator[LiveServerMessage]", self._messages).aclose()
        await self._connection.__aexit__(kind, error, trace)
