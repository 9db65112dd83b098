"""A container as a process: its output in a log, its environment what the manifest says and little more."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[3]
"""The folder that containers run in, as they run in the image's working directory."""
_OF_THE_IMAGE = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TMPDIR", "TZ", "VIRTUAL_ENV")
"""Of our own environment a container sees what stands for its image; what else it needs its manifest must say."""
_PYTHON = ("python", "python3")


class StartFailed(Exception):
    """An instance that did not come up. The message says which container, why, and where its log is."""


@dataclass(frozen=True)
class RunningContainer:
    name: str
    process: asyncio.subprocess.Process
    log: Path

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.returncode

    async def ended(self) -> int:
        return await self.process.wait()

    def ask_to_leave(self) -> None:
        with suppress(ProcessLookupError):
            self.process.terminate()

    def last_word(self) -> str:
        """The last line of its log, for an error message."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f"its log, {self.log}, ends: {said[-1] if said else '(empty)'}"


async def launch(name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> RunningContainer:
    """Starts a container's command. Raises StartFailed where there is no such program."""
    program = sys.executable if command[0] in _PYTHON else command[0]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        try:
            # A session of its own keeps the terminal's Ctrl-C from it: the platform decides when it ends.
            process = await asyncio.create_subprocess_exec(
                *(program, *command[1:]),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env={**_image_environment(), **environment},
                cwd=PROJECT,
                start_new_session=True,
            )
        except OSError as error:
            raise StartFailed(f"container {name}: cannot run {command[0]}: {error.strerror}") from error
    return RunningContainer(name, process, log)


def _image_environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in _OF_THE_IMAGE if name in os.environ}
    beside_python = str(Path(sys.executable).parent)
    return {**environment, "PATH": os.pathsep.join((beside_python, environment.get("PATH", os.defpath)))}
