"""All chat servers, as real processes with the real fake Gemini behind them, started once for all tests.

What is promised alike is asked of those that stand on code of their own, and in `make test-all` of the others too.
Where a web server or one thread more makes a difference, a module has an `app` of its own, which is each of them.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.chat_server_process import ChatServer, chat_server, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini

APPS = ("flask", "quart", "raw", "flask-duplex", "quart-uvicorn")
"""All that promise the same: the demo does not, and with eight threads there is no room for these tests."""
VARIANTS = ("flask-duplex", "quart-uvicorn")
"""Those of them that share most of their code with another."""

# Fifteen words, one at a time, in a second and a half: time to act in the middle of a reply, also on a slow machine.
TALKATIVE = """
description = "A reply of a second and a half, a word at a time"
interruption_seconds = 0.005
audio_frame_seconds = 0.1
first_chunk_seconds = { usual = { median = 0.1 } }
gap_seconds = { median = 0.1 }
words = { first_chunk = 1, later_chunk_low = 1, later_chunk_high = 1, reply = { median = 15 } }
"""
TALKATIVE_CHUNKS = 15


@pytest.fixture(autouse=True)
def servers_logger() -> Iterator[logging.Logger]:
    """That of all servers, afterwards as it was before: a server made in this process lets nobody else hear it."""
    logger = logging.getLogger("servers")
    handlers, level, propagate = logger.handlers, logger.level, logger.propagate
    yield logger
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)  # which also forgets what its children took for enabled


class Servers(Mapping[str, ChatServer]):
    """All of them by name, with the same environment; each starts when somebody first asks for it.

    `serving` names what some of them serve in place of their own app.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, serving: Mapping[str, str]) -> None:
        self._environment, self._folder, self._serving = environment, folder, serving
        self.started: dict[str, ChatServer] = {}
        self._running = ExitStack()

    def __getitem__(self, app: str) -> ChatServer:
        if app not in self.started:
            starting = chat_server(app, self._environment, self._folder, self._serving.get(app))
            self.started[app] = self._running.enter_context(starting)
        return self.started[app]

    def __iter__(self) -> Iterator[str]:
        return iter(APPS)

    def __len__(self) -> int:
        return len(APPS)

    def stop(self) -> None:
        self._running.close()


@contextmanager
def all_servers(
    environment: Mapping[str, str], folder: Path, serving: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Servers]:
    servers = Servers(environment, folder, serving)
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture(scope="session")
def talkative_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_profile(TALKATIVE, tmp_path_factory)


def write_profile(text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    profile = tmp_path_factory.mktemp("profile") / "profile.toml"
    profile.write_text(text, encoding="utf-8")
    return profile


@pytest.fixture(scope="session")
def gemini() -> Iterator[RunningFake]:
    """A fake whose replies are over at once."""
    with fake_gemini("fast") as fake:
        yield fake


@pytest.fixture(scope="session")
def servers(gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with all_servers(speaking_to(gemini), tmp_path_factory.mktemp("servers")) as servers:
        yield servers


MOSTLY = [pytest.param(app, marks=pytest.mark.long) if app in VARIANTS else app for app in APPS]
"""Each of them as a parameter, the variants in `make test-all` alone."""


@pytest.fixture(params=MOSTLY)
def app(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(app: str, servers: Servers) -> ChatServer:
    """Each of them in turn: what is asked of it must be answered alike."""
    return servers[app]


@pytest.fixture(scope="session")
def talkative_gemini(talkative_profile: Path) -> Iterator[RunningFake]:
    """A fake whose replies last a while."""
    with fake_gemini(talkative_profile) as fake:
        yield fake


@pytest.fixture(scope="session")
def talkative_servers(talkative_gemini: RunningFake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with all_servers(speaking_to(talkative_gemini), tmp_path_factory.mktemp("talkative")) as servers:
        yield servers


@pytest.fixture
def talkative_server(app: str, talkative_servers: Servers) -> ChatServer:
    """Each of the two in turn, with replies that last."""
    return talkative_servers[app]
