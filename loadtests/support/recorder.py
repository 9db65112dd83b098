"""One process's file of turn records: every line is on disk before the next thing happens, so it can be followed."""

from pathlib import Path

from loadtests.support.turn import End, Line, Turn, to_line


class Recorder:
    """Writes `turns-<worker>-<pid>.ndjson`. The `end` line, once, closes it."""

    def __init__(self, folder: Path, worker: int, pid: int) -> None:
        """Raises OSError where the folder or the file cannot be made."""
        folder.mkdir(parents=True, exist_ok=True)
        self.turns = 0
        self._file = (folder / f"turns-{worker}-{pid}.ndjson").open("xb", buffering=0)

    def write(self, record: Line) -> None:
        self._file.write(to_line(record))
        if isinstance(record, Turn):
            self.turns += 1
        elif isinstance(record, End):
            self._file.close()

    @property
    def closed(self) -> bool:
        return self._file.closed
