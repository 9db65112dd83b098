from pathlib import Path

import pytest

from servers.fake_gemini.timing import load_profile
from servers.recording.agreement import pairs
from servers.recording.reading import Recording, read
from servers.recording.tape import Tape
from tests.made_up_recording import COMPLETE, HEADER, chunk, conversation, prompt, session


def recording(path: Path, *words: str, late_seconds: float = 0.0) -> Recording:
    """One turn of so many chunks."""
    tape = Tape(path, HEADER)
    made = session(tape).client(1.0, prompt())
    for number, said in enumerate(words):
        made.server(1.5 + number + late_seconds, chunk(said))
    made.server(9.0, COMPLETE).closed(10.0)
    tape.end()
    return read(path)


def test_recording_agrees_with_itself(tmp_path: Path) -> None:
    twice = read(conversation(tmp_path / "it.ndjson", load_profile("fast"), 20))
    found = pairs(twice, twice)
    assert len(found) == sum(frame.sender == "server" for frame in twice.sessions[0].frames)
    assert all(pair.is_same and pair.apart_seconds == 0 for pair in found)


def test_frame_that_came_later_is_found(tmp_path: Path) -> None:
    found = pairs(recording(tmp_path / "a", "one", "two"), recording(tmp_path / "b", "one", "two", late_seconds=0.25))
    assert [round(pair.apart_seconds, 6) for pair in found] == [0, 0.25, 0.25, 0]
    assert all(pair.is_same for pair in found)


def test_frame_that_says_something_else_is_found(tmp_path: Path) -> None:
    found = pairs(recording(tmp_path / "a", "one", "two"), recording(tmp_path / "b", "one", "twos"))
    assert [pair.is_same for pair in found] == [True, True, False, True]


def test_frame_that_is_missing_is_found(tmp_path: Path) -> None:
    found = pairs(recording(tmp_path / "a", "one", "two"), recording(tmp_path / "b", "one"))
    assert [pair.is_same for pair in found] == [True, True, False, False]
    with pytest.raises(ValueError, match="a frame that is missing has no time"):
        _ = found[-1].apart_seconds
