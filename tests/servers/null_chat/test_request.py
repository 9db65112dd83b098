from http import HTTPStatus

import pytest

from servers.null_chat.request import BadRequest, Request, answer, upgrade

HEAD = (
    b"GET /live?x=1&x=2 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
)


def test_head_is_read() -> None:
    request = Request.read(HEAD)
    assert (request.path, request.query) == ("/live", {"x": ["1", "2"]})
    assert request.headers["upgrade"] == "WebSocket"


def test_upgrade_accepts_the_key_of_the_rfc() -> None:
    # RFC 6455, section 1.3: this key is answered with this value.
    head = upgrade(Request.read(HEAD)).decode()
    assert head.startswith("HTTP/1.1 101 Switching Protocols\r\n") and head.endswith("\r\n\r\n")
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head


@pytest.mark.parametrize("head", [b"", b"nonsense", b"POST /live HTTP/1.1", b"GET / HTTP/1.0", b"GET / HTTP/1.1\r\nx"])
def test_what_is_no_request_is_refused(head: bytes) -> None:
    with pytest.raises(BadRequest):
        Request.read(head)


@pytest.mark.parametrize(
    "without", [b"Upgrade: WebSocket\r\n", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b": 13"]
)
def test_upgrade_that_lacks_something_is_refused(without: bytes) -> None:
    with pytest.raises(BadRequest):
        upgrade(Request.read(HEAD.replace(without, b": 8" if without == b": 13" else b"")))


def test_answer_says_how_long_it_is() -> None:
    head, _, body = answer(HTTPStatus.OK, {"app": "null_chat"}).partition(b"\r\n\r\n")
    assert body == b'{"app": "null_chat"}\n'
    assert f"Content-Length: {len(body)}".encode() in head
