from pathlib import Path

import pytest

from servers.fake_gemini.timing import load_profile
from servers.recording.errors import RecordingError
from servers.recording.reading import read
from servers.recording.tape import Tape
from tests.made_up_recording import HEADER, abandon, conversation, prompt, session

NAMES = ("it.ndjson", "it.ndjson.gz")


def two_sessions(path: Path, *, whole: bool = True) -> Path:
    """The second one is still open where it is not whole."""
    tape = Tape(path, HEADER)
    session(tape).client(0.5, prompt()).closed(1.0)
    second = session(tape).client(0.25, prompt())
    if whole:
        second.closed(2.0)
        tape.end()
    else:
        abandon(tape)
    return path


def refusal(path: Path, **options: bool) -> str:
    with pytest.raises(RecordingError) as told:
        read(path, **options)
    assert "\n" not in str(told.value)
    assert str(path) in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("name", NAMES)
def test_recording_is_read_as_it_was_written(name: str, tmp_path: Path) -> None:
    recording = read(two_sessions(tmp_path / name))
    assert recording.header == HEADER
    assert [(one.number, one.path, len(one.frames)) for one in recording.sessions] == [
        (1, "/ws/live", 3),
        (2, "/ws/live", 3),
    ]
    asked = recording.sessions[1].frames[-2:]
    assert [(frame.at, frame.sender) for frame in asked] == [(0.01, "server"), (0.25, "client")]


@pytest.mark.parametrize("name", NAMES)
def test_recording_without_its_last_line_is_refused(name: str, tmp_path: Path) -> None:
    told = refusal(two_sessions(tmp_path / name, whole=False))
    assert "is cut: it" in told and told.endswith("or read the sessions that are whole with --whole-sessions")


def test_recording_that_has_its_last_line_but_not_the_end_of_a_session_is_refused(tmp_path: Path) -> None:
    """As where the relay failed in the midst of one."""
    path = tmp_path / "it.ndjson"
    tape = Tape(path, HEADER)
    session(tape).client(0.5, prompt()).closed(1.0)
    session(tape).client(0.25, prompt())
    tape.end()
    told = refusal(path)
    assert "lacks the end of 1 of its sessions" in told and told.endswith("with --whole-sessions")
    assert [one.number for one in read(path, whole_sessions=True).sessions] == [1]


@pytest.mark.parametrize("name", NAMES)
def test_whole_sessions_of_a_recording_that_is_cut_are_read_where_that_is_asked_for(name: str, tmp_path: Path) -> None:
    recording = read(two_sessions(tmp_path / name, whole=False), whole_sessions=True)
    assert [one.number for one in recording.sessions] == [1]


@pytest.mark.parametrize("name", NAMES)
def test_recording_that_is_cut_anywhere_is_never_taken_for_a_whole_one(name: str, tmp_path: Path) -> None:
    octets = two_sessions(tmp_path / name).read_bytes()
    last_line_bytes = 60
    cut = tmp_path / f"cut-{name}"
    for length in range(0, len(octets) - last_line_bytes, 7):
        cut.write_bytes(octets[:length])
        assert "record" in refusal(cut)


def test_half_a_line_is_told_with_its_number(tmp_path: Path) -> None:
    path = two_sessions(tmp_path / "it.ndjson")
    path.write_bytes(path.read_bytes()[:-10])
    assert "is cut: line 12 is only half there; record anew" in refusal(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is no recording: name a file that python -m servers.recording has made"),
        ("Dear diary,\n", "is no recording"),
        ("[1, 2]\n", "is no recording"),
        ('{"a": 1}\n', "is no recording"),
        ('{"schema": "gemini-live-bench.recording.v9"}\n', "is of schema 'gemini-live-bench.recording.v9', and this"),
        ('{"schema": "gemini-live-bench.run.v1"}\n', "is of schema 'gemini-live-bench.run.v1', and this version reads"),
        (
            '{"schema": "gemini-live-bench.recording.v1"}\n',
            "line 1 is none of a recording (started_at: Field required)",
        ),
        (HEADER.encode().decode() + "nonsense\n", "line 2 is none of a recording"),
        (HEADER.encode().decode() + '{"event": "dance"}\n', "line 2 is none of a recording"),
        (
            HEADER.encode().decode() + '{"event": "close", "session": 3, "at": 1, "from": "client", "code": 1000}\n',
            "line 2 is of a session that was never opened",
        ),
        (
            HEADER.encode().decode() + '{"event": "end", "sessions": 0, "seconds": 1}\n',
            "holds no session that has ended: record one",
        ),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "it.ndjson"
    path.write_text(text)
    assert complaint in refusal(path)


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory): name a recording" in refusal(tmp_path / "nowhere.ndjson")
    assert "cannot be read (Is a directory): name a recording" in refusal(tmp_path)


def test_file_that_is_called_gzip_and_is_not_is_told(tmp_path: Path) -> None:
    path = tmp_path / "it.ndjson.gz"
    path.write_text("plain")
    assert "cannot be read (Not a gzipped file" in refusal(path)


def test_session_is_read_in_the_order_of_its_times(tmp_path: Path) -> None:
    recording = read(conversation(tmp_path / "it.ndjson", load_profile("fast"), 5))
    moments = [frame.at for frame in recording.sessions[0].frames]
    assert moments == sorted(moments) and len(moments) > 5
