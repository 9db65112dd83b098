"""The relay between a client and an upstream that does what its path says, and the recordings that come of it."""

import asyncio
import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response

from servers.fake_gemini.repertoire import part_of
from servers.recording.reading import Recording, read
from tests.fake_gemini_process import fake_gemini
from tests.relay_process import RunningRelay, relay
from tests.servers.fake_gemini.conversation import AUDIO_MODEL, TRANSCRIBED, ask, developer, live, run, send, texts_of

KEY = "planted-key-0123456789"
TOKEN = "planted-token-9876543210"
HANDLE = "planted-handle-4242424242"
WORDS = "planted words of somebody"
TOLD: dict[str, list[str]] = {"headers": [], "closes": []}
"""What the upstream was told."""


async def _behave(connection: ServerConnection) -> None:
    assert connection.request is not None
    TOLD["headers"] += [f"{name}: {value}" for name, value in connection.request.headers.raw_items()]
    _, what, *more = connection.request.path.partition("?")[0].split("/")
    if what == "close":
        await connection.close(int(more[0]), more[1])
    elif what == "no-code":
        await connection.close(None)  # type: ignore[arg-type]
    elif what == "vanish":
        connection.transport.abort()
    elif what == "ping":
        await (await connection.ping())
        await connection.send("ponged")
    with_closed = connection.wait_closed()
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass
    await with_closed
    TOLD["closes"].append(f"{connection.close_code} {connection.close_reason}")


def _route(connection: ServerConnection, request: Request) -> Response | None:
    if request.path.startswith("/refuse"):
        response = connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "come back later\n")
        response.headers["Retry-After"] = "7"
        return response
    return None


@contextmanager
def upstream() -> Iterator[str]:
    """The address of a server in a thread of its own."""
    loop = asyncio.new_event_loop()
    addresses: list[str] = []
    ready, stopping = threading.Event(), asyncio.Event()

    async def serve_until_stopped() -> None:
        async with serve(_behave, "127.0.0.1", 0, process_request=_route, compression=None, max_size=None) as server:
            addresses.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            ready.set()
            await stopping.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve_until_stopped()])
    thread.start()
    ready.wait()
    try:
        yield addresses[0]
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRelay]:
    with upstream() as address, relay(address, tmp_path_factory.mktemp("recordings") / "it.ndjson") as running:
        yield running


def dial(running: RunningRelay, path: str) -> connect:
    return connect(
        running.url.replace("https", "wss") + path,
        ssl=running.tls,
        proxy=None,
        compression=None,
        max_size=None,
        additional_headers={"x-goog-api-key": KEY, "Authorization": f"Bearer {TOKEN}"},
    )


def end_of(running: RunningRelay, path: str) -> tuple[int | None, str | None]:
    """Code and reason with which a session is closed by the other side."""

    async def converse() -> tuple[int | None, str | None]:
        async with dial(running, path) as connection:
            await connection.wait_closed()
            return connection.close_code, connection.close_reason

    return run(converse)


def test_messages_come_through_as_they_are_in_both_directions(between: RunningRelay) -> None:
    texts = ["text", "", "naïve \N{PARTY POPPER}", '{"a": 1}']
    sent: list[str | bytes] = [*texts, b"", b"\x00\xff", b"x" * 3 * 2**20, b"{}"]

    async def converse() -> list[str | bytes]:
        async with dial(between, "/echo") as connection:
            received = []
            for message in sent:
                await connection.send(message)
                received.append(await connection.recv())
            return received

    assert run(converse) == sent


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("/close/1000/", 1000, ""),
        ("/close/1007/no such thing", 1007, "no such thing"),
        ("/close/1011/out of luck", 1011, "out of luck"),
        ("/close/4321/our own", 4321, "our own"),
        ("/no-code", 1005, ""),
        ("/vanish", 1006, ""),
    ],
)
def test_close_of_the_server_comes_through(path: str, code: int, reason: str, between: RunningRelay) -> None:
    assert end_of(between, path.replace(" ", "%20")) == (code, reason.replace(" ", "%20"))


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "gone"), (3000, "mine")])
def test_close_of_the_client_comes_through(code: int, reason: str, between: RunningRelay) -> None:
    async def converse() -> None:
        async with dial(between, "/echo") as connection:
            await connection.close(code, reason)
        while f"{code} {reason}" not in TOLD["closes"]:
            await asyncio.sleep(0.01)

    run(converse)


def test_client_that_vanishes_is_passed_on(between: RunningRelay) -> None:
    async def converse() -> None:
        async with dial(between, "/echo") as connection:
            connection.transport.abort()
        while "1006 " not in TOLD["closes"]:
            await asyncio.sleep(0.01)

    TOLD["closes"].clear()
    run(converse)


def test_pings_of_either_side_are_answered(between: RunningRelay) -> None:
    async def converse() -> str | bytes:
        async with dial(between, "/ping") as connection:
            await (await connection.ping())
            return await connection.recv()

    assert run(converse) == "ponged"


def test_refused_upgrade_comes_through_with_status_headers_and_body(between: RunningRelay) -> None:
    async def converse() -> Response:
        with pytest.raises(InvalidStatus) as told:
            async with dial(between, "/refuse"):
                pass
        return told.value.response

    response = run(converse)
    assert (response.status_code, bytes(response.body)) == (429, b"come back later\n")
    assert response.headers["Retry-After"] == "7"


def test_what_is_no_websocket_is_refused_with_where_to_go(between: RunningRelay) -> None:
    async def converse() -> bytes:
        reader, writer = await asyncio.open_connection(*between.url[8:].split(":"), ssl=between.tls)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer

    answer = run(converse)
    assert answer.startswith(b"HTTP/1.1 426 ") and b"and nothing else: ask there" in answer


def test_credentials_reach_the_server_with_the_other_headers(between: RunningRelay) -> None:
    async def converse() -> None:
        async with dial(between, "/echo?key=" + KEY) as connection:
            await connection.send("Hello")
            await connection.recv()  # so that the server has come to note them

    TOLD["headers"].clear()
    run(converse)
    assert {f"x-goog-api-key: {KEY}", f"Authorization: Bearer {TOKEN}"} <= set(TOLD["headers"])


@pytest.mark.parametrize(
    ("name", "options"),
    [("it.ndjson", ()), ("it.ndjson.gz", ("--keep-text",)), ("it.ndjson", ("--keep-text", "--keep-audio"))],
)
def test_no_secret_is_in_any_byte_of_a_recording(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    """Echoed, so that each is sent in both directions, and once in the reason of a close."""
    planted = [
        {"setup": {"model": f"models/{KEY}", "sessionResumption": {"handle": HANDLE}}},
        {"sessionResumptionUpdate": {"newHandle": HANDLE, "resumable": True}},
        {"client_content": {"turns": [{"role": KEY, "parts": [{"text": f"my key is {KEY}"}]}], "turnComplete": True}},
        {KEY: {"text": f"{TOKEN} and {HANDLE}"}},
    ]

    async def converse(running: RunningRelay) -> None:
        async with dial(running, f"/echo?key={KEY}&access_token={TOKEN}") as connection:
            for message in planted:
                await connection.send(json.dumps(message))
                await connection.recv()
        async with dial(running, f"/close/1008/{KEY}") as connection:
            await connection.wait_closed()

    with upstream() as address, relay(address, tmp_path / name, *options) as running:
        run(lambda: converse(running))
        running.stop()
    octets = b"".join(unpacked(path) for path in tmp_path.iterdir())
    assert octets.count(b"setup") > 0
    assert [secret for secret in (KEY, TOKEN, HANDLE) if secret.encode() in octets] == []


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A recording of a conversation with the fake through the real SDK, and what was answered."""
    folder = tmp_path_factory.mktemp("chat")

    async def converse(running: RunningRelay) -> list[str]:
        async with live(developer(running, api_key=KEY)) as session:  # type: ignore[arg-type]  # has what is asked of it
            first = await ask(session, WORDS)
            await send(session, "and more")
            return texts_of(first)

    with fake_gemini("fast") as fake, relay(fake.url, folder, trust=fake.certificate) as running:
        said = run(lambda: converse(running))
        running.stop()
    return running.recording, said


def test_recording_in_a_folder_is_named_by_the_time(chat: tuple[Path, list[str]]) -> None:
    assert chat[0].name.endswith("Z.ndjson.gz")


def test_conversation_is_recorded_with_its_sizes_and_without_its_words(chat: tuple[Path, list[str]]) -> None:
    recording, said = read(chat[0]), chat[1]
    (session,) = recording.sessions
    texts = [text for frame in session.frames for text in chunk_texts(frame.message)]
    first_turn = texts[: len(said)]
    assert [len(text.encode()) for text in first_turn] == [len(text.encode()) for text in said]
    assert [len(text.split()) for text in first_turn] == [len(text.split()) for text in said]
    assert not any(word in unpacked(chat[0]).decode() for word in ("planted", "somebody", KEY))


def chunk_texts(message: object) -> list[str]:
    parts = message.get("serverContent", {}).get("modelTurn", {}).get("parts", []) if isinstance(message, dict) else []
    return [part["text"] for part in parts]


def test_kind_and_time_of_each_frame_are_recorded(chat: tuple[Path, list[str]]) -> None:
    (session,) = read(chat[0]).sessions
    assert {(frame.sender, frame.kind) for frame in session.frames} == {("client", "text"), ("server", "binary")}
    assert all(0 < frame.at < 60 for frame in session.frames)
    assert session.path.startswith("//ws/") or session.path.startswith("/ws/")


def test_frames_are_said_again_in_the_size_that_they_had(chat: tuple[Path, list[str]]) -> None:
    assert_same_sizes(chat[0])


def assert_same_sizes(path: Path) -> None:
    (session,) = read(path).sessions
    part = part_of(session)
    notes = [*part.greeting, *(note for turn in part.turns for note in (*turn.notes, *turn.afterwards))]
    sizes = [frame.size for frame in session.frames if frame.sender == "server"]
    assert [len(note.octets) for note in notes] == sizes


def test_spoken_reply_is_kept_as_silence_of_the_same_size(tmp_path: Path) -> None:
    async def converse() -> None:
        async with live(developer(running), AUDIO_MODEL, TRANSCRIBED) as session:  # type: ignore[arg-type]
            await ask(session, WORDS)

    with fake_gemini("fast") as fake, relay(fake.url, tmp_path / "it.ndjson", trust=fake.certificate) as running:
        run(converse)
        running.stop()
    assert_same_sizes(running.recording)
    heard = [note.audio_bytes for turn in part_of(read(running.recording).sessions[0]).turns for note in turn.notes]
    assert set(heard) == {0, 2880}
    assert b"AAAA" not in running.recording.read_bytes()


def sessions_of(recording: Recording) -> list[str]:
    return [type(session.ending).__name__ for session in recording.sessions]


def test_refusals_and_closes_are_recorded(tmp_path: Path) -> None:
    async def converse(running: RunningRelay) -> ClientConnection | None:
        with pytest.raises(InvalidStatus):
            async with dial(running, "/refuse"):
                pass
        async with dial(running, "/close/1011/bad%20luck") as connection:
            await connection.wait_closed()
            return None

    with upstream() as address, relay(address, tmp_path / "it.ndjson") as running:
        run(lambda: converse(running))
        running.stop()
    refused, closed = (session.ending for session in read(running.recording).sessions)
    assert (refused.event, refused.status) == ("refused", 429)  # type: ignore[union-attr]
    assert (closed.sender, closed.code, closed.reason) == ("server", 1011, "bad%20luck")  # type: ignore[union-attr]


def test_relay_that_is_told_to_end_says_so_to_both_sides_and_its_recording_is_whole(tmp_path: Path) -> None:
    async def converse(running: RunningRelay) -> int | None:
        async with dial(running, "/echo") as connection:
            await connection.send("{}")
            await connection.recv()
            running.process.terminate()
            await connection.wait_closed()
            return connection.close_code

    TOLD["closes"].clear()
    with upstream() as address, relay(address, tmp_path / "it.ndjson") as running:
        assert run(lambda: converse(running)) == 1001
        running.stop()
    assert TOLD["closes"] == ["1001 "]
    (session,) = read(running.recording).sessions
    assert (session.ending.sender, session.ending.code) == ("relay", 1001)  # type: ignore[union-attr]


def test_relay_that_is_killed_leaves_every_line_up_to_then(tmp_path: Path) -> None:
    async def converse(running: RunningRelay) -> None:
        async with dial(running, "/echo") as connection:
            await connection.close()
        async with dial(running, "/echo") as connection:
            await connection.send("{}")
            await connection.recv()
            await connection.send("{}")
            await connection.recv()
            running.process.kill()
            await connection.wait_closed()

    with upstream() as address, relay(address, tmp_path / "it.ndjson.gz") as running:
        run(lambda: converse(running))
        running.process.wait()
    recording = read(running.recording, whole_sessions=True)
    assert sessions_of(recording) == ["Closed"]


def test_relay_that_cannot_write_any_more_ends_with_one_line_and_leaves_what_it_had(tmp_path: Path) -> None:
    async def converse(running: RunningRelay) -> None:
        async with dial(running, "/echo") as connection:
            await connection.close()
        async with dial(running, "/echo") as connection:
            with suppress(ConnectionClosed):
                while True:
                    await connection.send(json.dumps({"text": "word " * 1000}))
                    await connection.recv()

    with upstream() as address, relay(address, tmp_path / "it.ndjson", file_bytes=20_000) as running:
        run(lambda: converse(running))
        complaint = running.complaint()
    assert complaint.startswith(f"error: cannot record into {running.recording} any more: File too large; make room")
    assert complaint.count("\n") == 1
    assert len(read(running.recording, whole_sessions=True).sessions) == 1


def test_gemini_that_has_gone_is_told_as_a_bad_gateway(tmp_path: Path) -> None:
    async def converse(running: RunningRelay) -> Response:
        with pytest.raises(InvalidStatus) as told:
            async with dial(running, "/echo"):
                pass
        return told.value.response

    with upstream() as address:
        context = relay(address, tmp_path / "it.ndjson")
        running = context.__enter__()
    try:
        response = run(lambda: converse(running))
        assert response.status_code == 502 and b"cannot reach http://127.0.0.1" in bytes(response.body)
    finally:
        context.__exit__(None, None, None)
