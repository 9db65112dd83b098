"""The SDK's Live session driven from blocking code.

The SDK offers Live sessions on asyncio only. Each session of the blocking server therefore owns an event loop that
runs while its thread waits for Gemini, and stands still while the thread waits for its client.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from functools import partial
from types import TracebackType
from typing import Self

from google import genai
from google.genai.live import AsyncSession

from servers import gemini, patience, silence
from servers.closing_time import REPLY_SECONDS, ClosingTime
from servers.event_loop import new_event_loop
from servers.farewells import GoingAway
from servers.quick_receive import Message, receive
from servers.settings import Settings

MOMENT_SECONDS = 0.01
"""How long the event loop runs between turns, each time that it is let: to notice a close takes it a few rounds."""


class BlockingLive:
    """A Live session as a blocking context manager, for one thread; it hands over what Gemini says to `on_message`.

    Its errors are those of the SDK, those of `on_message` and `pause`, Refused where Gemini says nothing for too long
    or takes no more sessions, and GoingAway where closing time cuts it short.
    """

    def __init__(
        self,
        client: genai.Client,
        settings: Settings,
        closing_time: ClosingTime,
        on_message: Callable[[Message], None],
        refused: Callable[[], object] = lambda: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`refused` is told each time that Gemini refuses the session for quota; `pause` then waits, given seconds."""

        async def wait(seconds: float) -> None:
            pause(seconds)  # which blocks, as there is nothing else to do on this loop

        self._connection = patience.connected(partial(gemini.connect, client, settings), refused, wait)
        self._closing_time = closing_time
        self._on_message = on_message
        self._idle_seconds = settings.idle_seconds
        self._loop = new_event_loop()
        self._session: AsyncSession
        self._asking: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        try:
            self._session = self._loop.run_until_complete(self._open())
        except BaseException:
            self._loop.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._loop.run_until_complete(self._connection.__aexit__(kind, error, trace))
        finally:
            self._loop.close()

    def ask(self, prompt: str) -> None:
        """Sends a prompt and waits out the whole reply, handing over each message as it comes.

        The loop is entered once a turn and not once a message, which costs a fifth less CPU for each chunk.
        """
        self._asking = self._loop.create_task(self._ask(prompt))
        try:
            self._loop.run_until_complete(self._asking)
        except asyncio.CancelledError:
            raise GoingAway from None
        finally:
            self._asking = None

    def hurry(self) -> None:
        """Gives the reply that is running until REPLY_SECONDS from now. For closing time: any thread may call it."""
        with suppress(RuntimeError):  # the session was closed a moment ago
            self._loop.call_soon_threadsafe(self._loop.call_later, REPLY_SECONDS, self._cut)

    def breathe(self) -> None:
        """Gives the event loop a moment between turns: it answers pings, and raises if Gemini has closed."""
        self._loop.run_until_complete(self._breathe())

    def _cut(self) -> None:
        if self._asking:
            self._asking.cancel()

    async def _open(self) -> AsyncSession:
        async with self._closing_time.limit():
            return await self._connection.__aenter__()

    async def _ask(self, prompt: str) -> None:
        await gemini.send_prompt(self._session, prompt)
        async with silence.at_most(self._idle_seconds) as heard, self._receive() as messages:
            async for message in messages:
                self._on_message(message)
                heard()

    async def _breathe(self) -> None:
        # A read that is given up loses nothing: what arrives later is there for the next.
        with suppress(TimeoutError):
            async with asyncio.timeout(MOMENT_SECONDS), self._receive() as messages:
                async for message in messages:
                    self._on_message(message)

    def _receive(self) -> "aclosing[AsyncGenerator[Message]]":
        """The messages up to the end of a turn."""
        return aclosing(receive(self._session))
