"""The session with a thread of its own, against a Gemini that follows a script."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import pytest
from google.genai.errors import APIError
from websockets.sync.server import ServerConnection

from servers import gemini
from servers.carrying import Conversation
from servers.closing_time import ClosingTime
from servers.duplex_live import DuplexLive
from servers.farewells import GoingAway, Refused
from servers.quick_receive import Message
from servers.settings import Settings
from tests.servers.chat import wait_until
from tests.servers.test_blocking_live import TURN_COMPLETE, WORD, Script, gemini_that, tell


@dataclass
class Heard:
    """What a session told of."""

    messages: list[str | None] = field(default_factory=list)
    turns: int = 0
    changed: Event = field(default_factory=Event)

    def message(self, message: Message) -> None:
        self.messages.append(message.text)

    def turn(self) -> None:
        self.turns += 1


SessionWith = Callable[..., AbstractContextManager[DuplexLive]]


@pytest.fixture
def session_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionWith:
    certificate = tmp_path / "authority.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    @contextmanager
    def open_session(
        script: Script, heard: Heard, idle_seconds: float = 60.0, closing_time: ClosingTime | None = None
    ) -> Iterator[DuplexLive]:
        with gemini_that(script, certificate) as url:
            settings = Settings("custom", "any", "TEXT", base_url=url, idle_seconds=idle_seconds)
            with DuplexLive(
                *(gemini.make_client(settings), settings, closing_time or ClosingTime(), Conversation(), heard.message),
                on_turn=heard.turn,
                on_change=heard.changed.set,
            ) as session:
                wait_until(lambda: session.is_open, "the session is open")
                yield session

    return open_session


def wait_until_ended(session: DuplexLive, error: type[Exception]) -> Exception:
    """What ended it."""

    def ended() -> bool:
        try:
            session.check()
        except error:
            return True
        return False

    wait_until(ended, "the session has ended")
    with pytest.raises(error) as raised:
        session.check()
    return raised.value


def be_silent(gemini: ServerConnection) -> None:
    gemini.recv()


def test_prompt_reaches_gemini_while_a_reply_is_handed_on(session_with: SessionWith) -> None:
    """Gemini sends the end of its reply only once it has been interrupted."""

    def wait_for_interruption(gemini: ServerConnection) -> None:
        gemini.recv()
        tell(gemini, WORD)
        gemini.recv()
        tell(gemini, TURN_COMPLETE, WORD, TURN_COMPLETE)
        gemini.recv()

    heard = Heard()
    with session_with(wait_for_interruption, heard) as session:
        session.ask("Tell me everything.")
        wait_until(lambda: heard.messages == ["Hello"], "the reply has begun")
        session.ask("Stop.")
        wait_until(lambda: heard.turns == 2, "both replies are over")
    assert heard.messages == ["Hello", None, "Hello", None]


def test_prompts_of_several_threads_all_reach_gemini(session_with: SessionWith) -> None:
    got: list[str | bytes] = []
    lock = Lock()

    def collect(gemini: ServerConnection) -> None:
        while True:
            frame = gemini.recv()
            with lock:
                got.append(frame)

    with session_with(collect, Heard()) as session:
        threads = [Thread(target=session.ask, args=(f"prompt {number}",)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_until(lambda: len(got) == 20, "all have arrived")
    assert sorted(number for number in range(20) for frame in got if f'"prompt {number}"' in str(frame)) == [*range(20)]


def test_gemini_that_leaves_is_told_to_whoever_hears_the_client(session_with: SessionWith) -> None:
    heard, leave = Heard(), Event()

    def wait_and_leave(gemini: ServerConnection) -> None:
        assert leave.wait(60)
        gemini.close(1008, "gone")

    with session_with(wait_and_leave, heard) as session:
        session.check()
        heard.changed.clear()
        leave.set()
        error = wait_until_ended(session, APIError)
        assert isinstance(error, APIError)
        assert (error.code, error.details) == (1008, "gone")
        wait_until(heard.changed.is_set, "it is told")
        session.ask("Anybody there?")
        session.hear()


def test_error_of_the_listeners_ends_the_session(session_with: SessionWith) -> None:
    class Enough(Exception):
        pass

    class Impatient(Heard):
        def message(self, message: Message) -> None:
            raise Enough

    def answer(gemini: ServerConnection) -> None:
        gemini.recv()
        tell(gemini, WORD)
        gemini.recv()

    with session_with(answer, Impatient()) as session:
        session.ask("Hello")
        wait_until_ended(session, Enough)


def test_silence_of_all_ends_the_session(session_with: SessionWith) -> None:
    with session_with(be_silent, Heard(), idle_seconds=0.2) as session:
        assert "nothing was said for 0.2 s" in str(wait_until_ended(session, Refused))


def test_closing_time_ends_an_idle_session(session_with: SessionWith) -> None:
    closing_time = ClosingTime()
    with session_with(be_silent, Heard(), closing_time=closing_time) as session:
        closing_time.begin()
        wait_until_ended(session, GoingAway)


def test_leaving_ends_the_thread_and_closes_the_session_at_gemini(session_with: SessionWith) -> None:
    closed: list[int | None] = []

    def note(gemini: ServerConnection) -> None:
        try:
            gemini.recv()
        finally:
            closed.append(gemini.close_code)

    with session_with(note, Heard()) as session:
        assert session._thread.is_alive()
    assert not session._thread.is_alive()
    wait_until(lambda: closed == [1000], "the session is closed at Gemini")
