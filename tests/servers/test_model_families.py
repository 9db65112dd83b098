"""A text chat with each family of models that speak, by all servers alike; others have it with one that writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat_server_process import chat_server, speaking_to
from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.chat import chat_with, check_whole, run
from tests.servers.conftest import write_profile

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


@pytest.mark.parametrize("model", FAMILIES)
def test_text_chat_works_with_each_family(speaking: RunningFake, app: str, model: str, tmp_path: Path) -> None:
    async def converse(chat_url: str) -> None:
        async with chat_with(chat_url) as chat:
            for tag in ("one", "two", "three"):
                check_whole(await chat.ask(f"#{tag} Hello"), tag, CHUNKS)

    settings = {"GEMINI_API_KEY": "any", "GEMINI_MODEL": model, "GEMINI_MODALITY": "AUDIO"}
    with chat_server(app, speaking_to(speaking, **settings), tmp_path) as server:
        run(converse(server.live_url))
        assert "Traceback" not in server.log()
