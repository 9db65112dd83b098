import re

import pytest

from servers.cloudrun.emulator.exchange import for_client, for_container, is_reserved, refusal, token_of
from servers.cloudrun.emulator.heads import END, Head, read_response


def request(target: str = "/", **headers: str) -> Head:
    return Head(f"GET {target} HTTP/1.1", tuple((name.replace("_", "-"), value) for name, value in headers.items()))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (request(), ("Authorization", None)),
        (request(Authorization="Bearer abc"), ("Authorization", "abc")),
        (request(authorization="bearer  abc "), ("Authorization", "abc")),
        (request(Authorization="Basic abc"), ("Authorization", None)),
        (request(Authorization="Bearer a", X_Serverless_Authorization="Bearer b"), ("X-Serverless-Authorization", "b")),
        (request(Authorization="Bearer a", X_Serverless_Authorization=""), ("X-Serverless-Authorization", None)),
    ],
)
def test_token_is_found_where_the_platform_looks(head: Head, expected: tuple[str, str | None]) -> None:
    assert token_of(head) == expected


@pytest.mark.parametrize(
    ("target", "reserved"),
    [
        ("/healthz", True),
        ("/healthz?a=b", True),
        ("/_ah/x", True),
        ("/eventlog", True),
        ("/", False),
        ("/healthzz", False),
    ],
)
def test_paths_that_are_reserved(target: str, reserved: bool) -> None:
    assert is_reserved(request(target)) is reserved


def test_trace_is_begun_where_the_client_began_none() -> None:
    trace = for_container(request(), "192.0.2.1", checked=False).get("X-Cloud-Trace-Context")
    assert trace is not None and re.fullmatch(r"[0-9a-f]{32}/\d+;o=1", trace)


def test_connection_serves_one_request_and_an_upgrade_stays_one() -> None:
    plain = for_container(request(Connection="keep-alive"), "192.0.2.1", checked=False)
    assert plain.get("Connection") == "close"
    upgrade = for_container(request(Connection="Upgrade", Upgrade="websocket"), "192.0.2.1", checked=False)
    assert upgrade.get("Connection") == "Upgrade"
    answer = for_client(Head("HTTP/1.1 200 OK", (("Keep-Alive", "timeout=5"),)), None)
    assert answer.headers == (("Connection", "close"),)
    assert for_client(Head("HTTP/1.1 101 -", (("Connection", "Upgrade"),)), None).get("Connection") == "Upgrade"


def test_refusal_is_a_whole_answer_whatever_its_reason_holds() -> None:
    head, _, body = refusal(401, "Unauthorized", 'token "x"\nwill not do').partition(END)
    answer = read_response(head)
    assert (answer.status, answer.get("Content-Length")) == (401, str(len(body)))
    assert answer.get("WWW-Authenticate") == (
        'Bearer error="invalid_token" error_description="token \'x\' will not do"'
    )
    assert read_response(refusal(429, "Too Many Requests", "no room").partition(END)[0]).get("WWW-Authenticate") is None
