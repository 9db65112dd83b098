"""What is made of whatever Gemini may do on the wire."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.utils import accept_key

from servers.farewells import meaning_of
from servers.raw import gemini_connection as module
from servers.raw.gemini_connection import Gemini, GeminiConnection, find_gemini
from servers.settings import read_settings
from tests.servers.chat import DEADLINE_SECONDS, run
from tests.servers.raw.scripted_gemini import SETUP, Ears, gemini_that, with_gemini_that

SETTING_UP = b'{"setupComplete": {}}'


async def until_closed(_: GeminiConnection, ears: Ears) -> None:
    ears.errors.put_nowait(await ears.errors.get())


def last_words(ears: Ears) -> str:
    error = ears.errors.get_nowait()
    assert isinstance(error, ConnectionClosed)
    assert ears.errors.empty()
    return meaning_of(error).message


def test_setup_is_said_first_and_its_answer_is_not_passed_on() -> None:
    said: list[str | bytes] = []

    async def gemini(client: ServerConnection) -> None:
        said.append(await client.recv())
        await client.send(SETTING_UP)
        said.append(await client.recv(decode=False))
        await client.send(b"{}")
        await client.close()

    async def converse(connection: GeminiConnection, ears: Ears) -> None:
        connection.say(b"Hello")
        await until_closed(connection, ears)

    ears = with_gemini_that(gemini, converse)
    assert said == [SETUP, b"Hello"]
    assert ears.texts == [b"{}"]


def test_message_in_pieces_is_put_together_and_pings_between_them_are_answered() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"server'
        yield b"Content"
        yield b""
        yield b'": {}}'

    async def gemini(client: ServerConnection) -> None:
        await client.send(SETTING_UP)
        await client.send(pieces())
        await (await client.ping())
        await client.send("text is as good")
        await client.close()

    ears = with_gemini_that(gemini, until_closed)
    assert ears.texts == [b'{"serverContent": {}}', b"text is as good"]


def test_message_that_arrives_with_the_next_is_told_as_such() -> None:
    async def gemini(client: ServerConnection) -> None:
        await client.send(SETTING_UP)
        await client.recv()
        for text in (b"1", b"2", b"3"):
            client.protocol.send_binary(text)
        client.transport.write(b"".join(client.protocol.data_to_send()))
        await client.wait_closed()

    async def converse(connection: GeminiConnection, ears: Ears) -> None:
        connection.say(b"Go on")
        while len(ears.messages) < 3:
            await asyncio.sleep(0.01)

    ears = with_gemini_that(gemini, converse)
    assert ears.messages == [(b"1", True), (b"2", True), (b"3", False)]


@pytest.mark.parametrize(
    ("code", "reason", "told"),
    [
        (
            1007,
            "API key not valid. Please pass a valid API key.",
            "1007 API key not valid. Please pass a valid API key.",
        ),
        (1011, "x" * 123, "1011 " + "x" * 123),
        (1000, "", "1000 "),
        (4321, "of its own", "4321 of its own"),
    ],
)
def test_close_is_told_in_geminis_words(code: int, reason: str, told: str) -> None:
    async def gemini(client: ServerConnection) -> None:
        await client.send(SETTING_UP)
        await client.close(code, reason)

    assert last_words(with_gemini_that(gemini, until_closed)) == f"Gemini closed the session: {told}"


def test_connection_that_breaks_is_told() -> None:
    async def gemini(client: ServerConnection) -> None:
        await client.send(SETTING_UP)
        client.transport.abort()

    assert last_words(with_gemini_that(gemini, until_closed)).startswith("Gemini closed the session: 1006 ")


@pytest.mark.parametrize("in_pieces", [False, True])
def test_message_that_is_too_long_ends_the_session_and_what_comes_behind_it_is_not_heard(in_pieces: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(1025):
            yield bytes(1024)

    async def gemini(client: ServerConnection) -> None:
        await client.send(SETTING_UP)
        await client.recv()  # the setup
        await client.recv()
        with suppress(ConnectionClosed):
            await client.send(pieces() if in_pieces else bytes(1025 * 1024))
            await client.send(b"{}")
            await client.recv()

    async def converse(connection: GeminiConnection, ears: Ears) -> None:
        connection.say(b"Go on")
        await until_closed(connection, ears)

    ears = with_gemini_that(gemini, converse)
    assert last_words(ears).startswith("Gemini closed the session: 1006 ")
    assert ears.texts == []


def test_refusal_at_setup_is_told() -> None:
    async def gemini(client: ServerConnection) -> None:
        await client.recv()
        await client.close(1008, "no such model")

    async def nothing(_: GeminiConnection, __: Ears) -> None:
        raise AssertionError("there is no session")

    with pytest.raises(ConnectionClosed) as closed:
        with_gemini_that(gemini, nothing)
    assert meaning_of(closed.value).message == "Gemini closed the session: 1008 no such model"


def test_connection_that_is_given_up_is_cut_and_nobody_is_told() -> None:
    """As happens where a client leaves between the moment at which it comes about and that at which we hear of it."""
    closes: list[int | None] = []

    async def whole() -> Ears:
        over = asyncio.Event()

        async def gemini(client: ServerConnection) -> None:
            with suppress(ConnectionClosed):
                await client.recv()
                await client.send(SETTING_UP)
                await client.recv()
            closes.append(client.close_code)
            over.set()

        ears = Ears()
        async with gemini_that(gemini) as there, there.connect({}, ears) as connection:
            connection.give_up()
            await over.wait()
        return ears

    assert run(whole()).errors.empty()
    assert closes == [1006]


def test_connection_is_closed_properly_when_it_is_left() -> None:
    closes: list[int | None] = []

    async def gemini(client: ServerConnection) -> None:
        await client.send(SETTING_UP)
        await client.wait_closed()
        closes.append(client.close_code)

    async def nothing(_: GeminiConnection, __: Ears) -> None:
        """Leaves at once."""

    ears = with_gemini_that(gemini, nothing)
    assert (closes, ears.errors.empty()) == ([1000], True)


def test_gemini_that_does_not_answer_a_close_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.05)

    async def whole() -> None:
        left = asyncio.Event()

        async def gemini(client: ServerConnection) -> None:
            await client.send(SETTING_UP)
            client.transport.pause_reading()
            await left.wait()
            client.transport.abort()

        async with gemini_that(gemini) as there:
            async with there.connect({}, Ears()) as connection:
                pass
            assert connection.transport.underlying_transport.is_closing()
            left.set()

    run(whole())


def test_it_is_told_that_gemini_is_busy_and_when_it_is_no_longer() -> None:
    async def gemini(client: ServerConnection) -> None:
        await client.send(SETTING_UP)
        async for _ in client:
            pass

    async def converse(connection: GeminiConnection, ears: Ears) -> None:
        for _ in range(64):
            connection.say(bytes(500_000))
        while ears.busy != [True, False]:
            await asyncio.sleep(0.01)

    with_gemini_that(gemini, converse)


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", InvalidStatus, "503"),
        (b"220 mail.example ESMTP\r\n\r\n", InvalidHandshake, "HTTP"),
    ],
    ids=["no room", "not HTTP"],
)
def test_upgrade_that_is_refused_is_an_error_of_the_handshake(
    answer: bytes, error: type[InvalidHandshake], said: str
) -> None:
    async def whole() -> None:
        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            await connect_in_vain(server.sockets[0].getsockname()[1])

    with pytest.raises(error, match=said) as refused:
        run(whole())
    assert meaning_of(refused.value).code == "unreachable"


async def connect_in_vain(port: int) -> None:
    gemini = Gemini(
        f"ws://127.0.0.1:{port}", lambda _: SETUP, find_gemini(read_settings({"GEMINI_API_KEY": "k"})).tls, None
    )
    async with gemini.connect({}, Ears()):
        raise AssertionError("there is no session")


def test_gemini_that_does_not_answer_at_all_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DIAL_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError):
        run(connect_in_vain(silent.getsockname()[1]))


def test_gemini_that_answers_after_it_was_given_up_is_cut_off() -> None:
    async def whole() -> bytes:
        rest: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            request = await reader.readuntil(b"\r\n\r\n")
            dialling.cancel()
            await asyncio.wait([dialling])
            writer.write(_accept(request))
            rest.set_result(await reader.read())
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            dialling = asyncio.create_task(connect_in_vain(server.sockets[0].getsockname()[1]))
            async with asyncio.timeout(DEADLINE_SECONDS):
                return await rest

    assert run(whole()) == b""


def _accept(request: bytes) -> bytes:
    """What makes a WebSocket of a connection."""
    key = next(line for line in request.decode().split("\r\n") if line.lower().startswith("sec-websocket-key"))
    accepted = accept_key(key.partition(": ")[2])
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accepted}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "googleapis.com"}, None),
        ({}, None),
    ],
)
def test_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], proxy: str | None
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert find_gemini(read_settings({"GEMINI_API_KEY": "k"})).proxy == proxy
