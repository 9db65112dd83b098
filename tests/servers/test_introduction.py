"""What a server calls itself, and who is told."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench.chat_server import free_port, health_of
from servers import introduction
from servers.introduction import asked_for, introduce
from servers.settings import build_id
from tests.chat_server_process import ChatServer, chat_server
from tests.servers.chat import Chat, Packet, chat_with, run
from tests.servers.test_goodbye_hindered import silent_gemini

ASKING = {"Live-Introduction": "1"}


@contextmanager
def metadata_server(status: int = 200, body: bytes = b"0087244a\n") -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it has been asked for, by those who may ask."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            allowed = self.headers.get("Metadata-Flavor") == "Google"
            asked.append(self.path)
            self.send_response(status if allowed else 403)
            self.end_headers()
            self.wfile.write(body if allowed else b"no")

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is no place for it."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def on_cloud_run(metadata_host: str, **more: str) -> dict[str, str]:
    return {"K_REVISION": "chat-00007-abc", "GCE_METADATA_HOST": metadata_host, **more}


def test_instance_is_called_what_the_environment_says_and_nobody_is_asked() -> None:
    with metadata_server() as (host, asked):
        myself = introduce("quart", on_cloud_run(host, SERVERS_INSTANCE="instance-3"))
    assert (myself.instance, asked) == ("instance-3", [])


def test_instance_is_called_as_on_cloud_run() -> None:
    with metadata_server() as (host, asked):
        myself = introduce("quart", on_cloud_run(host))
    assert (myself.instance, myself.revision) == ("0087244a", "chat-00007-abc")
    assert asked == ["/computeMetadata/v1/instance/id"]


def test_instance_elsewhere_has_a_name_of_its_own() -> None:
    with metadata_server() as (host, asked):
        one, other = (introduce("quart", {"GCE_METADATA_HOST": host, "K_REVISION": ""}) for _ in range(2))
    assert one.instance != other.instance
    assert (one.revision, asked) == (None, [])


@pytest.mark.parametrize(("status", "body"), [(404, b"not here"), (200, b""), (200, b"\xff")])
def test_metadata_server_that_does_not_know_is_no_reason_not_to_start(status: int, body: bytes) -> None:
    with metadata_server(status, body) as (host, asked):
        assert len(introduce("flask", on_cloud_run(host)).instance) == 16
    assert len(asked) == 1


def test_metadata_server_that_does_not_answer_is_no_reason_not_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introduction, "METADATA_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hosts = [f"127.0.0.1:{silent.getsockname()[1]}", f"127.0.0.1:{free_port()}", "name.invalid", "[", "x:y"]
        names = [introduce("flask", on_cloud_run(host)).instance for host in hosts]
    assert [len(name) for name in names] == [16] * len(hosts)


def test_packet_tells_who_it_is_and_how_long_it_has_served(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    myself = introduce("quart", {"SERVERS_INSTANCE": "i", "K_REVISION": "r"})
    now += 12.5
    assert json.loads(myself.packet) == {
        "server": {"app": "quart", "build": build_id(), "instance": "i", "revision": "r", "serving_seconds": 12.5}
    }


@pytest.mark.parametrize(
    ("headers", "asked"), [({"live-introduction": "1"}, True), ({"live-introduction": "0"}, False), ({}, False)]
)
def test_introduction_has_to_be_asked_for(headers: dict[str, str], asked: bool) -> None:
    assert asked_for(headers) == asked


async def reply_after(chat: Chat, packets: int) -> tuple[list[Packet], list[Packet]]:
    return [await chat.packet() for _ in range(packets)], await chat.ask("Hello")


async def first_packets(server: ChatServer) -> tuple[list[Packet], list[Packet]]:
    """Of a client that asks: before it says anything, and after."""
    async with chat_with(server.live_url, ASKING) as chat:
        return await reply_after(chat, 1)


def test_client_that_asks_is_told_before_all_else(server: ChatServer) -> None:
    (told,), reply = run(first_packets(server))
    assert told["server"].pop("serving_seconds") > 0
    health = health_of(server.http_url)
    assert health is not None
    assert told == {"server": {name: health[name] for name in ("app", "build", "instance", "revision")}}
    assert all(packet.keys() == {"text", "turn_complete"} for packet in reply)


def test_client_that_comes_later_finds_the_same_instance_older(server: ChatServer) -> None:
    told = [run(first_packets(server))[0][0]["server"] for _ in range(2)]
    assert told[0]["instance"] == told[1]["instance"]
    assert told[0]["serving_seconds"] < told[1]["serving_seconds"]


@pytest.mark.parametrize("headers", [{}, {"Live-Introduction": "0"}])
def test_client_that_does_not_ask_is_told_nothing(server: ChatServer, headers: dict[str, str]) -> None:
    async def converse() -> list[Packet]:
        async with chat_with(server.live_url, headers) as chat:
            return await chat.ask("Hello")

    assert all(packet.keys() == {"text", "turn_complete"} for packet in run(converse()))


def test_client_is_told_before_gemini_is_dialled(app: str, tmp_path: Path) -> None:
    async def converse(server: ChatServer) -> Packet:
        async with chat_with(server.live_url, ASKING) as chat:
            packet = await chat.packet()
            chat.vanish()
            return packet

    with silent_gemini() as url, chat_server(app, {"GOOGLE_GEMINI_BASE_URL": url}, tmp_path) as server:
        assert run(converse(server))["server"]["app"] == server.app
