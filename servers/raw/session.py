"""One conversation: what arrives on either side is passed to the other in the same moment, by whoever received it.

No task waits for a message. The one that a session has opens both sides, waits for an end, and says goodbye.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from picows import WSError
from websockets.http11 import Request

from servers import introduction, silence
from servers.chunks import Chunk, chunk_in
from servers.closing_time import ClosingTime, Replies
from servers.farewells import UPSTREAM_FAILED, Farewell, farewell_to
from servers.injection import ballast
from servers.packets import prompt_of
from servers.raw.client_connection import ClientConnection
from servers.raw.credentials import Credentials
from servers.raw.gemini_connection import Gemini, GeminiConnection
from servers.raw.gemini_wire import GeminiClosed, Heard, message_in, prompt_frame
from servers.settings import Settings


@dataclass(frozen=True)
class House:
    """What all sessions of a process have in common."""

    settings: Settings
    gemini: Gemini
    credentials: Credentials
    closing_time: ClosingTime
    myself: introduction.Introduction
    packet_of: Callable[[Chunk | Heard], str | None]


class Session:
    """Begins when it is made, and ends by itself."""

    _replies: Replies
    _heard: Callable[[], None]

    def __init__(self, house: House, client: ClientConnection, request: Request) -> None:
        self._house = house
        self._client = client
        self._waiting: list[str | bytes] = []
        self._gemini: GeminiConnection | None = None
        self._left = False
        self._end: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        self._task = asyncio.create_task(self._converse(introduction.asked_for(headers)))

    async def _converse(self, introduce: bool) -> None:
        if introduce:
            self._client.say(self._house.myself.packet)
        self._client.pause_listening()  # what is said before Gemini listens waits where it is
        try:
            await self._relay()
        except asyncio.CancelledError:
            pass  # The client has left. An error that a task keeps would keep all of this alive for a good while.
        except Exception as error:
            self._client.resume_listening()
            self._client.leave(_farewell_to(error))
        finally:
            self._end.cancel()
            self._gemini = None

    async def _relay(self) -> None:
        house = self._house
        async with house.closing_time.limit() as self._replies:
            headers = await house.credentials.headers()
            with ballast(house.settings.injection):
                async with (
                    house.gemini.connect(headers, self) as gemini,
                    silence.at_most(house.settings.idle_seconds) as self._heard,
                ):
                    self._begin(gemini)
                    raise await self._end

    def _begin(self, gemini: GeminiConnection) -> None:
        self._gemini = gemini
        self._client.resume_listening()
        for frame in self._waiting:
            self.ask(frame)
        self._waiting.clear()

    def ask(self, frame: str | bytes) -> None:
        """A prompt from the client to Gemini, also while a reply is running: Gemini then stops and says so."""
        if self._end.done():
            return
        if self._gemini:
            self._pass_on(frame, self._gemini)
        else:
            self._waiting.append(frame)

    def _pass_on(self, frame: str | bytes, gemini: GeminiConnection) -> None:
        try:
            prompt = prompt_of(frame)
            self._heard()
            self._replies.owe()
            gemini.say(prompt_frame(prompt))
        except Exception as error:
            self.end(error)

    def hear(self, frame: bytes, more: bool) -> None:
        """What Gemini says, to the client."""
        try:
            self._heard()
            message = chunk_in(frame) or message_in(frame)
            if packet := self._house.packet_of(message):
                self._client.say(packet, more)
            if message.turn_complete:
                self._replies.paid()
        except Exception as error:
            self.end(error)

    def end(self, error: Exception) -> None:
        """The first to end a session is who says why."""
        if not self._end.done():
            self._end.set_result(error)

    def client_has_left(self) -> None:
        if not self._left:
            self._left = True
            self._client.resume_listening()  # the rest of what it sends is taken, and nothing is made of it
            self._task.cancel()

    def client_is_slow(self, slow: bool) -> None:
        """Gemini is then not listened to, so that nothing piles up here."""
        if self._gemini and slow:
            self._gemini.pause_hearing()
        elif self._gemini:
            self._gemini.resume_hearing()

    def gemini_is_busy(self, busy: bool) -> None:
        if busy:
            self._client.pause_listening()
        elif self._gemini:
            self._client.resume_listening()


def _farewell_to(error: Exception) -> Farewell:
    match error:
        case GeminiClosed():
            return error.farewell
        case OSError() | TimeoutError() | ssl.SSLError() | WSError():
            return Farewell(UPSTREAM_FAILED, "unreachable", f"Gemini cannot be reached: {type(error).__name__}")
        case _:
            return farewell_to(error)
