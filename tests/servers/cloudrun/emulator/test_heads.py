import pytest

from servers.cloudrun.emulator.heads import END, Malformed, read_request, read_response

REQUEST = b"GET /live?x=1 HTTP/1.1\r\nHost: here\r\nCookie: a=1; b=2=3\r\nConnection: Keep, Upgrade\r\ncookie: c=4"


def test_request_is_read_and_written_as_it_was() -> None:
    head = read_request(REQUEST)
    assert (head.method, head.target, head.upgrades) == ("GET", "/live?x=1", True)
    assert head.get("HOST") == "here" and head.get("absent") is None
    assert (head.cookie("b"), head.cookie("c")) == ("2=3", None)
    assert head.encode() == REQUEST + END


def test_header_that_is_set_replaces_all_of_its_name() -> None:
    head = read_request(REQUEST).with_set("Cookie", "none")
    assert head.headers == (("Host", "here"), ("Connection", "Keep, Upgrade"), ("Cookie", "none"))


def test_response_without_a_reason_is_read() -> None:
    assert read_response(b"HTTP/1.1 101").status == 101


@pytest.mark.parametrize(
    "head", [b"", b"GET /", b"GET / HTTP/2", b"GET / HTTP/1.1\r\nno colon", b"GET / HTTP/1.1\r\n a: b"]
)
def test_what_is_no_request_is_refused(head: bytes) -> None:
    with pytest.raises(Malformed):
        read_request(head)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1", b"HTTP/1.1 ok fine", b"SSH-2.0 200", b"HTTP/1.1 200 OK\r\n: x"])
def test_what_is_no_response_is_refused(head: bytes) -> None:
    with pytest.raises(Malformed):
        read_response(head)
