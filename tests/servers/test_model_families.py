"""A text chat with each family of models that speak, by both servers alike; others have it with one that writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.chat_server_process import ChatServer, chat_server, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import chat_with, check_whole, run
from tests.servers.conftest import APPS, write_profile

FAMILIES = (
    "gemini-2.5-flash-native-audio-latest",
    "gemini-3.1-flash-live-preview",
    "gemini-3.8-live",
    "gemini-3.8-live-extended-thinking",
)

# Sixteen words in six chunks, and 0.4 s of sound in frames of 20 ms.
SPEAKING = """
description = "Speaks quickly"
interruption_seconds = 0.002
audio_frame_seconds = 0.02
words_per_second = 40.0
first_chunk_seconds = { usual = { median = 0.02 } }
gap_seconds = { median = 0.01 }
words = { first_chunk = 1, later_chunk_low = 3, later_chunk_high = 3, reply = { median = 16 } }
"""
CHUNKS = 6


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFake]:
    with fake_gemini(write_profile(SPEAKING, tmp_path_factory)) as fake:
        yield fake


@pytest.fixture(scope="module")
def chats(
    speaking: RunningFake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[str, str], ChatServer]]:
    """A server of each kind for each model."""
    folder = tmp_path_factory.mktemp("families")
    pairs = [(app, model) for app in APPS for model in FAMILIES]

    def start(pair: tuple[str, str]) -> ChatServer:
        app, model = pair
        settings = {"GEMINI_API_KEY": "any", "GEMINI_MODEL": model, "GEMINI_MODALITY": "AUDIO"}
        return running.enter_context(chat_server(app, speaking_to(speaking, **settings), folder))

    with ExitStack() as running, ThreadPoolExecutor(3) as pool:
        yield dict(zip(pairs, pool.map(start, pairs), strict=True))


@pytest.mark.parametrize("model", FAMILIES)
def test_text_chat_works_with_each_family(chats: dict[tuple[str, str], ChatServer], app: str, model: str) -> None:
    async def converse() -> None:
        async with chat_with(chats[app, model].live_url) as chat:
            for tag in ("one", "two", "three"):
                check_whole(await chat.ask(f"#{tag} Hello"), tag, CHUNKS)

    run(converse())
    assert "Traceback" not in chats[app, model].log()
