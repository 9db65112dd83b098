"""The SDK's Live session driven from blocking code.

The SDK offers Live sessions on asyncio only. Each session of the blocking server therefore owns an event loop that
runs while its thread waits for Gemini, and stands still while the thread waits for its client.

Gemini ends its connections after a while. A conversation goes on over the next, as `carrying` says.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing, suppress
from functools import partial
from types import TracebackType
from typing import Any, Self

from google import genai
from google.genai.errors import APIError
from google.genai.live import AsyncSession
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from servers import gemini, patience, silence
from servers.carrying import Conversation
from servers.closing_time import REPLY_SECONDS, ClosingTime
from servers.event_loop import new_event_loop
from servers.farewells import GoingAway, Refused
from servers.quick_receive import Message, receive
from servers.settings import Settings

ANSWERS = (APIError, ConnectionClosed, InvalidHandshake, Refused)
"""What a dial ends with that Gemini has answered, be it with no."""
MOMENT_SECONDS = 0.01
"""How long the event loop runs between turns, each time that it is let: to notice a close takes it a few rounds."""
LOOK_SECONDS = 5.0
"""How often to look, while Gemini lets wait, whether there is still somebody who waits."""
ROUNDS = 8
"""Of the loop, in which what has arrived is read, deciphered and handed over."""


class BlockingLive:
    """A Live session as a blocking context manager, for one thread; it hands over what Gemini says to `on_message`.

    Its errors are those of the SDK, those of `on_message`, `pause` and `look`, Refused where Gemini says nothing for
    too long or takes no more sessions, and GoingAway where closing time cuts it short.
    """

    def __init__(
        self,
        client: genai.Client,
        settings: Settings,
        closing_time: ClosingTime,
        conversation: Conversation,
        on_message: Callable[[Message], None],
        refused: Callable[[Exception], object] = lambda _: None,
        pause: Callable[[float], None] = time.sleep,
        look: Callable[[], object] = lambda: None,
    ) -> None:
        """`on_message` is to tell the conversation what Gemini says of the connection, and what the client is told.

        `refused` is told the error each time that Gemini refuses the session for now; `pause` then waits, given
        seconds. `look` is called every LOOK_SECONDS that Gemini takes, and ends the session by raising where nobody
        waits any more.
        """

        async def wait(seconds: float) -> None:
            pause(seconds)  # which blocks, as there is nothing else to do on this loop

        self._conversation = conversation
        self._client = client
        self._settings = settings
        self._refused = refused
        self._wait = wait
        self._closing_time = closing_time
        self._on_message = on_message
        self._look = look
        self._ended_by: Exception = GoingAway()
        """What to raise where what is waited for is cut."""
        self._loop = new_event_loop()
        self._connection = AsyncExitStack()
        self._dialling = False
        """Whether nobody has answered yet, and for ever where that was cut."""
        self._session: AsyncSession
        self._work: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        try:
            self._run(self._open())
        except BaseException:
            self._end_loop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._loop.run_until_complete(self._connection.__aexit__(kind, error, trace))
        finally:
            self._end_loop()

    def ask(self, prompt: str) -> None:
        """Sends a prompt and waits out the whole reply, handing over each message as it comes.

        The loop is entered once a turn and not once a message, which costs a fifth less CPU for each chunk.
        """
        self._run(self._ask(prompt))

    def hurry(self) -> None:
        """Gives the reply that is running until REPLY_SECONDS from now. For closing time: any thread may call it."""
        with suppress(RuntimeError):  # the session was closed a moment ago
            self._loop.call_soon_threadsafe(self._loop.call_later, REPLY_SECONDS, self._cut)

    def breathe(self) -> None:
        """Gives the event loop a moment between turns: it answers pings, and raises if Gemini has closed."""
        self._run(self._breathe())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        """Lets the loop run until that is done, and looks now and then whether anybody still waits for it."""
        self._work = self._loop.create_task(work)
        self._look_later()
        try:
            self._loop.run_until_complete(self._work)
        except asyncio.CancelledError:
            raise self._ended_by from None
        finally:
            self._work = None
            self._looking.cancel()

    def _end_loop(self) -> None:
        """A connection that was cut while it was dialled is let go of in the moment after that, and not before."""
        if self._dialling:
            for _ in range(ROUNDS):  # which a busy machine may else take for one
                self._loop.run_until_complete(asyncio.sleep(MOMENT_SECONDS / 2))
        self._loop.close()

    def _cut(self) -> None:
        if self._work:
            self._work.cancel()

    def _look_later(self) -> None:
        self._looking = self._loop.call_later(LOOK_SECONDS, self._look_now)

    def _look_now(self) -> None:
        try:
            self._look()
        except Exception as error:
            self._ended_by = error
            self._cut()
        else:
            self._look_later()

    async def _open(self) -> None:
        async with self._closing_time.limit():
            await self._connect()

    async def _connect(self) -> None:
        dial = partial(gemini.connect, self._client, self._settings, self._conversation.handle)
        connection = patience.connected(dial, self._refused, self._wait)
        async with silence.at_most(self._settings.idle_seconds):
            self._dialling = True
            try:
                self._session = await self._connection.enter_async_context(connection)
            except ANSWERS:
                self._dialling = False
                raise
            self._dialling = False
            for prompt in self._conversation.connected():
                await gemini.send_prompt(self._session, prompt)

    async def _reconnect(self) -> None:
        # The old connection first: Gemini lets a conversation be resumed by nobody while somebody has it.
        await self._connection.aclose()
        await self._connect()

    async def _ask(self, prompt: str) -> None:
        await self._carried(self._catch_up)
        self._conversation.asks(prompt)
        with suppress(ConnectionClosed):  # it shows when the reply is to be heard, after what came before the end
            await gemini.send_prompt(self._session, prompt)
        while self._conversation.owes:
            await self._carried(self._hear_reply)

    async def _carried(self, act: Callable[[], Awaitable[None]]) -> None:
        """Acts on the connection, and goes on over another if this one is over with that."""
        try:
            await act()
        except gemini.LOST as error:
            if not self._conversation.outlives(error):
                raise
            await self._reconnect()
        else:
            if self._conversation.moves:
                await self._reconnect()

    async def _hear_reply(self) -> None:
        async with silence.at_most(self._settings.idle_seconds) as heard:
            await self._hear(heard)

    async def _hear(self, heard: Callable[[], None] = lambda: None) -> None:
        """Hands over messages up to the end of a turn, or until it is time for another connection."""
        async with aclosing(receive(self._session)) as messages:
            async for message in messages:
                self._on_message(message)
                heard()
                if (message.session_resumption_update or message.go_away) and self._conversation.moves:
                    return
        self._conversation.over()

    async def _breathe(self) -> None:
        async with self._closing_time.limit():
            await self._carried(self._hear_for_a_moment)

    async def _hear_for_a_moment(self) -> None:
        # A read that is given up loses nothing: what arrives later is there for the next.
        with suppress(TimeoutError):
            async with asyncio.timeout(MOMENT_SECONDS):
                await self._hear()

    async def _catch_up(self) -> None:
        """Hears what has arrived while the loop stood still, and waits for nothing."""
        hearing = asyncio.ensure_future(self._hear())
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
        hearing.cancel()
        await asyncio.wait((hearing,))
        if not hearing.cancelled():
            hearing.result()
