import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from servers.recording.errors import RecordingError
from servers.recording.tape import GZIP, Tape, place
from tests.made_up_recording import COMPLETE, HEADER, abandon, prompt, session


def lines(octets: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in octets.splitlines()]


def test_first_line_names_the_schema_and_the_last_one_counts_the_sessions(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "it.ndjson", HEADER)
    session(tape).closed(1.0)
    tape.end()
    first, *_, last = lines((tmp_path / "it.ndjson").read_bytes())
    assert next(iter(first.items())) == ("schema", "gemini-live-bench.recording.v1")
    assert (last["event"], last["sessions"]) == ("end", 1)


def test_line_is_in_the_file_as_soon_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "it.ndjson"
    tape = Tape(path, HEADER)
    made = session(tape).client(0.5, prompt())
    assert lines(path.read_bytes())[-1]["message"] == prompt()
    made.server(0.75, COMPLETE)
    assert lines(path.read_bytes())[-1]["at"] == 0.75
    abandon(tape)


def test_line_can_be_read_from_compressed_data_before_they_have_an_end(tmp_path: Path) -> None:
    path = tmp_path / "it.ndjson.gz"
    tape = Tape(path, HEADER)
    session(tape).client(0.5, prompt())
    assert lines(zlib.decompressobj(GZIP).decompress(path.read_bytes()))[-1]["message"] == prompt()
    abandon(tape)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "it.ndjson"
    path.write_text("kept")
    with pytest.raises(RecordingError, match="exists, and no recording is written over: name another file"):
        Tape(path, HEADER)
    assert path.read_text() == "kept"


def test_file_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"cannot record into .*: No such file or directory; name another file"):
        Tape(tmp_path / "nowhere" / "it.ndjson", HEADER)


def test_full_disk_is_told_and_leaves_a_recording_without_its_last_line(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no disk here that is always full")
    path = tmp_path / "it.ndjson"
    tape = Tape(path, HEADER)
    made = session(tape)
    abandon(tape)
    tape._file = full.open("wb", buffering=0)
    with pytest.raises(RecordingError, match=r"cannot record into .* any more: No space left on device; make room"):
        made.client(0.5, prompt())
    tape.end()
    assert "end" not in [line.get("event") for line in lines(path.read_bytes())]


def test_file_in_a_folder_is_named_by_the_time(tmp_path: Path) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    assert place(tmp_path, now) == tmp_path / "2026-01-02T03-04-05-000678Z.ndjson.gz"
    assert place(tmp_path / "it.ndjson", now) == tmp_path / "it.ndjson"
