"""What a client may do on the wire, beyond what the tests of all servers ask of this one too."""

import http.client
import json
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Frame, Opcode

from servers.raw.client_connection import text_frame
from tests.chat_server_process import ChatServer
from tests.servers.chat import Farewell, Packet, chat_with, check_whole, run
from tests.servers.conftest import Servers
from tests.servers.test_pages import get
from tests.servers.test_refusals import OPENING

LINE_FEEDS = b"\r\n\r\n"


@pytest.fixture
def raw(servers: Servers) -> ChatServer:
    return servers["raw"]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_packet_is_framed_as_the_library_would(size: int) -> None:
    assert text_frame(bytes(size)) == Frame(Opcode.TEXT, bytes(size)).serialize(mask=False)


def test_prompt_may_come_in_pieces_with_pings_between_them(raw: ChatServer) -> None:
    async def converse() -> list[Packet]:
        async with chat_with(raw.live_url) as chat:

            async def pieces() -> AsyncIterator[str]:
                for piece in ("#a Wie ", "", "geht's", " 🙂?"):
                    yield piece
                    await (await chat.connection.ping())

            await chat.connection.send(pieces())
            return await chat.reply()

    check_whole(run(converse()), "a")


def test_character_may_be_cut_in_two_by_pieces(raw: ChatServer) -> None:
    """A reply depends on every character of its prompt."""
    smile = "#a 🙂".encode()
    cut = Frame(Opcode.TEXT, smile[:5], fin=False).serialize(mask=True) + Frame(Opcode.CONT, smile[5:]).serialize(
        mask=True
    )

    async def converse() -> tuple[list[Packet], list[Packet]]:
        async with chat_with(raw.live_url) as chat:
            chat.write(cut)
            return await chat.reply(), await chat.ask(smile.decode())

    one, other = run(converse())
    assert [len(packet["text"].partition("}")[2]) for packet in one] == [
        len(packet["text"].partition("}")[2]) for packet in other
    ]


async def answer_to_bytes(server: ChatServer, data: bytes) -> Farewell:
    async with chat_with(server.live_url) as chat:
        chat.write(data)
        return await chat.farewell()


PIECE = Frame(Opcode.CONT, b"x" * 60_000, fin=False).serialize(mask=True)
LAST_PIECE = Frame(Opcode.CONT, b"x" * 6_000).serialize(mask=True)


@pytest.mark.parametrize(
    ("data", "close_code"),
    [
        (Frame(Opcode.TEXT, b"x", fin=False).serialize(mask=True) + PIECE * 5, 1009),
        (Frame(Opcode.TEXT, b"x" * 60_000, fin=False).serialize(mask=True) + LAST_PIECE, 1009),
        (Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True), 1007),
        (Frame(Opcode.CONT, b"x").serialize(mask=True), 1002),
        (b"\xc1\x81\0\0\0\0x", 1002),
        (Frame(Opcode.TEXT, b"x").serialize(mask=False), 1002),
    ],
    ids=["endless", "too long in pieces", "no UTF-8", "rest without a beginning", "compressed", "unmasked"],
)
def test_client_that_breaks_the_protocol_is_told_which_rule(raw: ChatServer, data: bytes, close_code: int) -> None:
    assert run(answer_to_bytes(raw, data)).close_code == close_code


def answer_to_request(server: ChatServer, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(60)
        connection.sendall(request)
        answer = b""
        while LINE_FEEDS not in answer and (piece := connection.recv(4096)):
            answer += piece
        return answer


def test_browser_that_keeps_connections_alive_is_let_in(raw: ChatServer) -> None:
    """Firefox names both in one header."""
    request = OPENING.replace(b"Connection: Upgrade", b"Connection: keep-alive, Upgrade")
    assert answer_to_request(raw, request).startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (OPENING.replace(b"Version: 13", b"Version: 12"), b"400"),
        (OPENING.replace(b"Key: AAAA", b"Key: "), b"400"),
        (OPENING.replace(b"Upgrade: websocket", b"Upgrade: h2c"), b"400"),
        (b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 10_000 + LINE_FEEDS, b"431"),
    ],
)
def test_request_that_makes_no_sense_is_refused(raw: ChatServer, request_bytes: bytes, status: bytes) -> None:
    assert answer_to_request(raw, request_bytes).split(b" ")[1] == status


@pytest.mark.parametrize(
    ("behind", "told"),
    [(b"\x88\x80\0\0\0\0", b"\x88\x00"), (b"\x81\x02hi", b"\x88"), (b"\x81\x80\0\0\0\0", b"empty_prompt")],
    ids=["close", "unmasked", "empty"],
)
def test_what_comes_right_behind_the_request_is_answered_after_it(raw: ChatServer, behind: bytes, told: bytes) -> None:
    with socket.create_connection(("127.0.0.1", raw.port)) as connection:
        connection.settimeout(60)
        connection.sendall(OPENING + behind)
        with connection.makefile("rb") as answers:
            answer = answers.read()
    head, _, rest = answer.partition(LINE_FEEDS)
    assert head.startswith(b"HTTP/1.1 101 ")
    assert told in rest


def test_answer_to_head_has_the_length_of_the_page_and_no_body(raw: ChatServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", raw.port, timeout=60)
    connection.request("HEAD", "/")
    answer = connection.getresponse()
    assert int(answer.headers["Content-Length"]) == len(get(raw, "/")[2].encode())
    assert answer.read() == b""
    connection.close()


def test_address_may_have_a_query(raw: ChatServer) -> None:
    assert json.loads(get(raw, "/healthz?at=noon")[2])["app"] == "raw"


def test_nothing_of_all_this_was_taken_for_a_fault(raw: ChatServer) -> None:
    """Looks at what the tests above have left behind."""
    assert raw.log() == ""
