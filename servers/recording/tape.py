"""Writing a recording: each line is in the file before the next thing passes, so that a crash costs one at most."""

import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

from servers.recording.errors import RecordingError
from servers.recording.lines import Closed, End, Header, Opened, Passed, Refused

GZIP = 31
"""zlib's name for its largest window with gzip's header around it."""


class Tape:
    """An open recording. Raises RecordingError where a line cannot be written; nothing more is written then."""

    def __init__(self, path: Path, header: Header) -> None:
        """Raises RecordingError where there is such a file already, or none can be made."""
        try:
            self._file = path.open("xb", buffering=0)
        except FileExistsError as error:
            raise RecordingError(f"{path} exists, and no recording is written over: name another file") from error
        except OSError as error:
            raise RecordingError(f"cannot record into {path}: {error.strerror}; name another file") from error
        self.path = path
        self.started = time.monotonic()
        self._gzip = zlib.compressobj(wbits=GZIP) if path.suffix == ".gz" else None
        self._sessions = 0
        self._failed = False
        self._put(header.encode())

    def next_session(self) -> int:
        """The number of a session that begins."""
        self._sessions += 1
        return self._sessions

    def write(self, line: Opened | Refused | Passed | Closed | End) -> None:
        self._put(line.encode())

    def end(self) -> None:
        """Write the last line, unless something else could not be written, and close the file."""
        with self._file:
            if not self._failed:
                self.write(End(sessions=self._sessions, seconds=round(time.monotonic() - self.started, 6)))
                self._write(self._gzip.flush(zlib.Z_FINISH) if self._gzip else b"")

    def discard(self) -> None:
        """Remove a recording that was never begun."""
        self._file.close()
        self.path.unlink()

    def _put(self, line: bytes) -> None:
        self._write(self._gzip.compress(line) + self._gzip.flush(zlib.Z_SYNC_FLUSH) if self._gzip else line)

    def _write(self, octets: bytes) -> None:
        written = 0
        try:
            while written < len(octets):
                written += self._file.write(octets[written:])
        except OSError as error:
            self._failed = True
            raise RecordingError(
                f"cannot record into {self.path} any more: {error.strerror}; make room, and record anew"
            ) from error


def place(into: Path, now: datetime | None = None) -> Path:
    """The file to record into: `into` itself, or one named by the time where it is a folder."""
    if not into.is_dir():
        return into
    stem = f"{now or datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%fZ}"
    return into / f"{stem}.ndjson.gz"
