"""The stamping client, without Locust: the event loop runs whenever a session waits."""

import asyncio
import base64
import hashlib
import json
import os
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import gevent
import pytest
from gevent.event import Event
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Response

from loadtests.support import stamped_socket
from loadtests.support.address import Address
from loadtests.support.clock import now
from loadtests.support.cookies import Cookies
from loadtests.support.failures import ErrorPacket, SessionFailed
from loadtests.support.packets import Packet, parse
from loadtests.support.reads import reads
from loadtests.support.websocket_client import Connection
from tests.known_delay_server import KnownDelayServer, Reply, empty_response, running

PATIENCE_SECONDS = 20.0
SOON_SECONDS = 0.05


class Session:
    """A connection, and the packets heard over it that nobody has taken yet."""

    def __init__(self, url: str, timeout_seconds: float = PATIENCE_SECONDS) -> None:
        self.packets: list[Packet] = []
        self.lags_seconds: list[float | None] = []
        self.connection_wanted_at = now()
        self.connection = Connection(Address.of(url), timeout_seconds, self._hear)
        self.connected_at = now()

    def _hear(self, payload: bytes, arrived_at: float, lag_seconds: float | None) -> bool:
        packet = parse(payload, arrived_at)
        if packet.error:
            raise ErrorPacket(*packet.error)
        self.packets.append(packet)
        self.lags_seconds.append(lag_seconds)
        return True

    def send(self, prompt: str) -> float:
        return self.connection.send(prompt)

    def receive(self, until: float | None = None) -> Packet | None:
        """The next packet, or None where none came in time."""
        until = now() + PATIENCE_SECONDS if until is None else until
        while not self.packets and now() < until:
            self.connection.wait(until)
        return self.packets.pop(0) if self.packets else None


@contextmanager
def connected(url: str) -> Iterator[Session]:
    """An open session, which is dropped without ceremony."""
    session = Session(url)
    try:
        yield session
    finally:
        session.connection.drop()


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

    def end(self) -> None:
        assert self.peer
        self.peer.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """As when a process is killed whose system has still something to deliver to it."""
        assert self.peer
        self.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.peer.close()

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
    with running(KnownDelayServer()) as server, connected(server.url) as session:
        session.send("Hello")
        words = []
        while not (packet := session.receive()) or not packet.turn_complete:
            assert packet
            words.append(packet.text)
    assert words == [f"word {index} " for index in range(server.timing.chunks)]


def test_a_packet_is_stamped_with_its_arrival() -> None:
    with running(KnownDelayServer()) as server, connected(server.url) as session:
        sent_at = session.send("Hello")
        packet = session.receive()
    assert packet
    assert server.replies[0].prompt_at >= sent_at - 0.001
    assert server.replies[0].chunks_at[0] - 0.001 <= packet.arrived_at <= now()


def test_a_deadline_that_passes_with_nothing_read_is_no_packet() -> None:
    with raw_server() as server, connected(server.url) as session:
        begun_at = now()
        assert session.receive(begun_at + SOON_SECONDS) is None
        assert now() >= begun_at + SOON_SECONDS
        assert session.receive(begun_at) is None


def test_half_a_frame_is_kept_until_the_rest_arrives() -> None:
    whole = text_frame("words that come in pieces")
    with raw_server() as server, connected(server.url) as session:
        for piece in (whole[:1], whole[1:2], whole[2:20]):
            server.send(piece)
            assert session.receive(now() + SOON_SECONDS) is None
        server.send(whole[20:] + text_frame("the next"))
        packets = [session.receive() for _ in range(2)]
    assert [packet and packet.text for packet in packets] == ["words that come in pieces", "the next"]


def test_packets_that_arrived_together_share_their_stamp() -> None:
    with raw_server() as server, connected(server.url) as session:
        server.send(text_frame("a") + text_frame("b"))
        first, second = (session.receive() for _ in range(2))
    assert first and second
    assert first.arrived_at <= second.arrived_at <= first.arrived_at + 1


def test_a_ping_is_answered_on_the_way_to_the_next_packet() -> None:
    with raw_server() as server, connected(server.url) as session:
        server.send(frame(9, b"anyone?") + text_frame("word"))
        assert session.receive()
        answer = server.read(2 + 4 + len(b"anyone?"))
    assert answer[0] == 0x80 | 10
    assert unmasked(answer) == b"anyone?"


def test_a_ping_between_two_halves_of_a_message_is_answered_too() -> None:
    whole = json.dumps({"text": "in two frames", "turn_complete": False}).encode()
    halves = bytes([0x01, 20]) + whole[:20], bytes([0x80, len(whole) - 20]) + whole[20:]
    with raw_server() as server, connected(server.url) as session:
        server.send(halves[0] + frame(9, b"now?") + halves[1] + text_frame("the next"))
        packets = [session.receive() for _ in range(2)]
        assert unmasked(server.read(2 + 4 + 4)) == b"now?"
    assert [packet and packet.text for packet in packets] == ["in two frames", "the next"]


def test_half_a_ping_does_not_stop_what_follows() -> None:
    ping = frame(9, b"anyone?")
    with raw_server() as server, connected(server.url) as session:
        server.send(ping[:4])
        assert session.receive(now() + SOON_SECONDS) is None
        server.send(ping[4:] + text_frame("word") + text_frame("more"))
        packets = [session.receive() for _ in range(2)]
    assert [packet and packet.text for packet in packets] == ["word", "more"]


def test_what_came_before_a_close_is_heard_first() -> None:
    with raw_server() as server, connected(server.url) as session:
        server.send(text_frame("word") + frame(8, (1012).to_bytes(2, "big")))
        assert session.receive()
        assert failure_of(session.receive) == "going_away"


@pytest.mark.parametrize("together", [True, False])
def test_an_error_packet_takes_its_cause_from_the_close_after_it(together: bool) -> None:
    error, close = frame(1, b'{"error": {"code": "busy", "message": "later"}}'), frame(8, (1013).to_bytes(2, "big"))
    with raw_server() as server, connected(server.url) as session:
        server.send(error + close if together else error)
        later = threading.Timer(SOON_SECONDS, lambda: together or server.send(close))
        later.start()
        assert failure_of(session.receive) == "full"
        later.join()


@pytest.mark.parametrize(
    ("sent", "label"),
    [
        (b"", "lost"),
        (text_frame("cut")[:9], "lost"),
        (bytes([0x81, 0x85]) + b"mask" + b"words", "bad_packet"),
        (bytes([0xC1, 2]) + b"{}", "bad_packet"),
        (frame(2, b"binary"), "bad_packet"),
        (frame(1, b"no json"), "bad_packet"),
        (frame(8, b""), "closed"),
    ],
)
def test_a_session_that_breaks_says_how(sent: bytes, label: str) -> None:
    with raw_server() as server, connected(server.url) as session:
        server.send(sent)
        server.end()
        assert failure_of(session.receive) == label


CUT = text_frame("cut")[:9]
ENDS: dict[str, tuple[Callable[[RawServer], None], str]] = {
    "a close frame": (lambda server: server.send(frame(8, (1012).to_bytes(2, "big"))), "going_away: close code 1012"),
    "a close frame without a code": (lambda server: server.send(frame(8, b"")), "closed: close code 1005"),
    "the end of the stream": (RawServer.end, "lost: the connection ended"),
    "the end in mid-frame": (lambda server: server.send(CUT) or server.end(), "lost: the connection ended"),
    "a reset": (RawServer.reset, "lost: Connection reset by peer"),
    "a reset in mid-frame": (lambda server: server.send(CUT) or server.reset(), "lost: Connection reset by peer"),
    "nonsense": (lambda server: server.send(frame(1, b"no json")), "bad_packet: b'no json'"),
    "a binary frame": (lambda server: server.send(frame(2, b"binary")), "bad_packet: a binary frame"),
    "a frame that is masked": (lambda server: server.send(bytes([0x81, 0x81]) + b"maskx"), "bad_packet: "),
    "an error": (
        lambda server: server.send(
            frame(1, b'{"error": {"code": "busy", "message": "later"}}') + frame(8, (1013).to_bytes(2, "big"))
        ),
        "full: busy: later",
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_session_that_ended_keeps_its_age_whenever_somebody_asks(end: str) -> None:
    act, words = ENDS[end]
    with raw_server() as server, connected(server.url) as session:
        server.send(text_frame("word"))
        assert session.receive()
        gevent.sleep(SOON_SECONDS)
        before = now()
        act(server)
        with pytest.raises(SessionFailed) as failed:
            session.receive()
        noticed_at = now()
        gevent.sleep(SOON_SECONDS)
        age_seconds = session.connection.age_seconds
        assert age_seconds == session.connection.age_seconds
    assert str(failed.value).startswith(words)
    assert before - session.connected_at <= age_seconds <= noticed_at - session.connection_wanted_at


def test_a_session_that_is_left_long_after_its_end_takes_nothing_from_whoever_has_its_number_by_then() -> None:
    heard = Event()
    with raw_server() as server, connected(server.url) as session:
        number = session.connection._descriptor
        server.end()
        assert failure_of(session.receive) == "lost"
        with pytest.raises(OSError):
            os.fstat(number)
        read, write = os.pipe()
        os.dup2(read, number)  # which it mostly is already, as the lowest that is free
        reads().watch(number, heard.set)
        session.connection.leave()
        os.write(write, b"news")
        try:
            assert heard.wait(PATIENCE_SECONDS)
        finally:
            reads().forget(number)
            for descriptor in {read, write, number}:
                os.close(descriptor)


def test_a_session_that_is_open_grows_older() -> None:
    with raw_server() as server, connected(server.url) as session:
        age_seconds = session.connection.age_seconds
        gevent.sleep(SOON_SECONDS)
        assert session.connection.age_seconds >= age_seconds + SOON_SECONDS


def test_an_end_that_shows_in_sending_is_an_end_at_that_age() -> None:
    with raw_server() as server, connected(server.url) as session:
        before = now()
        server.reset()

        def talk_on() -> None:
            while True:
                session.send("Are you there?")

        with pytest.raises(SessionFailed) as failed:
            talk_on()
        noticed_at = now()
        gevent.sleep(SOON_SECONDS)
    assert failed.value.label == "lost"
    assert before - session.connected_at <= session.connection.age_seconds
    assert session.connection.age_seconds <= noticed_at - session.connection_wanted_at


def test_what_goes_wrong_in_listening_is_raised_where_somebody_waits() -> None:
    def stumble(payload: bytes, arrived_at: float, lag_seconds: float | None) -> bool:
        raise ZeroDivisionError

    with raw_server() as server:
        connection = Connection(Address.of(server.url), PATIENCE_SECONDS, stumble)
        server.send(text_frame("word"))
        with pytest.raises(ZeroDivisionError):
            connection.wait(now() + PATIENCE_SECONDS)
        connection.drop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux notes when bytes arrive")
def test_who_reads_late_knows_by_how_much() -> None:
    with raw_server() as server, connected(server.url) as session:
        server.send(text_frame("early"))
        sent_at = now()
        time.sleep(0.2)  # what a busy load process does to its sessions
        packet = session.receive()
        assert packet
        assert packet.arrived_at <= sent_at + 0.1
        lag_seconds = session.lags_seconds[0]
        assert lag_seconds is not None and lag_seconds > 0.1


def test_without_the_kernels_help_arrivals_are_stamped_when_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamped_socket, "has_stamps", lambda: False)
    with raw_server() as server, connected(server.url) as session:
        server.send(text_frame("early"))
        time.sleep(0.05)
        read_from = now()
        packet = session.receive()
    assert packet and packet.arrived_at >= read_from
    assert session.lags_seconds == [None]


def test_who_aborts_sends_a_reset_and_no_close() -> None:
    with raw_server() as server:
        session = Session(server.url)
        server.accepted.wait(PATIENCE_SECONDS)
        session.connection.abort()
        with pytest.raises(ConnectionResetError):
            server.read(1)


def test_what_is_blurted_out_is_sent_as_it_is() -> None:
    with raw_server() as server:
        session = Session(server.url)
        server.accepted.wait(PATIENCE_SECONDS)
        session.connection.blurt(b"\xff nonsense")
        assert server.read(10) == b"\xff nonsense"
        session.connection.drop()


def test_nothing_is_shared_or_negotiated() -> None:
    cookie = "Set-Cookie: a=b; Domain=127.0.0.1\r\n"
    with raw_server(cookie) as first, connected(first.url):
        pass
    with raw_server() as second, connected(second.url):
        pass
    assert first.request.startswith("GET /live HTTP/1.1\r\n")
    assert "\r\nLive-Introduction: 1\r\n" in first.request
    for request in (first.request, second.request):
        assert "cookie" not in request.lower()
        assert "extensions" not in request.lower()


def test_headers_go_on_the_upgrade() -> None:
    with raw_server() as server:
        address = Address.of(server.url)
        Connection(address, PATIENCE_SECONDS, ignore, {"Authorization": "Bearer a.b.c"}).drop()
    assert "\r\nAuthorization: Bearer a.b.c\r\n" in server.request


def test_who_has_a_jar_sends_back_what_was_set_and_nobody_else_does() -> None:
    mine, anothers = Cookies(), Cookies()
    with running(KnownDelayServer(sets_cookies=True)) as server:
        for cookies in (mine, anothers, mine, None, anothers):
            Connection(Address.of(server.url), PATIENCE_SECONDS, ignore, cookies=cookies).drop()
    assert [headers.get("Cookie") for headers in server.upgrades] == [None, None, "affinity=1", None, "affinity=2"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "rejected_capacity: 429 at once"),
        (503, "rejected_capacity: 503 at once"),
        (401, "unauthorized: 401: check that the token is for the service (--audience) and has not expired"),
        (
            403,
            "unauthorized: 403: check that a token is sent (--auth), and that whom it names may call the service "
            "(roles/run.invoker)",
        ),
        (404, "http_404: nothing at that path: check the address"),
        (302, "http_302: sent elsewhere, which nobody follows: check the address"),
        (504, "http_504"),
        (200, "http_200: no WebSocket there: check the address"),
    ],
)
def test_an_upgrade_that_is_refused_says_why(status: int, words: str) -> None:
    async def refuse(server: KnownDelayServer, upgrade: int) -> Response:
        response = empty_response(HTTPStatus(status))
        response.headers.update(Headers({"Location": "http://127.0.0.1:1/login?secret=1"} if status == 302 else {}))
        return response

    with running(KnownDelayServer(upgrade=refuse)) as server, pytest.raises(SessionFailed) as failed:
        Connection(Address.of(server.url), PATIENCE_SECONDS, ignore)
    assert str(failed.value) == words


def test_small_frames_are_not_held_back() -> None:
    with raw_server() as server, connected(server.url) as session:
        assert session.connection._socket._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_connecting_takes_as_long_as_the_server_makes_it() -> None:
    async def late(server: KnownDelayServer, upgrade: int) -> None:
        await asyncio.sleep(0.2)

    with running(KnownDelayServer(upgrade=late)) as server, connected(server.url) as session:
        session.connection.leave()
    assert 0.19 <= session.connection.connect_seconds < PATIENCE_SECONDS


def test_a_server_that_does_not_answer_the_upgrade_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = Address.of(f"ws://127.0.0.1:{silent.getsockname()[1]}")
        assert failure_of(lambda: Connection(address, SOON_SECONDS, ignore)) == "connect_timeout"


def test_a_port_where_nobody_listens_is_a_failed_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    address = Address.of(f"ws://127.0.0.1:{port}")
    assert failure_of(lambda: Connection(address, PATIENCE_SECONDS, ignore)) == "connect_failed"


def test_a_name_that_means_nothing_is_a_failed_connection() -> None:
    address = Address.of("ws://no..where")
    with pytest.raises(SessionFailed) as failed:
        Connection(address, PATIENCE_SECONDS, ignore)
    assert str(failed.value).startswith("connect_failed: the name no..where does not resolve (")
    assert str(failed.value).endswith("): check how it is written, and the name server")


def test_a_goodbye_explains_a_prompt_that_cannot_be_sent() -> None:
    left = threading.Event()

    async def leave_at_once(server: KnownDelayServer, websocket: ServerConnection, reply: Reply) -> None:
        try:
            await websocket.close(1012)
        finally:
            left.set()

    with (
        running(KnownDelayServer(misbehaviours={"leave": leave_at_once})) as server,
        connected(server.url) as session,
    ):
        session.send("Hello")
        assert left.wait(PATIENCE_SECONDS)  # Not gevent's: the goodbye is to be still unread.

        def talk_on() -> None:
            while True:
                session.send("Are you there?")

        assert failure_of(talk_on) == "going_away"


def test_leaving_is_quick_even_where_the_server_does_not_answer() -> None:
    with raw_server() as server, connected(server.url) as session:
        begun_at = now()
        session.connection.leave()
        assert now() - begun_at < PATIENCE_SECONDS / 2
        assert unmasked(server.read(8)) == (1000).to_bytes(2, "big")


def ignore(payload: bytes, arrived_at: float, lag_seconds: float | None) -> bool:
    return False


def failure_of(act: Callable[[], object]) -> str:
    with pytest.raises(SessionFailed) as failed:
        act()
    return failed.value.label


def unmasked(masked: bytes) -> bytes:
    """The payload of a client's short frame."""
    mask, payload = masked[2:6], masked[6:]
    return bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
