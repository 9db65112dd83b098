"""Against servers that say just what a test wants, read by read."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bench.errors import BenchError
from bench.speed.asking import CHAT, GEMINI, Askers, Wire

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def asked(serve: Serve, wire: Wire, what: Callable[[Askers], Awaitable[None]]) -> None:
    """Two sessions with such a server, of which `what` is made."""

    async def serve_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(UPGRADED)
        await serve(reader, writer)
        writer.close()

    async with await asyncio.start_server(serve_and_close, "127.0.0.1", 0) as server:
        askers = Askers("http://{}:{}".format(*server.sockets[0].getsockname()), None, wire)
        try:
            await what(askers)
        finally:
            askers.leave()


def test_who_is_answered_asks_again_however_the_answer_is_cut_in_pieces() -> None:
    asked_again = asyncio.Event()

    async def a_byte_at_a_time(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            assert await reader.readexactly(len(CHAT.question))
            for byte in b'{"text": "Hello", "turn_complete": true}':
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0)
        asked_again.set()
        await reader.read()

    async def talk(askers: Askers) -> None:
        await askers.talk(2)
        await asked_again.wait()

    asyncio.run(asyncio.wait_for(asked(a_byte_at_a_time, CHAT, talk), 30))


def test_gemini_is_asked_once_it_has_set_up() -> None:
    async def set_up_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(GEMINI.opening))
        writer.write(b'{"setupComplete": {}}')
        assert await reader.readexactly(len(GEMINI.question)) == GEMINI.question
        writer.write(b'{"serverContent": {"turnComplete": true}}')
        await reader.read()

    asyncio.run(asyncio.wait_for(asked(set_up_first, GEMINI, lambda askers: askers.talk(2)), 30))


@pytest.mark.parametrize("replies", [0, 1])
def test_session_that_is_closed_ends_the_measurement_with_the_last_that_was_said(replies: int) -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(replies):
            await reader.readexactly(len(CHAT.question))
            writer.write(b'"turn_complete": true')
        await reader.readexactly(len(CHAT.question))
        writer.write(b"\x88\x02\x03\xf5")

    async def talk(askers: Askers) -> None:
        await askers.talk(2)
        await askers.go_on(30)

    with pytest.raises(BenchError, match=r"a session was closed: b'.*\\x03\\xf5'"):
        asyncio.run(asyncio.wait_for(asked(close, CHAT, talk), 30))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\nno room", "the upgrade was refused: b'HTTP/1.1 503 Service Unav"),
        (UPGRADED + b"\x88\x02\x03\xf5", r"a session was closed: b'\\x88\\x02\\x03\\xf5'"),
    ],
)
def test_session_that_is_refused_is_told_in_the_words_of_the_server(answer: bytes, said: str) -> None:
    async def refused() -> None:
        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            await Askers("http://{}:{}".format(*server.sockets[0].getsockname()), None, CHAT).talk(1)

    with pytest.raises(BenchError, match=said):
        asyncio.run(asyncio.wait_for(refused(), 30))


def test_server_that_is_not_there_is_said_in_one_line() -> None:
    async def nobody() -> None:
        async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
        await Askers(f"http://127.0.0.1:{port}", None, CHAT).talk(2)

    with pytest.raises(BenchError, match=r"not all of 2 sessions could be opened at http://127\.0\.0\.1:"):
        asyncio.run(nobody())
