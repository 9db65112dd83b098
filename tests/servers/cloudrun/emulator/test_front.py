"""What the front does to a request before a container sees it, and to a connection when its time is up."""

import json
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from servers.cloudrun.emulator.identities import ACCOUNT, GCLOUD, PERSON
from tests.servers.cloudrun.emulator.emulator_process import STRANGER, Emulator, container, emulator, manifest
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    audiences = {"run.googleapis.com/custom-audiences": '["https://chat.example.com"]'}
    with emulator(tmp_path_factory.mktemp("private"), [manifest(service=audiences)]) as running:
        yield running


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_who_has_a_token_for_the_service_gets_in(private: Emulator) -> None:
    assert private.get("/").status == 200
    with private.chat() as chat:
        chat.send("hello")
        assert chat.recv() == "hello"


@pytest.mark.parametrize(("header", "why"), [("Bearer abc", "Wrong number of segments"), ("Bearer a.b.c", "")])
def test_token_that_is_none_is_told_401(private: Emulator, header: str, why: str) -> None:
    answer = private.get("/", {"Authorization": header})
    assert answer.status == 401 and why in answer.body
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic abc"}])
def test_request_without_a_token_is_told_403(private: Emulator, headers: dict[str, str]) -> None:
    answer = private.get("/", headers)
    assert answer.status == 403 and "has no token" in answer.body


def test_websocket_with_a_token_that_is_none_is_told_401(private: Emulator) -> None:
    with pytest.raises(InvalidStatus) as refused:
        private.chat({"X-Serverless-Authorization": "Bearer nothing"})
    assert refused.value.response.status_code == 401


def test_token_for_somebody_else_is_told_401(private: Emulator) -> None:
    answer = private.get("/", bearer(private.token("https://another.example.com")))
    assert (answer.status, "wrong audience" in answer.body) == (401, True)


def test_token_that_another_key_signed_is_told_401(private: Emulator) -> None:
    from servers.cloudrun.emulator.tokens import Authority

    answer = private.get("/", bearer(Authority().token(private.url, ACCOUNT)))
    assert (answer.status, "signature" in answer.body) == (401, True)


def test_token_for_a_custom_audience_gets_in(private: Emulator) -> None:
    assert private.get("/", bearer(private.token("https://chat.example.com"))).status == 200


def test_person_s_token_from_gcloud_gets_in_and_a_service_account_s_does_not(private: Emulator) -> None:
    assert private.get("/", bearer(private.token(GCLOUD, PERSON))).status == 200
    assert private.get("/", bearer(private.token(GCLOUD, ACCOUNT))).status == 401


def test_who_lacks_the_role_is_told_403(private: Emulator) -> None:
    answer = private.get("/", bearer(private.token(account=STRANGER)))
    assert answer.status == 403 and STRANGER in answer.body


def test_container_sees_the_token_without_its_signature(private: Emulator) -> None:
    token = private.token()
    headers = dict(private.get("/told", bearer(token)).told["headers"])
    assert headers["Authorization"] == f"Bearer {token.rpartition('.')[0]}.SIGNATURE_REMOVED_BY_GOOGLE"


def test_platform_s_own_header_goes_before_the_usual_one_which_is_the_app_s(private: Emulator) -> None:
    token = private.token()
    headers = {"X-Serverless-Authorization": f"Bearer {token}", "Authorization": "Bearer of-the-app"}
    told = dict(private.get("/told", headers).told["headers"])
    assert told["Authorization"] == "Bearer of-the-app"
    assert told["X-Serverless-Authorization"].endswith(".SIGNATURE_REMOVED_BY_GOOGLE")
    assert private.get("/", {**headers, "X-Serverless-Authorization": "Bearer wrong"}).status == 401


def test_container_is_told_who_calls_how_and_in_which_trace(private: Emulator) -> None:
    given = {"X-Forwarded-For": "192.0.2.7", "X-Cloud-Trace-Context": "0af7651916cd43dd8448eb211c80319c/1"}
    headers = dict(private.get("/told", {**private.headers(), **given}).told["headers"])
    assert headers["X-Forwarded-For"] == "192.0.2.7, 127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["X-Cloud-Trace-Context"].startswith("0af7651916cd43dd8448eb211c80319c/")
    assert headers["Host"] == urlsplit(private.url).netloc


@pytest.mark.parametrize("path", ["/healthz", "/healthz?x=1", "/eventlog", "/_ah/health"])
def test_path_that_google_keeps_to_itself_reaches_no_container(private: Emulator, path: str) -> None:
    assert private.get(path).status == 404
    assert private.get("/health").status == 200


def test_what_is_no_http_is_told_400(private: Emulator) -> None:
    address = ("127.0.0.1", urlsplit(private.url).port or 0)
    with socket.create_connection(address) as plain, private.tls.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
        tls.sendall(b"hello\r\n\r\n")
        assert tls.recv(12) == b"HTTP/1.1 400"


def test_certificate_is_of_the_authority_that_the_ready_line_names(private: Emulator) -> None:
    address = ("localhost", urlsplit(private.url).port or 0)
    with socket.create_connection(address) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    with socket.create_connection(address) as plain, private.tls.wrap_socket(plain, server_hostname="localhost") as tls:
        assert tls.version() == "TLSv1.3"


def test_much_at_a_time_passes_whole_both_ways(private: Emulator) -> None:
    with private.chat() as chat:
        chat.send(big := "abcdefgh" * 1_000_000)
        assert chat.recv() == big


def test_client_that_vanishes_gives_its_place_back(private: Emulator) -> None:
    with private.chat() as chat:
        wait_until(lambda: private.instances()[0]["requests"] == 1, "the request has come")
        chat.socket.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: private.instances()[0]["requests"] == 0, "the request has ended")


def test_public_service_asks_for_no_token_and_passes_one_on_as_it_is(tmp_path: Path) -> None:
    annotation = {"run.googleapis.com/invoker-iam-disabled": "true"}
    with emulator(tmp_path, [manifest(service=annotation)]) as public:
        assert public.get("/", {}).status == 200
        assert dict(public.get("/told", bearer("mine.and.whole")).told["headers"])["Authorization"].endswith(".whole")


def test_token_is_good_until_it_ends_and_a_fresh_one_after_it(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest()], "--token-lifetime", "2") as brief:
        token = brief.token()
        wait_until(lambda: brief.get("/", bearer(token)).status == 401, "the token has ended")
        assert "expired" in brief.get("/", bearer(token)).body
        assert brief.get("/").status == 200


def test_request_is_cut_at_its_time_out_without_a_close_frame(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(timeoutSeconds=1)]) as brief:
        began = time.monotonic()
        with brief.chat() as chat:
            chat.send("there")
            assert chat.recv() == "there"
            with pytest.raises(ConnectionClosed) as cut:
                chat.recv()
        assert time.monotonic() - began > 0.9
        assert cut.value.rcvd is None
        assert brief.get("/silent").status == 504
        assert [event["begun"] for event in brief.events if event["event"] == "refused"] == [True, False]
        wait_until(lambda: brief.instances()[0]["requests"] == 0, "both have given their place back")


def test_time_out_can_be_shortened_for_all_services(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(timeoutSeconds=3600)], "--timeout", "0.5") as brief:
        assert brief.get("/silent").status == 504


def test_container_that_crashes_takes_its_request_along_and_is_replaced(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(container(), instances=(1, 1))]) as running:
        (before,) = running.instances()
        assert running.get("/crash").status == 503
        assert running.get("/").status == 200
        (after,) = running.instances()
        assert after["id"] != before["id"]
        wait_until(running.ended, "it is told how it ended")
        assert [list(ending["exit_codes"].values()) for ending in running.ended()] == [[3]]
        assert json.dumps(running.ended()).count("one of its containers ended") == 1
