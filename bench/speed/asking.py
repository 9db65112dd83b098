"""What asks without pause, as cheaply as can be: what it spends, who is measured beside it has not to carry."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from websockets.frames import Frame, Opcode

from bench.errors import BenchError

CONNECT_SECONDS = 30.0

MODEL = "publishers/google/models/gemini-live-2.5-flash"
QUESTION = "How long does the ferry take?"
_UPGRADED = b"\r\n\r\n"
_KEPT_BYTES = 125
"""Of what arrived last: no mark is longer, and no more of a close is told."""


@dataclass(frozen=True)
class Wire:
    """How to hold a conversation with whoever is measured."""

    path: str
    opening: bytes
    """What is sent first; nothing where it is empty."""
    opened: bytes
    """What arrives once the session is open; waited for where `opening` is not empty."""
    question: bytes
    end_of_turn: bytes
    """What arrives at the end of a reply and nowhere else."""


def _framed(text: str) -> bytes:
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)


GEMINI = Wire(
    path="/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent?key=any",
    opening=_framed(json.dumps({"setup": {"model": MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}})),
    opened=b"setupComplete",
    question=_framed(json.dumps({"realtime_input": {"text": QUESTION}})),
    end_of_turn=b'"turnComplete": true',
)
CHAT = Wire("/live", b"", b"", _framed(QUESTION), b'"turn_complete": true')


class Asker(asyncio.Protocol):
    """One session: asks, looks into nothing that arrives but for the end of the reply, and asks again."""

    def __init__(self, wire: Wire) -> None:
        loop = asyncio.get_running_loop()
        self.talks: asyncio.Future[None] = loop.create_future()
        """Done with the first reply."""
        self.ended: asyncio.Future[str] = loop.create_future()
        """Done when the connection is, with what there is to say about it."""
        self._steps = _steps(wire)
        self._last = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by descent
        self._go_on()

    def data_received(self, data: bytes) -> None:
        # A mark may be cut in two by a read.
        if self._mark in data or self._mark in self._last[-len(self._mark) :] + data[: len(self._mark)]:
            before, _, self._last = (self._last + data).partition(self._mark)
            if self._mark == _UPGRADED and b" 101 " not in before:
                self._end(f"the upgrade was refused: {before.splitlines()[0]!r}")
                self._transport.abort()
            else:
                self._go_on()
        else:
            self._last = data if len(data) >= _KEPT_BYTES else (self._last + data)[-_KEPT_BYTES:]

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(f"a session was closed: {exc or repr(self._last[-_KEPT_BYTES:])}")

    def _end(self, why: str) -> None:
        if not self.ended.done():
            self.ended.set_result(why)

    def leave(self) -> None:
        self._transport.abort()

    def _go_on(self) -> None:
        words, self._mark, talks = next(self._steps)
        self._transport.write(words)
        if talks and not self.talks.done():
            self.talks.set_result(None)


def _steps(wire: Wire) -> Iterator[tuple[bytes, bytes, bool]]:
    """What to send, what to wait for then, and whether a reply was heard by now."""
    upgrade = (
        f"GET {wire.path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    yield upgrade.encode(), _UPGRADED, False
    if wire.opening:
        yield wire.opening, wire.opened, False
    yield wire.question, wire.end_of_turn, False
    while True:
        yield wire.question, wire.end_of_turn, True


class Askers:
    """All sessions. Raises BenchError as soon as one of them ends, which none should."""

    def __init__(self, url: str, tls: ssl.SSLContext | None, wire: Wire) -> None:
        self._url, self._tls, self._wire = url, tls, wire
        self._askers: list[Asker] = []

    async def talk(self, sessions: int) -> None:
        """Opens so many, and waits until each has had its first reply."""
        address = urlsplit(self._url)
        host, port = address.hostname or "", address.port or 0
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                for _ in range(sessions):
                    _, asker = await loop.create_connection(lambda: Asker(self._wire), host, port, ssl=self._tls)
                    self._askers.append(asker)
        except (TimeoutError, OSError) as error:
            raise BenchError(
                f"not all of {sessions} sessions could be opened at {self._url}: {str(error) or type(error).__name__}"
            ) from error
        for _ in range(int(CONNECT_SECONDS / 0.05)):
            if all(asker.talks.done() for asker in self._askers):
                return
            await self.go_on(0.05)
        raise BenchError(f"not all of {sessions} sessions had their first reply within {CONNECT_SECONDS:g} s")

    async def go_on(self, seconds: float) -> None:
        """Lets them ask for so long."""
        ended, _ = await asyncio.wait(
            [asker.ended for asker in self._askers], timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for why in ended:
            raise BenchError(f"{why.result()} at {self._url}")

    def leave(self) -> None:
        for asker in self._askers:
            asker.leave()
