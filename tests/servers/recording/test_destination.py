import asyncio
import socket
from pathlib import Path

import pytest

from servers.recording.destination import read_destination
from servers.recording.errors import RecordingError


def refusal(url: str, trust: str | None = None) -> str:
    with pytest.raises(RecordingError) as told:
        read_destination(url, trust)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize(
    ("url", "websocket_url", "port"),
    [
        ("https://gemini.example", "wss://gemini.example", 443),
        ("https://gemini.example:8443/", "wss://gemini.example:8443/", 8443),
        ("wss://gemini.example/prefix", "wss://gemini.example/prefix", 443),
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080", 8080),
    ],
)
def test_address_is_dialled_as_a_websocket(url: str, websocket_url: str, port: int) -> None:
    destination = read_destination(url)
    assert (destination.websocket_url, destination.port) == (websocket_url, port)
    assert (destination.tls is not None) == websocket_url.startswith("wss")


@pytest.mark.parametrize(
    "url", ["gemini.example", "ftp://gemini.example", "https://", "https://host:port", "https://[::1", ""]
)
def test_what_is_no_address_is_refused_with_what_to_give(url: str) -> None:
    assert refusal(url).endswith("give https://HOST, without a query or a key in it")


@pytest.mark.parametrize("url", ["https://host/?key=PLANTED", "https://PLANTED@host", "https://host/#PLANTED"])
def test_key_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    told = refusal(url)
    assert "beside 'host'" in told and "PLANTED" not in told


def test_file_of_authorities_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    assert "give a file of certificates in PEM" in refusal("https://host", str(tmp_path / "ca.pem"))
    assert "No such file or directory" in refusal("https://host", str(tmp_path / "nowhere.pem"))


def test_nobody_at_an_address_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(
        RecordingError, match=r"--to http://127.0.0.1:\d+: nobody can be reached there \(.*\); start it"
    ):
        asyncio.run(read_destination(f"http://127.0.0.1:{port}").reach())


def test_our_own_machine_is_dialled_without_a_proxy_and_others_with_it() -> None:
    assert read_destination("https://127.0.0.1:1").proxy is None
    assert read_destination("https://gemini.example").proxy is True
