"""Commands that we start and always stop: each in a session of its own, its output in a log, its tree ended whole."""

import contextlib
import os
import re
import select
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from bench.cores import pin
from bench.signals import undisturbed

_EXCEPTION = re.compile(r"[\w.]*(Error|Exception|Interrupt|Exit)\b")
STOP_SECONDS = 10.0
"""How long a process may take to leave when asked; after that it is ended."""


LEASH = ("setpriv", "--pdeathsig", "TERM", "--") if shutil.which("setpriv") else ()
"""Where the system has it, what we start is told to end when we are killed and cannot see to it ourselves."""

UNLESS_ORPHANED = ("sh", "-c", '[ "$PPID" -eq "$0" ] && exec "$@"')
"""Runs a command only while its parent is still the one named: we may have been killed before the leash was on."""


class Command:
    """A running command and everything it starts. Leaving the context stops it."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        without: tuple[str, ...] = (),
        cores: frozenset[int] = frozenset(),
        pipe_output: bool = False,
        folder: Path | None = None,
    ) -> None:
        """`environment` is added to ours, of which variables that begin with one of `without` are left out; it runs in
        `folder`, or in ours."""
        self.command = list(command)
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with undisturbed(), log.open("ab") as sink:
                # A session of its own keeps the terminal's Ctrl-C from reaching it: we decide when it stops.
                self.process = subprocess.Popen(
                    [*_leash(), *self.command],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE if pipe_output else sink,
                    stderr=sink,
                    env={**_ours(without), **(environment or {})},
                    cwd=folder,
                    start_new_session=True,
                )
            pin(self.process.pid, cores)
        except KeyboardInterrupt:
            if hasattr(self, "process"):  # else it came a moment too early for there to be one
                self.stop()
            raise

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll()

    def tail(self, lines: int = 12) -> str:
        """The end of its log, for an error message."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def last_word(self) -> str:
        """The one line of its log that says most about how it ended, for an error message: the last that names an
        exception, else the very last."""
        said = [line.strip() for line in self.tail().splitlines() if line.strip()]
        errors = [line for line in said if _EXCEPTION.match(line)]
        return (errors or said or ["(empty)"])[-1]

    def first_line(self, seconds: float) -> bytes | None:
        """Of its output, where that is a pipe of ours; None where it ends, or so long passes, before there is one."""
        output = self.process.stdout
        assert output is not None
        give_up_at = time.monotonic() + seconds
        received = b""
        while not received.endswith(b"\n"):
            readable, _, _ = select.select([output], [], [], max(0.0, give_up_at - time.monotonic()))
            piece = os.read(output.fileno(), 4096) if readable else b""
            if not piece:
                return None
            received += piece
        return received

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Asks the process to leave, waits, then ends whatever of its session is still there."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        for member in self._session():
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def _session(self) -> list[psutil.Process]:
        """All that is alive of what it started: a worker may outlive a parent that was killed."""
        members = []
        for process in psutil.process_iter():
            with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(process.pid) == self.pid:
                    members.append(process)
        return members

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _leash() -> tuple[str, ...]:
    return (*LEASH, *UNLESS_ORPHANED, str(os.getpid())) if LEASH else ()


def _ours(without: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(without)}
