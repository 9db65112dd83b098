"""One conversation: what arrives on either side is passed to the other in the same moment, by whoever received it.

No task waits for a message. The one that a session has opens both sides, waits for an end, and says goodbye.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

from servers import introduction, patience, silence
from servers.admission import Admission
from servers.carrying import Conversation
from servers.causes import is_forgotten
from servers.chunks import Chunk, chunk_in
from servers.closing_time import ClosingTime, Replies
from servers.farewells import farewell_to, forgotten
from servers.injection import ballast
from servers.prompts import prompt_of
from servers.raw.client_connection import ClientConnection
from servers.raw.credentials import Credentials
from servers.raw.gemini_connection import Gemini, GeminiConnection
from servers.raw.gemini_wire import Heard, message_in, prompt_frame
from servers.raw.site import headers_of
from servers.resumption import Resumption
from servers.settings import Settings
from servers.visit import Visit

MOST_WAITING = 64 * 1024
"""How many characters of prompts may wait for Gemini to listen."""


@dataclass(frozen=True)
class House:
    """What all sessions of a process have in common."""

    settings: Settings
    gemini: Gemini
    credentials: Credentials
    closing_time: ClosingTime
    myself: introduction.Introduction
    packet_of: Callable[[Chunk | Heard], str | None]
    resumption: Resumption
    admission: Admission


class Session:
    """Begins when it is made, and ends by itself."""

    _replies: Replies
    _heard: Callable[[], None]
    _conversation: Conversation
    _visit: Visit

    def __init__(self, house: House, client: ClientConnection, request: Request) -> None:
        self._house = house
        self._client = client
        self._waiting: list[str | bytes] = []
        """What is to be asked on the next connection."""
        self._gemini: GeminiConnection | None = None
        """Nothing is asked without it."""
        self._early: list[bytes] | None = []
        """What Gemini has said before this session knew that it listens; None once it does."""
        self._slow = False
        """Whether the client takes less than there is for it."""
        self._left = False
        self._over = False
        self._end: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()
        """Of a connection: the error that it ended with, or None where it is time for the next."""
        headers = headers_of(request)
        self._ticket = house.resumption.asked(headers)
        self._task = asyncio.create_task(self._converse(introduction.asked_for(headers)))

    async def _converse(self, introduce: bool) -> None:
        if introduce:
            self._client.say(self._house.myself.packet)
        try:
            with self._house.admission.visit() as self._visit:
                await self._relay()
        except asyncio.CancelledError:
            pass  # The client has left. An error that a task keeps would keep all of this alive for a good while.
        except Exception as error:
            self._client.resume_listening()
            self._client.leave(farewell_to(error))
        finally:
            self._over = True
            self._end.cancel()
            self._gemini = None

    async def _relay(self) -> None:
        self._conversation = Conversation(self._ticket.handle())
        async with self._house.closing_time.limit() as self._replies:
            while True:
                error = await self._relay_until_its_end()
                if error and not self._conversation.outlives(error):
                    raise error
                self._end = asyncio.get_running_loop().create_future()

    async def _relay_until_its_end(self) -> Exception | None:
        """One connection."""
        house, handle = self._house, self._conversation.handle
        dial = partial(house.gemini.connect, await house.credentials.headers(), self, handle)
        with ballast(house.settings.injection):
            async with AsyncExitStack() as opened:
                self._heard = await opened.enter_async_context(silence.at_most(house.settings.idle_seconds))
                try:
                    connection = patience.connected(dial, self._visit.turned_away)
                    gemini = await opened.enter_async_context(connection)
                except ConnectionClosed as error:
                    if handle and is_forgotten(error):
                        raise forgotten() from error
                    raise
                self._begin(gemini)
                try:
                    return await self._end
                finally:
                    self._gemini, self._early = None, []

    def _begin(self, gemini: GeminiConnection) -> None:
        self._heard()
        for prompt in self._conversation.connected():
            gemini.say(prompt_frame(prompt))
        self._gemini = gemini
        if self._slow:
            gemini.pause_hearing()
        self._say_how_to_return(self._conversation.handle)
        self._client.resume_listening()
        early, self._early = self._early or [], None
        for said in early:
            self.hear(said, more=False)
        waiting, self._waiting = self._waiting, []
        for frame in waiting:
            self.ask(frame)

    def _say_how_to_return(self, handle: str | None) -> None:
        if packet := self._ticket.packet(handle):
            self._client.say(packet)

    def ask(self, frame: str | bytes) -> None:
        """A prompt from the client to Gemini, also while a reply is running: Gemini then stops and says so."""
        if self._over:
            return
        if self._gemini is None or self._waiting or self._conversation.defers():
            self._waiting.append(frame)
            if sum(map(len, self._waiting)) >= MOST_WAITING:
                self._client.pause_listening()  # the rest waits where it is; but so would the news that it has left
        else:
            self._pass_on(frame, self._gemini)

    def _pass_on(self, frame: str | bytes, gemini: GeminiConnection) -> None:
        try:
            prompt = prompt_of(frame)
            self._heard()
            if refusal := self._visit.refusal_of(prompt):
                self._client.say(refusal)
                return
            self._replies.owe()
            self._conversation.asks(prompt)
            gemini.say(prompt_frame(prompt))
        except Exception as error:
            self.end(error)

    def hear(self, frame: bytes, more: bool) -> None:
        """What Gemini says, to the client."""
        if self._early is not None:
            self._early.append(frame)
            return
        try:
            self._heard()
            message = chunk_in(frame) or message_in(frame)
            if packet := self._house.packet_of(message):
                self._client.say(packet, more)
                self._visit.saw(packet)
                self._conversation.replying = True
            if not isinstance(message, Chunk):
                self._heed(message)
        except Exception as error:
            self.end(error)

    def _heed(self, message: Heard) -> None:
        """What it means for the conversation."""
        conversation = self._conversation
        if message.tokens is not None:
            self._visit.used(message.tokens)
        if message.turn_complete:
            self._replies.paid()
            self._visit.over()
            conversation.over()
        if message.handle:
            conversation.given(message.handle)
            self._say_how_to_return(message.handle)
        if message.going:
            conversation.warned(message.time_left)
        if conversation.moves:
            self.end(None)

    def end(self, error: Exception | None) -> None:
        """The first to end a connection is who says why."""
        if not self._end.done():
            self._gemini = None  # prompts wait from now on
            self._end.set_result(error)

    def client_has_left(self) -> None:
        if not self._left:
            self._left = True
            self._client.resume_listening()  # the rest of what it sends is taken, and nothing is made of it
            self._task.cancel()

    def client_is_slow(self, slow: bool) -> None:
        """Gemini is then not listened to, so that nothing piles up here."""
        self._slow = slow
        if self._gemini and slow:
            self._gemini.pause_hearing()
        elif self._gemini:
            self._gemini.resume_hearing()

    def gemini_is_busy(self, busy: bool) -> None:
        if busy:
            self._client.pause_listening()
        elif self._gemini:
            self._client.resume_listening()
