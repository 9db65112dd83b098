"""A session between a client and a Gemini of which every move is a test's."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

import orjson
import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request

from servers import introduction
from servers.admission import Admission
from servers.closing_time import ClosingTime
from servers.farewells import Farewell
from servers.raw.gemini_connection import Listening
from servers.raw.gemini_wire import cut_off, packet_of
from servers.raw.session import House, Session
from servers.raw_app import Server
from servers.resumption import Resumption
from servers.settings import Settings
from tests.chat_server_process import speaking_to
from tests.fake_gemini_process import RunningFake
from tests.servers.chat import chat_with, run

HANDLE = b'{"sessionResumptionUpdate": {"newHandle": "h", "resumable": true}}'
WORD = b'{"serverContent": {"modelTurn": {"parts": [{"text": "Hello"}]}}}'


class MadeUpLine:
    """A connection to Gemini: what it was told, and whether it is listened to."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.heard = True

    def say(self, frame: bytes) -> None:
        self.told.append(orjson.loads(frame)["client_content"]["turns"][0]["parts"][0]["text"])

    def pause_hearing(self) -> None:
        self.heard = False

    def resume_hearing(self) -> None:
        self.heard = True


class MadeUpGemini:
    """Says something `early` on each connection, before who dialled it knows that it is there."""

    def __init__(self, early: tuple[bytes, ...] = (), silent: bool = False) -> None:
        self.lines: list[MadeUpLine] = []
        self.handles: list[str | None] = []
        self._early, self._silent = early, silent

    @asynccontextmanager
    async def connect(
        self, headers: Mapping[str, str], listening: Listening, handle: str | None = None
    ) -> AsyncIterator[MadeUpLine]:
        if self._silent:
            await asyncio.Event().wait()
        self.lines.append(MadeUpLine())
        self.handles.append(handle)
        for frame in self._early:
            listening.hear(frame, more=False)
        await asyncio.sleep(0)
        yield self.lines[-1]


class MadeUpClient:
    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.farewell: Farewell | None = None

    def say(self, packet: str, more: bool = False) -> None:
        self.told.append(json.loads(packet))

    def leave(self, farewell: Farewell) -> None:
        self.farewell = farewell

    def pause_listening(self) -> None: ...

    def resume_listening(self) -> None: ...


class NoCredentials:
    async def headers(self) -> Mapping[str, str]:
        return {}


def begin(gemini: MadeUpGemini, idle_seconds: float = 60.0) -> tuple[Session, MadeUpClient]:
    settings = Settings("custom", "any", "TEXT", base_url="https://127.0.0.1:1", idle_seconds=idle_seconds)
    myself = introduction.introduce("raw", {})
    house = House(
        settings,
        cast(Any, gemini),
        cast(Any, NoCredentials()),
        ClosingTime(),
        myself,
        packet_of,
        Resumption(None),
        Admission(settings, myself, left=asyncio.CancelledError),
    )
    client = MadeUpClient()
    return Session(house, cast(Any, client), Request("/live", Headers())), client


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_what_gemini_says_right_behind_the_setup_is_heard() -> None:
    async def converse() -> None:
        gemini = MadeUpGemini(early=(HANDLE, WORD))
        session, client = begin(gemini)
        await until(lambda: client.told)
        assert client.told == [{"text": "Hello", "turn_complete": False}]
        session.hear(b'{"serverContent": {"turnComplete": true}}', more=False)
        session.hear(HANDLE, more=False)
        session.end(cut_off())
        await until(lambda: len(gemini.lines) == 2)
        assert (gemini.handles, client.farewell) == ([None, "h"], None)
        session.client_has_left()

    run(converse())


def test_prompt_that_comes_as_the_connection_is_lost_is_asked_on_the_next() -> None:
    async def converse() -> None:
        gemini = MadeUpGemini(early=(HANDLE,))
        session, client = begin(gemini)
        session.ask("early")
        await until(lambda: gemini.lines and gemini.lines[0].told)
        session.hear(b'{"serverContent": {"turnComplete": true}}', more=False)
        session.hear(HANDLE, more=False)
        session.end(cut_off())
        session.ask("late")
        await until(lambda: len(gemini.lines) == 2 and gemini.lines[1].told)
        assert [line.told for line in gemini.lines] == [["early"], ["late"]]
        assert client.farewell is None
        session.client_has_left()

    run(converse())


def test_client_that_is_slow_is_so_on_the_next_connection_too() -> None:
    async def converse() -> None:
        gemini = MadeUpGemini(early=(HANDLE,))
        session, _ = begin(gemini)
        await until(lambda: gemini.lines)
        session.client_is_slow(True)
        session.end(cut_off())
        await until(lambda: len(gemini.lines) == 2)
        await until(lambda: not gemini.lines[1].heard)
        session.client_is_slow(False)
        assert gemini.lines[1].heard
        session.client_has_left()

    run(converse())


def test_gemini_that_never_opens_a_session_is_given_up_in_the_end() -> None:
    async def converse() -> None:
        _, client = begin(MadeUpGemini(silent=True), idle_seconds=0.05)
        await until(lambda: client.farewell)
        assert client.farewell and client.farewell.code == "idle"

    run(converse())


def test_connection_that_has_only_just_been_accepted_keeps_nobody_at_closing_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The event loop makes a protocol in one round and its connection in the next."""
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://127.0.0.1:1")

    async def close() -> None:
        server = Server()
        server.welcome()
        await server.see_off_all()

    run(close())


def test_session_that_is_over_is_gone_without_being_looked_for(
    monkeypatch: pytest.MonkeyPatch, gemini: RunningFake
) -> None:
    """Its buffers are large, and the garbage collector comes by too seldom for as many as there may be."""
    for name, value in speaking_to(gemini).items():
        monkeypatch.setenv(name, value)

    async def converse() -> None:
        door = await asyncio.get_running_loop().create_server(Server().welcome, "127.0.0.1", 0)
        async with door, chat_with(f"ws://127.0.0.1:{door.sockets[0].getsockname()[1]}/live") as chat:
            await chat.ask("Hello")
            assert sessions() == 1
            gc.disable()
            await chat.connection.close()
            while sessions():
                await asyncio.sleep(0.01)

    try:
        gc.collect()
        run(converse())
    finally:
        gc.enable()


def sessions() -> int:
    return sum(type(one) is Session for one in gc.get_objects())
