"""Reading a recording, whole or not at all; of one that is cut, at most the sessions that are whole."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from servers.recording.errors import RecordingError
from servers.recording.lines import LINE, SCHEMA, Closed, End, Header, Opened, Passed, Refused

CUT_OPTION = "--whole-sessions"


@dataclass(frozen=True)
class Session:
    number: int
    opened_seconds: float
    path: str
    frames: tuple[Passed, ...]
    ending: Closed | Refused | None
    """None only while it is being read: every session of a recording has ended."""


@dataclass(frozen=True)
class Recording:
    path: Path
    header: Header
    sessions: tuple[Session, ...]


class _Cut(Exception):
    """The file ends before its last line. The message says where."""


def read(path: Path, *, whole_sessions: bool = False) -> Recording:
    """The recording in a file; with `whole_sessions` also one that is cut, up to its last whole session.

    Raises RecordingError.
    """
    lines = _lines(path)
    try:
        header = _header(path, next(lines, b""))
        sessions = _Sessions(path)
        try:
            sessions.take(lines)
        except _Cut as cut:
            if not whole_sessions:
                raise RecordingError(
                    f"{path} is cut: {cut}; record anew, or read the sessions that are whole with {CUT_OPTION}"
                ) from cut
    except _Cut as cut:
        raise RecordingError(f"{path} is cut before anything was recorded: record anew") from cut
    except OSError as error:
        raise RecordingError(f"{path} cannot be read ({error.strerror or error}): name a recording") from error
    ended = tuple(session for session in sessions.all if session.ending)
    if not whole_sessions and (lost := len(tuple(sessions.all)) - len(ended)):
        raise RecordingError(
            f"{path} lacks the end of {lost} of its sessions: record anew, or read the others with {CUT_OPTION}"
        )
    if not ended:
        raise RecordingError(f"{path} holds no session that has ended: record one")
    return Recording(path, header, ended)


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of the file, with their ends. Raises OSError, and _Cut where compressed data stop."""
    if path.suffix != ".gz":
        with path.open("rb") as plain:
            yield from plain
        return
    try:
        with gzip.open(path) as packed:
            yield from packed
    except (EOFError, zlib.error) as error:
        raise _Cut("its compressed data stop short") from error


def _header(path: Path, line: bytes) -> Header:
    foreign = f"{path} is no recording: name a file that python -m servers.recording has made"
    try:
        first = json.loads(line)
        schema = first["schema"]
    except (ValueError, TypeError, KeyError) as error:
        raise RecordingError(foreign) from error
    if schema != SCHEMA:
        raise RecordingError(f"{path} is of schema {schema!r}, and this version reads {SCHEMA!r}: record anew")
    try:
        return Header.model_validate(first)
    except ValidationError as error:
        raise RecordingError(_fault(path, 1, error)) from error


def _fault(path: Path, number: int, error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{path}: line {number} is none of a recording ({where}: {first['msg']}): record anew"


class _Sessions:
    """What has been read of the sessions so far."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: dict[int, Opened] = {}
        self._frames: dict[int, list[Passed]] = {}
        self._endings: dict[int, Closed | Refused] = {}

    def take(self, lines: Iterator[bytes]) -> None:
        """Raises _Cut where they stop before the last one, RecordingError where one of them is something else."""
        number = 1
        for number, line in enumerate(lines, start=2):
            if not line.endswith(b"\n"):
                raise _Cut(f"line {number} is only half there")
            try:
                taken = LINE.validate_json(line)
            except ValidationError as error:
                raise RecordingError(_fault(self._path, number, error)) from error
            if isinstance(taken, End):
                return
            self._enter(taken, number)
        raise _Cut(f"it ends after line {number} without its last line")

    def _enter(self, line: Opened | Refused | Passed | Closed, number: int) -> None:
        if isinstance(line, Opened):
            self._opened[line.session] = line
            self._frames[line.session] = []
        elif line.session not in self._opened:
            raise RecordingError(f"{self._path}: line {number} is of a session that was never opened: record anew")
        elif isinstance(line, Passed):
            self._frames[line.session].append(line)
        else:
            self._endings[line.session] = line

    @property
    def all(self) -> Iterator[Session]:
        for number, opened in self._opened.items():
            frames = tuple(sorted(self._frames[number], key=lambda frame: frame.at))
            yield Session(number, opened.opened_seconds, opened.path, frames, self._endings.get(number))
