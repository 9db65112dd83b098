"""Ends an emulator's containers when the emulator itself has ended, however that came: by a kill, too.

`python -m servers.cloudrun.emulator.guard ID FOLDER`, started by the emulator, waits for the end of its stdin, which is
a pipe that the emulator holds.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from servers.cloudrun.emulator.leftovers import EMULATOR, kill_all


class Guard:
    """A running guard. Leaving the context has it do its work, and waits for that."""

    def __init__(self, emulator: str, folder: Path) -> None:
        command = [sys.executable, "-m", "servers.cloudrun.emulator.guard", emulator, str(folder)]
        # A session of its own keeps the terminal's Ctrl-C from it.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    emulator, folder = sys.argv[1:]
    sys.stdin.buffer.read()
    kill_all(EMULATOR, emulator)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
