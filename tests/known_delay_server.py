"""A chat server whose every delay is known: it writes down what it sent when, and misbehaves to order.

Runs in a thread of its own with its own event loop, on a free port, and speaks `/live` and `/healthz`. Delays are
drawn from a seed and the session's and turn's number, so two servers of the same seed behave alike.
"""

import asyncio
import json
import random
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

STALL_SECONDS = 0.3

Misbehaviour = Callable[["KnownDelayServer", ServerConnection, "Reply"], Awaitable[None]]
"""What a session does with a prompt in place of a proper reply."""
Upgrade = Callable[["KnownDelayServer", int], Awaitable[Response | None]]
"""What is done about the nth upgrade, from 0, before or in place of accepting it."""


@dataclass
class Reply:
    """What the server knows about one prompt and its reply."""

    session: int
    tag: str | None
    prompt: str
    prompt_at: float
    chunks_at: list[float] = field(default_factory=list)
    """When each chunk was handed to the socket."""
    stalled_before: int | None = None
    """Which chunk came STALL_SECONDS late."""
    interrupted_at: float | None = None
    ended_at: float | None = None
    misbehaviour: str | None = None


@dataclass
class Timing:
    """All in seconds; the delays are drawn from the lower half of each up to the whole."""

    first: float = 0.08
    gap: float = 0.03
    chunks: int = 12
    stall_share: float = 0.0
    """How many of the replies have a stall."""


class KnownDelayServer:
    def __init__(
        self,
        timing: Timing | None = None,
        *,
        seed: int = 1,
        interruptible: bool = True,
        misbehaviours: dict[str, Misbehaviour] | None = None,
        upgrade: Upgrade | None = None,
        swaps_chunks: bool = False,
        healthy_after_asked: int = 0,
        introduction: str | None = None,
        sets_cookies: bool = False,
    ) -> None:
        """`introduction` is what a session begins with, word for word, if its client asks for one; each session's
        cookie bears its number."""
        self.timing = timing or Timing()
        self.replies: list[Reply] = []
        """In order of the prompts."""
        self.health_checks = 0
        self.upgrades: list[Headers] = []
        """What each request for a session said."""
        self._seed = seed
        self._interruptible = interruptible
        self._misbehaviours = list((misbehaviours or {}).items())
        self._upgrade = upgrade
        self._swaps_chunks = swaps_chunks
        self._healthy_after_asked = healthy_after_asked
        self._introduction = introduction
        self._sets_cookies = sets_cookies
        self._sessions: list[ServerConnection] = []
        self._loop = asyncio.new_event_loop()
        self.stopping = asyncio.Event()
        """What waits for ever waits for this."""
        self._port: int | None = None
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._thread.start()
        assert self._listening.wait(10), "the server does not listen"

    def stop(self) -> None:
        """As a killed process: every connection is reset, nobody listens any more."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.stopping.set)
            self._thread.join()
            self._loop.close()

    async def _serve(self) -> None:
        async with serve(
            self._session,
            "127.0.0.1",
            0,
            process_request=self._answer,
            process_response=self._set_cookie,
            compression=None,
            open_timeout=None,
            close_timeout=0.1,
        ) as server:
            self._port = server.sockets[0].getsockname()[1]
            self._listening.set()
            await self.stopping.wait()
            for session in self._sessions:
                session.transport.abort()

    async def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        if request.path == "/live":
            self.upgrades.append(request.headers)
            return await self._upgrade(self, len(self.upgrades) - 1) if self._upgrade else None
        self.health_checks += 1
        healthy = request.path == "/healthz" and self.health_checks > self._healthy_after_asked
        return empty_response(HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE)

    def _set_cookie(self, _: ServerConnection, request: Request, response: Response) -> None:
        number = next((n for n, headers in enumerate(self.upgrades, 1) if headers is request.headers), None)
        if self._sets_cookies and number:
            response.headers["Set-Cookie"] = f"affinity={number}; Path=/; HttpOnly"

    async def _session(self, websocket: ServerConnection) -> None:
        number = len(self._sessions)
        self._sessions.append(websocket)
        if self._introduction and websocket.request and websocket.request.headers.get("Live-Introduction") == "1":
            await websocket.send(self._introduction)
        replying: asyncio.Task[None] | None = None
        current: Reply | None = None
        try:
            async for prompt in websocket:
                assert isinstance(prompt, str)
                if current and replying and not replying.done() and self._interruptible:
                    current.interrupted_at = time.time()
                    replying.cancel()
                current = self._note(number, prompt)
                replying = asyncio.create_task(self._reply_after(replying, websocket, current))
        except ConnectionClosed:
            pass
        finally:
            if replying:
                replying.cancel()
                await asyncio.gather(replying, return_exceptions=True)

    def _note(self, session: int, prompt: str) -> Reply:
        match = re.match(r"#(\S+) (.*)", prompt)
        tag, text = match.groups() if match else (None, prompt)
        reply = Reply(session, tag, text, time.time())
        self.replies.append(reply)
        return reply

    async def _reply_after(self, before: asyncio.Task[None] | None, websocket: ServerConnection, reply: Reply) -> None:
        if before:
            await asyncio.gather(before, return_exceptions=True)
        try:
            if self._misbehaviours:
                reply.misbehaviour, misbehave = self._misbehaviours[reply.session % len(self._misbehaviours)]
                await misbehave(self, websocket, reply)
            else:
                await self.speak(websocket, reply)
        except ConnectionClosed:
            pass

    async def speak(self, websocket: ServerConnection, reply: Reply) -> None:
        """A proper reply, with delays drawn from the seed; it is cut where the next prompt interrupts it."""
        turn = sum(other.session == reply.session for other in self.replies)
        delays = random.Random(f"{self._seed}.{reply.session}.{turn}")
        timing = self.timing
        if delays.random() < timing.stall_share:
            reply.stalled_before = delays.randrange(1, timing.chunks)
        try:
            await asyncio.sleep(delays.uniform(timing.first / 2, timing.first))
            for index in range(timing.chunks):
                if index == reply.stalled_before:
                    await asyncio.sleep(STALL_SECONDS)
                await self.say(websocket, reply, f"word {index} ")
                await asyncio.sleep(delays.uniform(timing.gap / 2, timing.gap))
        except asyncio.CancelledError:
            if reply.interrupted_at is None:
                raise
            await self.send(websocket, text="", turn_complete=False, interrupted=True)
        await self.complete(websocket, reply)

    async def say(self, websocket: ServerConnection, reply: Reply, text: str) -> None:
        """One chunk, noted."""
        nanoseconds = time.time_ns()
        tag = self._tag_of(reply)
        spent = int((nanoseconds / 1e9 - reply.prompt_at) * 1e6)
        attribution = f"{{{tag} {len(reply.chunks_at)} {nanoseconds} {spent}}}" if tag else ""
        reply.chunks_at.append(nanoseconds / 1e9)
        await self.send(websocket, text=attribution + text, turn_complete=False)

    async def complete(self, websocket: ServerConnection, reply: Reply) -> None:
        reply.ended_at = time.time()
        await self.send(websocket, text="", turn_complete=True)

    async def send(self, websocket: ServerConnection, **packet: object) -> None:
        await websocket.send(json.dumps(packet))

    def _tag_of(self, reply: Reply) -> str | None:
        """The reply's own tag; one that swaps chunks takes, now and then, that of another open session."""
        if self._swaps_chunks and len(reply.chunks_at) == 3:
            for other in self.replies:
                if other.ended_at is None and other.session != reply.session:
                    return other.tag
        return reply.tag


def empty_response(status: HTTPStatus) -> Response:
    return Response(status.value, status.phrase, Headers({"Content-Length": "0", "Connection": "close"}))


@contextmanager
def running(server: KnownDelayServer) -> Iterator[KnownDelayServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()
