import contextlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from websockets.sync.server import ServerConnection, serve
from websockets.utils import accept_key

from loadtests.support import tls
from loadtests.support.address import Address
from loadtests.support.clock import now
from loadtests.support.failures import SessionFailed
from loadtests.support.websocket_client import Connection

PATIENCE_SECONDS = 20.0
LONG = "x" * 100_000
"""More than one record, and more than one read."""


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[trustme.CA]:
    """One that this process trusts."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    tls._context.cache_clear()
    yield ca
    tls._context.cache_clear()


def echo(websocket: ServerConnection) -> None:
    for message in websocket:
        websocket.send(message)


@pytest.fixture
def url(authority: trustme.CA) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with serve(echo, "127.0.0.1", 0, ssl=context, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"wss://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("message", ["Hello", LONG])
def test_messages_pass_through_and_are_stamped(url: str, message: str) -> None:
    heard: list[tuple[bytes, float, float | None]] = []

    def hear(payload: bytes, arrived_at: float, lag_seconds: float | None) -> bool:
        heard.append((payload, arrived_at, lag_seconds))
        return True

    connection = Connection(Address.of(url), PATIENCE_SECONDS, hear)
    sent_at = connection.send(message)
    while not heard:
        connection.wait(now() + PATIENCE_SECONDS)
    connection.leave()
    payload, arrived_at, lag_seconds = heard[0]
    assert payload == message.encode()
    assert sent_at <= arrived_at <= now()
    assert (lag_seconds is not None) is connection._socket._stamps


def test_a_server_nobody_vouches_for_is_not_spoken_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    tls._context.cache_clear()
    with pytest.raises(SessionFailed) as failed:
        Connection(Address.of(url), PATIENCE_SECONDS, lambda *_: False)
    assert str(failed.value).startswith("connect_failed: the certificate does not verify (")
    assert "SSL_CERT_FILE" in str(failed.value)


def test_a_server_of_another_name_is_not_spoken_to(url: str) -> None:
    with pytest.raises(SessionFailed) as failed:
        Connection(Address.of(url.replace("127.0.0.1", "localhost")), PATIENCE_SECONDS, lambda *_: False)
    assert str(failed.value).startswith("connect_failed: the certificate does not verify (Hostname mismatch")
    assert "check that --host has the name" in str(failed.value)


def say_goodbye_and_stay(listening: socket.socket, context: ssl.SSLContext, last: bytes, left: threading.Event) -> None:
    """Takes one session; its last frames and the end of TLS go out in one write. The connection stays, until `left`."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    sealed = context.wrap_bio(incoming, outgoing, server_side=True)
    peer, _ = listening.accept()
    with peer:

        def until_done(step: Callable[[], object]) -> object:
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    peer.sendall(outgoing.read())
                    incoming.write(peer.recv(65536))

        until_done(sealed.do_handshake)
        request = until_done(lambda: sealed.read(65536))
        assert isinstance(request, bytes)
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", request)
        assert key
        sealed.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_key(key[1].decode()).encode() + b"\r\n\r\n" + last
        )
        with contextlib.suppress(ssl.SSLWantReadError):
            sealed.unwrap()
        peer.sendall(outgoing.read())
        assert left.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("last", "label"), [(b"", "lost"), (b"\x81\x02hi", "lost"), (b"\x88\x02\x03\xf4", "going_away")]
)
def test_a_session_is_over_when_tls_is_though_the_connection_stays(
    authority: trustme.CA, last: bytes, label: str
) -> None:
    """So leaves a front whose time is up: it says that nothing follows, and waits to hear the same."""
    context, left, heard = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), threading.Event(), []
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=say_goodbye_and_stay, args=(listening, context, last, left))
        thread.start()
        address = Address.of(f"wss://127.0.0.1:{listening.getsockname()[1]}")
        begun_at = now()
        connection = Connection(address, PATIENCE_SECONDS, lambda payload, *_: heard.append(payload) is None)
        with pytest.raises(SessionFailed) as failed:
            while now() < begun_at + PATIENCE_SECONDS:
                connection.wait(begun_at + PATIENCE_SECONDS)
        age_seconds = connection.age_seconds
        connection.drop()
        left.set()
        thread.join()
    assert failed.value.label == label
    assert age_seconds < PATIENCE_SECONDS / 2
    assert heard == ([b"hi"] if b"hi" in last else [])


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "no TLS ("), (b"", "the server left in the TLS handshake")],
)
def test_a_server_without_tls_is_a_failed_connection_and_not_one_nobody_vouches_for(answer: bytes, words: str) -> None:
    def answer_and_leave(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer_and_leave, args=(listening,))
        thread.start()
        with pytest.raises(SessionFailed) as failed:
            Connection(Address.of(f"wss://127.0.0.1:{listening.getsockname()[1]}"), PATIENCE_SECONDS, lambda *_: False)
        thread.join()
    assert str(failed.value).startswith(f"connect_failed: {words}")
    assert str(failed.value).endswith(": check that wss:// is right")
