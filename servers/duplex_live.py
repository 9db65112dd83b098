"""The SDK's Live session on an event loop of its own, in a thread of its own, beside the thread that hears the client.

That thread hands prompts over and is never waited for; the session's thread waits for Gemini as long as the session
lasts, and hands on what Gemini says. When Gemini ends a connection, the conversation goes on over the next.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from types import TracebackType
from typing import Self

from google import genai
from google.genai.live import AsyncSession

from servers import silence
from servers.carrying import Conversation
from servers.closing_time import ClosingTime, Replies
from servers.event_loop import new_event_loop
from servers.line import Line
from servers.quick_receive import Message, receive
from servers.settings import Settings


class DuplexLive:
    """A Live session as a context manager for the thread that hears the client; leaving it ends the session's thread.

    What ends the session by itself is kept for `check` to raise: errors of the SDK, those of `on_message`, Refused
    where nobody says anything for too long or Gemini takes no more sessions, and GoingAway at closing time.
    """

    def __init__(
        self,
        client: genai.Client,
        settings: Settings,
        closing_time: ClosingTime,
        conversation: Conversation,
        on_message: Callable[[Message], None],
        on_turn: Callable[[], None],
        on_change: Callable[[], None],
        refused: Callable[[Exception], object] = lambda _: None,
    ) -> None:
        """The session's thread calls `on_message`, which is to tell the conversation what Gemini says of the connection
        and what the client is told, `on_turn` when a reply is over, `on_change` when the session is open
        and when it has ended, and `refused` the error each time that Gemini refuses it for now."""
        self._line = Line(client, settings, conversation, refused)
        self._closing_time = closing_time
        self._on_message = on_message
        self._on_turn = on_turn
        self._on_change = on_change
        self._idle_seconds = settings.idle_seconds
        self._prompts: asyncio.Queue[str] = asyncio.Queue()
        self._heard: Callable[[], None] = lambda: None
        self._error: Exception | None = None
        self.is_open = False

    def __enter__(self) -> Self:
        self._loop = new_event_loop()
        self._talk = self._loop.create_task(self._converse())
        self._thread = Thread(target=self._run, name="live session")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hand_over(self._talk.cancel)
        self._thread.join()

    def ask(self, prompt: str) -> None:
        """Has a prompt sent, also while a reply is running: Gemini then stops and says so."""
        self._hand_over(partial(self._prompts.put_nowait, prompt))

    def hear(self) -> None:
        """The client has said something, whether or not Gemini gets it."""
        self._hand_over(self._heard)

    def check(self) -> None:
        """Raises what has ended the session."""
        if self._error:
            raise self._error

    def _hand_over(self, call: Callable[[], object]) -> None:
        """The one way into the session's thread."""
        with suppress(RuntimeError):  # the session has ended, and its loop is closed
            self._loop.call_soon_threadsafe(call)

    def _run(self) -> None:
        """The thread, from its beginning to its end."""
        try:
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._talk)
        finally:
            self._loop.close()
            self._on_change()

    async def _converse(self) -> None:
        try:
            async with (
                self._closing_time.limit() as replies,
                silence.at_most(self._idle_seconds) as self._heard,
                asyncio.TaskGroup() as tasks,
            ):
                tasks.create_task(self._upstream(replies))
                tasks.create_task(self._downstream(replies))
        except* Exception as errors:
            self._error = errors.exceptions[0]

    async def _upstream(self, replies: Replies) -> None:
        while True:
            prompt = await self._prompts.get()
            replies.owe()
            await self._line.ask(prompt)

    async def _downstream(self, replies: Replies) -> None:
        while True:
            async with self._line.connection() as session:
                self._heard()
                if not self.is_open:
                    self.is_open = True
                    self._on_change()
                await self._listen(session, replies)

    async def _listen(self, session: AsyncSession, replies: Replies) -> None:
        """What Gemini says is handed on as it comes: that may block, as nobody else waits on this loop but a prompt."""
        conversation = self._line.conversation
        while True:
            async for message in receive(session):
                self._heard()
                self._on_message(message)
                if (message.session_resumption_update or message.go_away) and conversation.moves:
                    return
            replies.paid()
            self._on_turn()
            conversation.over()
