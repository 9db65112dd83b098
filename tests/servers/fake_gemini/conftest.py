"""Fakes that the tests of a module share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_gemini_process import RunningFake, fake_gemini
from tests.servers.fake_gemini.suffering import Suffering, suffering_fakes

ENDLESS = """
description = "A first word at once, and then nothing for longer than any test waits"
interruption_seconds = 0.005
audio_frame_seconds = 0.06

[first_chunk_seconds]
usual = { median = 0.0 }

[gap_seconds]
median = 3600.0

[words]
later_chunk_low = 5
later_chunk_high = 5
reply = { median = 20 }
"""


@pytest.fixture(scope="module")
def fake() -> Iterator[RunningFake]:
    with fake_gemini("fast") as running:
        yield running


@pytest.fixture(scope="session")
def endless_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile whose replies begin and never end by themselves: what cuts one comes in its middle for certain."""
    path = tmp_path_factory.mktemp("profiles") / "endless.toml"
    path.write_text(ENDLESS)
    return path


@pytest.fixture(scope="module")
def endless_fake(endless_profile: Path) -> Iterator[RunningFake]:
    with fake_gemini(endless_profile) as running:
        yield running


@pytest.fixture(scope="session")
def halting_profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Replies of two chunks, the second of which never comes."""
    path = tmp_path_factory.mktemp("profiles") / "halting.toml"
    path.write_text(ENDLESS.replace("reply = { median = 20 }", "reply = { median = 6 }"))
    return path


@pytest.fixture(scope="module")
def suffering() -> Iterator[Suffering]:
    """Arms a script of one's own in a fake."""
    with suffering_fakes() as arm:
        yield arm
