"""The stamping client, without Locust and so over plain blocking sockets."""

import asyncio
import base64
import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from websockets.asyncio.server import ServerConnection

from loadtests.support.address import Address
from loadtests.support.clock import now
from loadtests.support.failures import SessionFailed
from loadtests.support.websocket_client import Connection
from tests.known_delay_server import KnownDelayServer, Reply, running

PATIENCE_SECONDS = 20.0
SOON_SECONDS = 0.05


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """An open session, which is dropped without ceremony."""
    connection = Connection(Address.of(url), PATIENCE_SECONDS)
    try:
        yield connection
    finally:
        connection._socket.close()


@dataclass
class RawServer:
    """Accepts one WebSocket and then sends bytes, exactly as told."""

    listening: socket.socket
    extra_headers: str = ""
    request: str = ""
    heard: list[bytes] = field(default_factory=list)
    peer: socket.socket | None = None
    accepted: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.listening.getsockname()[1]}"

    def accept(self) -> None:
        self.peer, _ = self.listening.accept()
        self.peer.settimeout(PATIENCE_SECONDS)
        while "\r\n\r\n" not in self.request:
            self.request += self.peer.recv(4096).decode()
        key = re.search(r"Sec-WebSocket-Key: (\S+)", self.request)
        assert key
        digest = hashlib.sha1(f"{key[1]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()
        self.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n{self.extra_headers}\r\n".encode()
        )
        self.accepted.set()

    def send(self, data: bytes) -> None:
        assert self.peer
        self.peer.sendall(data)

    def read(self, size: int) -> bytes:
        assert self.peer
        read = b""
        while len(read) < size:
            piece = self.peer.recv(size - len(read))
            assert piece
            read += piece
        return read


@contextmanager
def raw_server(extra_headers: str = "") -> Iterator[RawServer]:
    server = RawServer(socket.create_server(("127.0.0.1", 0)), extra_headers)
    thread = threading.Thread(target=server.accept)
    thread.start()
    try:
        yield server
    finally:
        thread.join()
        server.listening.close()
        if server.peer:
            server.peer.close()


def frame(opcode: int, payload: bytes) -> bytes:
    """A server's frame: whole and not masked."""
    assert len(payload) < 126
    return bytes([0x80 | opcode, len(payload)]) + payload


def text_frame(text: str) -> bytes:
    return frame(1, json.dumps({"text": text, "turn_complete": False}).encode())


def test_a_reply_arrives_packet_by_packet() -> None:
    with running(KnownDelayServer()) as server, connected(server.url) as connection:
        connection.send("Hello")
        words = []
        while not (packet := connection.receive(now() + PATIENCE_SECONDS)) or not packet.turn_complete:
            assert packet
            words.append(packet.text)
    assert words == [f"word {index} " for index in range(server.timing.chunks)]


def test_a_packet_is_stamped_with_its_arrival() -> None:
    with running(KnownDelayServer()) as server, connected(server.url) as connection:
        sent_at = connection.send("Hello")
        packet = connection.receive(now() + PATIENCE_SECONDS)
    assert packet
    assert server.replies[0].prompt_at >= sent_at - 0.001
    assert server.replies[0].chunks_at[0] - 0.001 <= packet.arrived_at <= now()
    assert connection.clock == "user"


def test_a_deadline_that_passes_with_nothing_read_is_no_packet() -> None:
    with raw_server() as server, connected(server.url) as connection:
        begun_at = now()
        assert connection.receive(begun_at + SOON_SECONDS) is None
        assert now() >= begun_at + SOON_SECONDS
        assert connection.receive(begun_at) is None


def test_half_a_frame_is_kept_until_the_rest_arrives() -> None:
    whole = text_frame("words that come in pieces")
    with raw_server() as server, connected(server.url) as connection:
        for piece in (whole[:1], whole[1:2], whole[2:20]):
            server.send(piece)
            assert connection.receive(now() + SOON_SECONDS) is None
        server.send(whole[20:] + text_frame("the next"))
        packets = [connection.receive(now() + PATIENCE_SECONDS) for _ in range(2)]
    assert [packet and packet.text for packet in packets] == ["words that come in pieces", "the next"]


def test_packets_that_arrived_together_share_their_stamp() -> None:
    with raw_server() as server, connected(server.url) as connection:
        server.send(text_frame("a") + text_frame("b"))
        first, second = (connection.receive(now() + PATIENCE_SECONDS) for _ in range(2))
    assert first and second
    assert first.arrived_at <= second.arrived_at <= first.arrived_at + 1


def test_a_ping_is_answered_on_the_way_to_the_next_packet() -> None:
    with raw_server() as server, connected(server.url) as connection:
        server.send(frame(9, b"anyone?") + text_frame("word"))
        assert connection.receive(now() + PATIENCE_SECONDS)
        answer = server.read(2 + 4 + len(b"anyone?"))
    assert answer[0] == 0x80 | 10
    assert unmasked(answer) == b"anyone?"


def test_nothing_is_shared_or_negotiated() -> None:
    cookie = "Set-Cookie: a=b; Domain=127.0.0.1\r\n"
    with raw_server(cookie) as first, connected(first.url):
        pass
    with raw_server() as second, connected(second.url):
        pass
    assert first.request.startswith("GET /live HTTP/1.1\r\n")
    for request in (first.request, second.request):
        assert "cookie" not in request.lower()
        assert "extensions" not in request.lower()


def test_small_frames_are_not_held_back() -> None:
    with raw_server() as server, connected(server.url) as connection:
        assert connection._socket._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_connecting_takes_as_long_as_the_server_makes_it() -> None:
    async def late(server: KnownDelayServer, upgrade: int) -> None:
        await asyncio.sleep(0.2)

    with running(KnownDelayServer(upgrade=late)) as server, connected(server.url) as connection:
        connection.leave()
    assert 0.19 <= connection.connect_seconds < PATIENCE_SECONDS


def test_a_server_that_does_not_answer_the_upgrade_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address.of(f"ws://127.0.0.1:{silent.getsockname()[1]}")
        assert failure_of(lambda: Connection(address, SOON_SECONDS)) == "connect_timeout"


def test_a_port_where_nobody_listens_is_a_failed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    assert failure_of(lambda: Connection(Address.of(f"ws://127.0.0.1:{port}"), PATIENCE_SECONDS)) == "connect_failed"


def test_a_name_that_means_nothing_is_a_failed_connection() -> None:
    address = Address.of("ws://no..where")
    assert failure_of(lambda: Connection(address, PATIENCE_SECONDS)) == "connect_failed"


def test_a_goodbye_explains_a_prompt_that_cannot_be_sent() -> None:
    async def leave_at_once(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
        await websocket.close(1012)

    with (
        running(KnownDelayServer(misbehaviours={"leave": leave_at_once})) as server,
        connected(server.url) as connection,
    ):
        connection.send("Hello")

        def talk_on() -> None:
            while True:
                connection.send("Are you there?")

        assert failure_of(talk_on) == "going_away"


def test_leaving_is_quick_even_where_the_server_does_not_answer() -> None:
    with raw_server() as server, connected(server.url) as connection:
        begun_at = now()
        connection.leave()
        assert now() - begun_at < PATIENCE_SECONDS / 2
        assert unmasked(server.read(8)) == (1000).to_bytes(2, "big")


def failure_of(act: Callable[[], object]) -> str:
    with pytest.raises(SessionFailed) as failed:
        act()
    return failed.value.label


def unmasked(masked: bytes) -> bytes:
    """The payload of a client's short frame."""
    mask, payload = masked[2:6], masked[6:]
    return bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
