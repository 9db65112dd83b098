from pathlib import Path

import pytest

from loadtests.support.recorder import Recorder
from loadtests.support.turn import End, Mark, Turn, from_line

END = End(turns=1, lag_seconds_p50=0.0, lag_seconds_p99=0.0, lag_seconds_max=0.0, cpu_seconds=0.0)
TURN = Turn(id="1.1.1", session="1/1", sessions=1, prompt_characters=5, planned_at=0.0)


def test_a_line_can_be_read_as_soon_as_it_is_written(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "new", worker=3, pid=77)
    path = tmp_path / "new" / "turns-3-77.ndjson"
    for number, record in enumerate((Mark("level", 1.0, 5), TURN, END), start=1):
        recorder.write(record)
        lines = path.read_text().splitlines()
        assert len(lines) == number
        assert from_line(lines[-1]) == record


def test_only_turns_are_counted(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, worker=0, pid=1)
    for record in (Mark("level", 1.0, 5), TURN, TURN, END):
        recorder.write(record)
    assert recorder.turns == 2


def test_the_end_closes_the_record(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, worker=0, pid=1)
    assert not recorder.closed
    recorder.write(END)
    assert recorder.closed


def test_a_record_that_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    Recorder(tmp_path, worker=0, pid=1).write(END)
    with pytest.raises(FileExistsError):
        Recorder(tmp_path, worker=0, pid=1)
