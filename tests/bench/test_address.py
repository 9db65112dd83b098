"""Everything that may be wrong with an address is told in one line that says what to check."""

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from addresses import HEALTHY, chat_server, from_file, refusal

from bench import address as address_module
from bench.address import check_address
from bench.chat_server import free_port
from loadtests.support import identity as identity_module
from loadtests.support.identity import Auth
from tests.answering import Asked, Told, answering
from tests.id_tokens import token
from tests.private_front import certified, private_front


@pytest.fixture(autouse=True)
def fresh_tokens() -> Iterator[None]:
    identity_module._identity.cache_clear()
    yield
    identity_module._identity.cache_clear()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server that this process trusts."""
    context, authority = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    return context


def test_a_chat_server_says_what_it_is() -> None:
    with chat_server() as port:
        assert check_address(f"ws://127.0.0.1:{port}") == {"app": "mine", "backend": "custom"}


def test_a_private_one_says_it_to_whoever_has_a_token(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with (
        chat_server() as port,
        private_front(port, lambda brought: None if brought else 401, tls) as front,
    ):
        auth = from_file(tmp_path / "token", front.audience)
        assert check_address(front.url, auth)["app"] == "mine"
        assert front.tokens("/healthz") == front.tokens("/live") == [(tmp_path / "token").read_text()]


def test_a_private_one_tells_who_has_no_token_what_to_add(tls: ssl.SSLContext) -> None:
    for status in (401, 403):  # Cloud Run says 403 to who brings none
        with answering(Told(status), tls) as server:
            assert refusal(server.url) == (
                f"{server.url}/healthz says {status}: it wants to know who calls; send a token with --auth gcloud, "
                "adc, metadata or token-file"
            )


def test_a_token_that_is_not_taken_is_told_with_its_audience(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with answering(Told(401), tls) as server:
        audience = f"https://{server.host}"
        assert refusal(server.url, from_file(tmp_path / "token", audience)) == (
            f"{server.url}/healthz says 401: it does not take the token of --auth token-file; check that its audience, "
            f"{audience}, is the service's (else give that with --audience), and that it has not expired"
        )


def test_who_may_not_call_is_told_which_role_it_takes(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with answering(Told(403), tls) as server:
        assert refusal(server.url, from_file(tmp_path / "token", f"https://{server.host}")) == (
            f"{server.url}/healthz says 403: whoever the token of --auth token-file names may not call it; "
            "grant them roles/run.invoker"
        )


def test_a_token_that_cannot_be_right_is_not_even_sent(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with answering(HEALTHY, tls) as server:
        audience = f"https://{server.host}"
        late = refusal(server.url, from_file(tmp_path / "late", audience, token(audience, int(time.time()) - 5)))
        wrong = refusal(server.url, from_file(tmp_path / "wrong", "https://other.example"))
        missing = refusal(server.url, Auth.of("token-file", str(tmp_path / "missing"), None))
    assert "the token expired at" in late
    assert f"the token is for https://other.example and not for {audience}" in wrong
    assert "cannot read" in missing
    assert server.asked == []


def test_a_token_is_not_sent_in_the_clear(tmp_path: Path) -> None:
    auth = from_file(tmp_path / "token", "https://chat.invalid")
    assert refusal("ws://chat.invalid", auth) == (
        "ws://chat.invalid was not asked: --auth token-file: a token would travel in the clear to chat.invalid: use "
        "wss:// or https://, or leave --auth away"
    )


def test_a_service_without_room_says_so() -> None:
    with answering(Told(429)) as server:
        assert "says 429: no instance is free to answer" in refusal(server.url)
    with answering(Told(503)) as server:
        assert "says 503: the service is there, but no instance of it could start or answer" in refusal(server.url)


def test_a_service_that_has_room_for_health_only_says_so_too() -> None:
    with answering(lambda asked: Told(429) if asked.path == "/live" else HEALTHY) as server:
        assert refusal(server.url).startswith(f"{server.url}/live says 429: no instance is free")


def test_a_certificate_that_nobody_vouches_for_is_named(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with answering(HEALTHY, tls) as server:
        said = refusal(server.url)
    assert said.startswith(f"no chat server answers at {server.url}/healthz: its certificate does not verify (")
    assert "in SSL_CERT_FILE" in said


def test_a_certificate_for_another_name_is_told_apart(tls: ssl.SSLContext) -> None:
    with answering(HEALTHY, tls) as server:
        said = refusal(f"wss://localhost:{server.port}")
    assert "its certificate does not verify (Hostname mismatch" in said
    assert "by the name that the certificate is for" in said


def test_a_server_that_speaks_no_tls_is_told_apart() -> None:
    with answering(HEALTHY) as server:
        said = refusal(f"wss://{server.host}")
    assert "it speaks no TLS (" in said and said.endswith("is it ws:// or http://?")


def test_a_server_that_speaks_only_tls_is_told_apart(tls: ssl.SSLContext) -> None:
    with answering(HEALTHY, tls) as server:
        said = refusal(f"ws://{server.host}")
    assert said.startswith(f"no chat server answers at ws://{server.host}/healthz: what it says is no HTTP (")
    assert "is it wss:// or https://" in said


def test_a_name_that_leads_nowhere_is_told() -> None:
    said = refusal("wss://name.invalid")
    assert said.startswith(
        "no chat server answers at wss://name.invalid/healthz: the name name.invalid leads nowhere ("
    )
    assert "leads nowhere (" in refusal("wss://a..b")


def test_a_port_where_nobody_listens_is_told() -> None:
    url = f"ws://127.0.0.1:{free_port()}"
    assert refusal(url) == (
        f"no chat server answers at {url}/healthz: Connection refused; is it running, is the port right?"
    )


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_module, "ADDRESS_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = refusal(f"ws://127.0.0.1:{silent.getsockname()[1]}")
    assert said.endswith("nothing came within 0.2 s; is the address right, may this machine reach it?")


def test_what_has_no_health_is_told() -> None:
    with answering(Told(404)) as server:
        assert refusal(server.url) == (
            f"{server.url} answers, but has neither /healthz nor /health (404): is a chat server behind it?"
        )
    with answering(Told(500)) as server:
        assert refusal(server.url) == f"{server.url}/healthz says 500 Internal Server Error: look at the server's log"


@pytest.mark.parametrize("body", ["<html>", '["a list"]', "ok", ""])
def test_another_program_is_told_apart(body: str) -> None:
    with answering(Told(200, body)) as server:
        assert "answers, but not with a JSON object: is it another program's address?" in refusal(server.url)


@pytest.mark.parametrize("status", [404, 400, 200, 500])
def test_what_is_healthy_but_has_no_chat_is_told(status: int) -> None:
    with answering(lambda asked: Told(status) if asked.path == "/live" else HEALTHY) as server:
        assert refusal(server.url) == (
            f"{server.url} answers, but not as a WebSocket at /live: it says {status}; does what stands before it let "
            "WebSockets through?"
        )


def test_a_page_to_log_in_is_not_followed() -> None:
    elsewhere = "https://accounts.example/login?continue=secret#secret"
    with answering(Told(302, "", {"Location": elsewhere})) as server:
        said = refusal(server.url)
    assert said == (
        f"{server.url}/healthz says 302 and sends us elsewhere, to https://accounts.example/login: give the address "
        "that it leads to, or, where that is a page to log in, a token with --auth"
    )


def test_a_server_that_moved_to_tls_is_told_apart() -> None:
    with answering(Told(301, "", {"Location": "https://127.0.0.1/healthz"})) as server:
        assert "it speaks TLS; give its address as wss:// or https://" in refusal(server.url)


def test_a_redirect_of_the_chat_is_not_followed_and_takes_no_token_along(tls: ssl.SSLContext, tmp_path: Path) -> None:
    with answering(HEALTHY, tls) as other:

        def front(asked: Asked) -> Told:
            return Told(307, "", {"Location": f"{other.url}/live"}) if asked.path == "/live" else HEALTHY

        with answering(front, tls) as server:
            said = refusal(server.url, from_file(tmp_path / "token", f"https://{server.host}"))
    assert f"/live says 307 and sends us elsewhere, to {other.url}/live" in said
    assert other.asked == []


def test_what_is_no_address_is_told() -> None:
    for url in ("ws://a:port", "ws://a:70000", "ws://a?b=c"):
        assert refusal(url) == f"{url} is not an address: write ws://HOST:PORT or wss://HOST"


def test_a_file_to_trust_that_is_not_there_is_told_before_anybody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    said = refusal("https://chat.invalid")
    assert said.startswith("SSL_CERT_FILE names /nowhere.pem, which cannot be used (No such file or directory): name")
