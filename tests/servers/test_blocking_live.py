"""The blocking session against a Gemini that says what the fake never does: something between two turns."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from google.genai.errors import APIError
from google.genai.types import LiveServerMessage
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from bench.chat_server import free_port
from servers import blocking_live, gemini
from servers.blocking_live import BlockingLive
from servers.carrying import Conversation
from servers.closing_time import ClosingTime
from servers.fake_gemini.certificate import make_certificate
from servers.farewells import GoingAway, Refused
from servers.settings import Settings
from tests.servers.chat import wait_until

HANDLE = {"sessionResumptionUpdate": {"newHandle": "h", "resumable": True}}
GO_AWAY = {"goAway": {"timeLeft": "50s"}}
WORD = {"serverContent": {"modelTurn": {"parts": [{"text": "Hello"}]}}}
TURN_COMPLETE = {"serverContent": {"turnComplete": True}}
STEPS, STEP_SECONDS = 40, 0.0003

Script = Callable[[ServerConnection], None]
"""What Gemini does once a session is set up; then it closes the session."""
SessionWith = Callable[..., AbstractContextManager[BlockingLive]]


def tell(session: ServerConnection, *messages: dict[str, Any]) -> None:
    for message in messages:
        session.send(json.dumps(message))


@contextmanager
def gemini_that(script: Script, certificate: Path, opens: bool = True) -> Iterator[str]:
    """The base URL of a Gemini that follows a script in every session, or instead of ever opening one."""

    def follow(session: ServerConnection) -> None:
        session.recv()
        if opens:
            tell(session, {"setupComplete": {}})
        script(session)

    with serve(follow, "127.0.0.1", 0, ssl=make_certificate(certificate)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def session_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionWith:
    """Opens a blocking session with a Gemini that follows a script."""
    certificate = tmp_path / "authority.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    @contextmanager
    def open_session(
        script: Script,
        on_message: Callable[[LiveServerMessage], None],
        idle_seconds: float = 60.0,
        closing_time: ClosingTime | None = None,
        look: Callable[[], object] = lambda: None,
        opens: bool = True,
    ) -> Iterator[BlockingLive]:
        with gemini_that(script, certificate, opens) as url:
            settings = Settings("custom", "any", "TEXT", base_url=url, idle_seconds=idle_seconds)
            common = (gemini.make_client(settings), settings, closing_time or ClosingTime(), Conversation())
            with BlockingLive(*common, on_message, look=look) as session:
                yield session

    return open_session


def test_reply_is_handed_over_message_by_message_up_to_its_end(session_with: SessionWith) -> None:
    def answer(gemini: ServerConnection) -> None:
        gemini.recv()
        tell(gemini, WORD, WORD, TURN_COMPLETE, WORD)
        gemini.recv()

    messages: list[LiveServerMessage] = []
    with session_with(answer, messages.append) as session:
        session.ask("Hello")
        assert [message.text for message in messages] == ["Hello", "Hello", None]


def test_reply_that_never_comes_ends_with_the_leave_of_who_waits_for_it(
    session_with: SessionWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking_live, "LOOK_SECONDS", 0.01)
    asked = Event()

    def look() -> None:
        if asked.is_set():
            raise TimeoutError("nobody is there")

    def say_nothing(gemini: ServerConnection) -> None:
        gemini.recv()
        asked.set()
        with suppress(ConnectionClosed):
            gemini.recv()

    with session_with(say_nothing, print, look=look) as session, pytest.raises(TimeoutError, match="nobody is there"):
        session.ask("Hello")


def test_session_that_gemini_never_opens_ends_with_the_leave_of_who_waits_for_it(
    session_with: SessionWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocking_live, "LOOK_SECONDS", 0.01)
    asked = Event()

    def hear_and_say_nothing(gemini: ServerConnection) -> None:
        asked.set()
        with suppress(ConnectionClosed):
            gemini.recv()

    def look() -> None:
        if asked.is_set():
            raise TimeoutError("nobody is there")

    unopened = session_with(hear_and_say_nothing, print, look=look, opens=False)
    with pytest.raises(TimeoutError, match="nobody is there"), unopened:
        pass


@pytest.mark.parametrize("opened", [False, True], ids=["the first", "the next"])
def test_dial_may_be_cut_at_any_moment(
    opened: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A dial takes more than a few of these steps, and fewer than all of them."""
    certificate = tmp_path / "authority.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def say_goodbye(gemini: ServerConnection) -> None:
        if opened:
            tell(gemini, HANDLE, GO_AWAY)
            with suppress(ConnectionClosed):
                gemini.recv()

    def look() -> None:
        if not opened or conversation.handle:
            raise TimeoutError("nobody is there")

    with gemini_that(say_goodbye, certificate) as url:
        settings = Settings("custom", "any", "TEXT", base_url=url)
        client = gemini.make_client(settings)
        for step in range(1, STEPS):
            monkeypatch.setattr(blocking_live, "LOOK_SECONDS", step * STEP_SECONDS)
            conversation = Conversation()
            with (
                suppress(TimeoutError, APIError),
                BlockingLive(*(client, settings, ClosingTime(), conversation), conversation.heed, look=look) as session,
            ):
                while True:
                    session.breathe()
    assert capfd.readouterr() == ("", "")


def test_session_that_gemini_never_opens_is_given_up_in_the_end(session_with: SessionWith) -> None:
    def say_nothing(gemini: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            gemini.recv()

    with pytest.raises(Refused) as idle, session_with(say_nothing, print, idle_seconds=0.5, opens=False):
        pass
    assert idle.value.farewell.code == "idle"


def test_message_between_turns_is_handed_over_and_does_not_hide_that_gemini_leaves(session_with: SessionWith) -> None:
    def warn_and_leave(gemini: ServerConnection) -> None:
        tell(gemini, GO_AWAY)
        gemini.close(1008, "gone")

    messages: list[LiveServerMessage] = []
    with session_with(warn_and_leave, messages.append) as session:
        with pytest.raises(APIError) as left:
            while True:
                session.breathe()
        assert [message.go_away is not None for message in messages] == [True]
        assert (left.value.code, left.value.details) == (1008, "gone")


def test_reply_is_whole_after_a_message_between_turns(session_with: SessionWith) -> None:
    def warn_and_answer(gemini: ServerConnection) -> None:
        tell(gemini, GO_AWAY)
        gemini.recv()
        tell(gemini, WORD, TURN_COMPLETE)
        gemini.recv()

    messages: list[LiveServerMessage] = []
    with session_with(warn_and_answer, messages.append) as session:
        while not messages:
            session.breathe()
        session.ask("Hello")
        assert [message.text for message in messages] == [None, "Hello", None]


def test_breath_given_up_in_the_middle_of_a_message_loses_nothing(session_with: SessionWith) -> None:
    """The message comes in two frames, and the session breathes between them."""
    breathed = Event()

    def answer_in_pieces(gemini: ServerConnection) -> None:
        gemini.recv()
        tell(gemini, TURN_COMPLETE)

        def halves() -> Iterator[str]:
            text = json.dumps(WORD)
            yield text[:20]
            assert breathed.wait(60)
            yield text[20:]

        gemini.send(halves())
        tell(gemini, TURN_COMPLETE)
        gemini.recv()

    messages: list[LiveServerMessage] = []
    with session_with(answer_in_pieces, messages.append) as session:
        session.ask("Hello")
        for _ in range(20):
            session.breathe()
        breathed.set()
        while len(messages) < 3:
            session.breathe()
        assert [message.text for message in messages] == [None, "Hello", None]


def test_error_of_the_listeners_ends_the_reply_and_passes(session_with: SessionWith) -> None:
    closed: list[int | None] = []

    def answer(gemini: ServerConnection) -> None:
        gemini.recv()
        with suppress(ConnectionClosed):  # which may come before all is told
            tell(gemini, WORD, WORD, TURN_COMPLETE)
            gemini.recv()
        closed.append(gemini.close_code)

    class Enough(Exception):
        pass

    def interrupt(message: LiveServerMessage) -> None:
        raise Enough

    with pytest.raises(Enough), session_with(answer, interrupt) as session:
        session.ask("Hello")
    wait_until(lambda: closed == [1000], "the session is closed at Gemini")


def test_gemini_that_says_nothing_is_given_up(session_with: SessionWith) -> None:
    def be_silent(gemini: ServerConnection) -> None:
        gemini.recv()
        gemini.recv()

    with (
        pytest.raises(Refused, match=r"nothing was said for 0\.2 s"),
        session_with(be_silent, print, idle_seconds=0.2) as session,
    ):
        session.ask("Hello")


def test_reply_that_does_not_end_is_cut_at_closing_time_and_the_session_closed(
    session_with: SessionWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servers.blocking_live.REPLY_SECONDS", 0.01)
    closed: list[int | None] = []

    def talk_on(gemini: ServerConnection) -> None:
        gemini.recv()
        tell(gemini, WORD)
        with suppress(ConnectionClosed):
            gemini.recv()
        closed.append(gemini.close_code)

    said = Event()
    with pytest.raises(GoingAway), session_with(talk_on, lambda _: said.set()) as session:

        def hurry_once_it_talks() -> None:
            said.wait(60)
            session.hurry()

        caller = Thread(target=hurry_once_it_talks)
        caller.start()
        session.ask("Hello")
    caller.join()
    session.hurry()  # which does nothing when it is too late
    wait_until(lambda: closed == [1000], "the session is closed at Gemini")


def test_session_is_not_opened_at_closing_time(session_with: SessionWith) -> None:
    closing_time = ClosingTime()
    closing_time.begin()
    with pytest.raises(GoingAway), session_with(lambda _: None, print, closing_time=closing_time):
        pass


def test_session_that_cannot_be_opened_raises_what_the_sdk_raises() -> None:
    settings = Settings("custom", "any", "TEXT", base_url=f"https://127.0.0.1:{free_port()}")
    with (
        pytest.raises(ConnectionRefusedError),
        BlockingLive(gemini.make_client(settings), settings, ClosingTime(), Conversation(), print),
    ):
        pass
