"""The way to Gemini of one conversation in non-blocking code: one connection after another, of which `carrying` says
when.

One task asks, another hears the connections and opens the next; a prompt that comes in between waits.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from google import genai
from google.genai.live import AsyncSession
from websockets.exceptions import ConnectionClosed

from servers import gemini, patience
from servers.carrying import Conversation
from servers.settings import Settings


class Line:
    def __init__(
        self,
        client: genai.Client,
        settings: Settings,
        conversation: Conversation,
        refused: Callable[[Exception], object],
    ) -> None:
        """`refused` is told the error each time that Gemini refuses a connection for now."""
        self.conversation = conversation
        self._client = client
        self._settings = settings
        self._refused = refused
        self._connected = asyncio.Event()
        self._session: AsyncSession

    async def ask(self, prompt: str) -> None:
        """Sends a prompt, as soon as there is a connection for it."""
        if self.conversation.defers():
            self._connected.clear()
        await self._connected.wait()
        self.conversation.asks(prompt)
        with suppress(ConnectionClosed):  # of which the task that hears it is told as well, and knows what to do
            await gemini.send_prompt(self._session, prompt)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncSession]:
        """The next connection; leaving it closes it, and passes over its end where the conversation outlives that."""
        dial = partial(gemini.connect, self._client, self._settings, self.conversation.handle)
        async with patience.connected(dial, self._refused) as self._session:
            try:
                for prompt in self.conversation.connected():
                    await gemini.send_prompt(self._session, prompt)
                self._connected.set()
                yield self._session
            except gemini.LOST as error:
                if not self.conversation.outlives(error):
                    raise
            finally:
                self._connected.clear()
