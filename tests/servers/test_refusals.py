"""What a server does not serve, and that a client which misbehaves is alone in noticing it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from servers.settings import MAX_MESSAGE_BYTES, OPENING_SECONDS
from tests.chat_server_process import ChatServer
from tests.fake_gemini_process import RunningFake
from tests.servers.chat import Chat, Farewell, chat_with, check_whole, chunks_of, run
from tests.servers.conftest import APPS, Servers

TOO_LONG_BYTES = 10 * 2**20

OPENING = (
    b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
EMPTY_TEXT_FRAME = b"\x81\x80\0\0\0\0"
INVALID_UTF_8_FRAME = b"\x81\x82\0\0\0\0\xff\xfe"
UNMASKED_FRAME = b"\x81\x02hi"
RESERVED_OPCODE_FRAME = b"\x83\x80\0\0\0\0"


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> str:
    """Each of them: web servers refuse in ways of their own."""
    return str(request.param)


async def answer_to(server: ChatServer, frame: str | bytes) -> Farewell:
    async with chat_with(server.live_url) as chat:
        with suppress(ConnectionClosed):  # perhaps in the middle of it
            await chat.say(frame)
        return await chat.farewell()


@pytest.mark.parametrize(
    ("frame", "code"),
    [("", "empty_prompt"), (" \t\r\n", "empty_prompt"), (b"", "empty_prompt"), (b"\xff\x00" * 500, "unsupported")],
    ids=["empty", "blank", "empty binary", "binary"],
)
def test_frame_without_a_prompt_is_refused_in_words(server: ChatServer, frame: str | bytes, code: str) -> None:
    farewell = run(answer_to(server, frame))
    assert (farewell.error_code, farewell.close_code, farewell.close_reason) == (code, 1008, code)


@pytest.mark.parametrize(
    "frame",
    [
        "x" * TOO_LONG_BYTES,
        b"\0" * TOO_LONG_BYTES,
        "x" * (MAX_MESSAGE_BYTES + 1),
        "\U0001f642" * (MAX_MESSAGE_BYTES + 1),
        b"\0" * (MAX_MESSAGE_BYTES + 1),
    ],
    ids=["text", "binary", "by one", "by one character", "by one byte"],
)
def test_message_that_is_too_long_is_closed_with_1009(server: ChatServer, frame: str | bytes) -> None:
    assert run(answer_to(server, frame)).close_code == 1009


@pytest.mark.parametrize("size", [MAX_MESSAGE_BYTES + 1, TOO_LONG_BYTES])
def test_close_of_what_is_too_long_is_not_lost_while_the_rest_still_comes(server: ChatServer, size: int) -> None:
    async def close_code() -> int | None:
        async with connect(server.live_url, proxy=None, compression=None) as connection:
            with suppress(ConnectionClosed):  # perhaps in the middle of it
                await connection.send("x" * size)
            await connection.wait_closed()
            return connection.close_code

    assert run(close_code()) == 1009


def test_refusal_in_the_middle_of_a_conversation_comes_after_the_replies(server: ChatServer) -> None:
    async def converse() -> Farewell:
        async with chat_with(server.live_url) as chat:
            check_whole(await chat.ask("#a Hello"), "a")
            await chat.say("")
            return await chat.farewell()

    assert run(converse()).close_code == 1008


Misdeed = Callable[[Chat], Awaitable[object]]


async def say_something_far_too_long(chat: Chat) -> None:
    with suppress(ConnectionClosed):  # perhaps in the middle of it
        await chat.say("x" * TOO_LONG_BYTES)
    assert (await chat.farewell()).close_code == 1009


async def say_nothing_at_all(chat: Chat) -> None:
    await chat.say("")
    await chat.farewell()


async def send_binary_junk(chat: Chat) -> None:
    await chat.say(os.urandom(1000))
    await chat.farewell()


async def send_invalid_utf_8(chat: Chat) -> None:
    chat.write(INVALID_UTF_8_FRAME)
    await chat.farewell()


async def break_the_protocol(chat: Chat) -> None:
    chat.write(UNMASKED_FRAME)
    await chat.farewell()


async def use_a_reserved_opcode(chat: Chat) -> None:
    chat.write(RESERVED_OPCODE_FRAME)
    await chat.farewell()


async def speak_another_protocol(chat: Chat) -> None:
    chat.write(b"EHLO example.org\r\n" * 100)
    await chat.farewell()


async def vanish_in_the_middle_of_a_reply(chat: Chat) -> None:
    await chat.say("Hello")
    await chat.packet()
    chat.vanish()


async def ask_a_hundred_times_at_once_and_leave(chat: Chat) -> None:
    for _ in range(100):
        await chat.say("Hello")
    await chat.packet()


async def flood_with_pings(chat: Chat) -> None:
    pongs = [await chat.connection.ping() for _ in range(1000)]
    await asyncio.gather(*pongs)


MISDEEDS: tuple[Misdeed, ...] = (
    say_something_far_too_long,
    say_nothing_at_all,
    send_binary_junk,
    send_invalid_utf_8,
    break_the_protocol,
    use_a_reserved_opcode,
    speak_another_protocol,
    vanish_in_the_middle_of_a_reply,
    ask_a_hundred_times_at_once_and_leave,
    flood_with_pings,
)


def test_misbehaving_clients_disturb_no_other(talkative_server: ChatServer) -> None:
    async def offend(misdeed: Misdeed) -> None:
        async with chat_with(talkative_server.live_url) as offender:
            await misdeed(offender)

    async def converse() -> None:
        async with chat_with(talkative_server.live_url) as bystander:
            await bystander.say("#during Hello")
            begun = [await bystander.packet()]
            await asyncio.gather(*(offend(misdeed) for misdeed in MISDEEDS))
            check_whole(begun + await bystander.reply(), "during")
            await bystander.say("#after Hello")
            assert [chunk.tag for chunk in chunks_of([await bystander.packet()])] == ["after"]

    run(converse())


def test_connection_that_never_says_anything_disturbs_no_one(server: ChatServer) -> None:
    async def converse() -> None:
        _, silent = await asyncio.open_connection("127.0.0.1", server.port)
        _, half = await asyncio.open_connection("127.0.0.1", server.port)
        half.write(OPENING[:100])
        async with chat_with(server.live_url) as bystander:
            check_whole(await bystander.ask("#a Hello"), "a")
        silent.close()
        half.close()

    run(converse())


@pytest.mark.long
def test_connection_on_which_nothing_is_asked_is_closed_in_time(servers: Servers) -> None:
    """Half a request holds a thread of gunicorn's for as long as its sender likes; all else is bounded everywhere."""

    async def is_closed(server: ChatServer, beginning: bytes) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(beginning)
        try:
            async with asyncio.timeout(OPENING_SECONDS + 10.0):
                await reader.read()
        except TimeoutError:
            return False
        finally:
            writer.close()
        return True

    async def all_of_them() -> dict[tuple[str, bool], bool]:
        asked = [(name, bool(half)) for name in servers for half in (b"", OPENING[:100])]
        closed = await asyncio.gather(*(is_closed(servers[name], OPENING[:100] * half) for name, half in asked))
        return dict(zip(asked, closed, strict=True))

    open_for_ever = {where for where, closed in run(all_of_them()).items() if not closed}
    assert open_for_ever <= {("flask", True), ("flask-duplex", True)}


def test_nothing_of_all_this_left_a_session_or_was_taken_for_a_fault(
    servers: Servers,
    talkative_servers: Servers,
    gemini: RunningFake,
    talkative_gemini: RunningFake,
) -> None:
    """Looks at what the tests above have left behind."""
    for fake in (gemini, talkative_gemini):
        fake.ledger_once(lambda account: account["sessions_open"] == 0)
    for server in (*servers.started.values(), *talkative_servers.started.values()):
        assert "Traceback" not in server.log()
        assert "fault" not in server.log()
