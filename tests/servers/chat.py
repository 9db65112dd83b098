"""A client of the chat protocol, as plain as it can be: what it is told stays as it came."""

import asyncio
import json
import re
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

DEADLINE_SECONDS = 60.0
"""For whatever a test waits for: far longer than it takes, so that only a fault meets it."""

Packet = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Farewell:
    """How a server left: the packets since one last looked, and the close."""

    packets: list[Packet]
    close_code: int
    close_reason: str

    @property
    def error_code(self) -> str | None:
        """The code of the error packet that came right before the close."""
        code: str | None = self.packets[-1].get("error", {}).get("code") if self.packets else None
        return code

    @property
    def message(self) -> str:
        message: str = self.packets[-1]["error"]["message"]
        return message


class Chat:
    """The client's end of one session."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, prompt: str | bytes) -> None:
        await self.connection.send(prompt)

    async def packet(self) -> Packet:
        packet: Packet = json.loads(await self.connection.recv())
        return packet

    async def reply(self) -> list[Packet]:
        """The packets up to and with the next one that completes a turn."""
        packets = [await self.packet()]
        while not packets[-1]["turn_complete"]:
            packets.append(await self.packet())
        return packets

    async def ask(self, prompt: str) -> list[Packet]:
        await self.say(prompt)
        return await self.reply()

    async def farewell(self) -> Farewell:
        """Waits until the server has left."""
        packets: list[Packet] = []
        try:
            while True:
                packets.append(await self.packet())
        except ConnectionClosed:
            await self.connection.wait_closed()
        assert self.connection.close_code is not None
        return Farewell(packets, self.connection.close_code, self.connection.close_reason or "")

    def write(self, data: bytes) -> None:
        """Bytes as they are, outside the WebSocket protocol."""
        self.connection.transport.write(data)

    def vanish(self) -> None:
        """Resets the TCP connection: no close frame, no FIN."""
        end: socket.socket = self.connection.transport.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.transport.abort()


@asynccontextmanager
async def chat_with(
    url: str, headers: Mapping[str, str] | None = None, subprotocols: Sequence[str] | None = None
) -> AsyncIterator[Chat]:
    async with connect(
        url,
        proxy=None,
        open_timeout=DEADLINE_SECONDS,
        ping_interval=None,
        additional_headers=headers,
        subprotocols=None if subprotocols is None else [Subprotocol(name) for name in subprotocols],
    ) as connection:
        yield Chat(connection)


def run(conversation: Coroutine[Any, Any, Result]) -> Result:
    """Runs a test's conversation, which fails when it takes too long."""

    async def bounded() -> Result:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await conversation

    return asyncio.run(bounded())


def text_of(packets: list[Packet]) -> str:
    return "".join(packet["text"] for packet in packets)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Asks again and again until a condition holds."""
    give_up_at = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, f"waited {DEADLINE_SECONDS:g} s in vain until {what}"
        time.sleep(0.02)


# A chunk of a reply to a prompt that began with a tag.
_TAG = re.compile(r"\{(\S+) (\d+) \d+ (\d+)\}")


@dataclass(frozen=True)
class Chunk:
    """A packet with text, and what the fake said of it: which prompt it belongs to, and its place in the reply."""

    tag: str
    index: int
    spent_seconds: float
    text: str


def chunks_of(packets: list[Packet]) -> list[Chunk]:
    """The chunks of tagged replies. Fails where one bears no tag."""
    chunks = []
    for text in filter(None, (packet["text"] for packet in packets)):
        found = _TAG.match(text)
        assert found, f"{text!r} bears no tag"
        chunks.append(Chunk(found[1], int(found[2]), int(found[3]) / 1e6, text[found.end() :]))
    return chunks


def check_whole(reply: list[Packet], tag: str, chunks: int | None = None) -> None:
    """That a reply has all its chunks, none of another's, and is completed once and uninterrupted."""
    assert [(chunk.tag, chunk.index) for chunk in chunks_of(reply)] == [(tag, index) for index in range(len(reply) - 1)]
    assert chunks is None or len(reply) - 1 == chunks
    assert reply[-1] == {"text": "", "turn_complete": True}
    assert all(packet.keys() == {"text", "turn_complete"} for packet in reply)
