"""Stock Locust in a process of its own, and what it left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loadtests.support.turn import End, Line, Mark, Stream, Turn, from_line

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
MASTER = "127.0.0.2"
"""Where workers find their master: to the system that is another machine's address than the servers'."""
_TURN_ROW = re.compile(r"^chat +turn +(\d+) +(\d+)\(", re.MULTILINE)


@dataclass
class Finished:
    exit_code: int
    output: str
    files: list[list[Line]]
    """The lines of each record file."""
    rows: dict[str, dict[str, Any]]
    """Locust's own table, by name, as its --json-file has it."""

    @property
    def turns(self) -> list[Turn]:
        return [line for lines in self.files for line in lines if isinstance(line, Turn)]

    @property
    def marks(self) -> list[Mark]:
        return [line for lines in self.files for line in lines if isinstance(line, Mark)]

    @property
    def ends(self) -> list[End]:
        return [line for lines in self.files for line in lines if isinstance(line, End)]

    @property
    def streams(self) -> list[Stream]:
        return [line for lines in self.files for line in lines if isinstance(line, Stream)]

    @property
    def printed_turns(self) -> tuple[int, int]:
        """How many turns there were, and how many failed, by the table that Locust printed last."""
        return [(int(all_), int(failed)) for all_, failed in _TURN_ROW.findall(self.output)][-1]

    def with_outcome(self, outcome: str) -> list[Turn]:
        return [turn for turn in self.turns if turn.outcome == outcome]


class LocustRun:
    """A running `locust -f loadtests/<scenario>.py`, started from the root of the repository, or from another with a
    copy of the load's code in it; `program` is what Python runs in place of Locust itself."""

    def __init__(
        self,
        folder: Path,
        scenario: str,
        *options: str,
        record: bool = True,
        root: Path = ROOT,
        program: Sequence[str] = ("-m", "locust"),
    ) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        recorded = ("--record", str(folder)) if record else ()
        self._log = (folder / "locust.log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, *program, "-f", f"loadtests/{scenario}.py", *recorded, *options],
            cwd=root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def wait_until(self, condition: Callable[[list[Line]], bool]) -> None:
        """Until the lines recorded so far meet the condition."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition([line for lines in self._files() for line in lines]):
            assert self.process.poll() is None and time.monotonic() < deadline, self._output()
            time.sleep(0.02)

    def finish_when(self, condition: Callable[[list[Turn]], bool]) -> Finished:
        """Ends it as soon as the turns recorded so far meet the condition."""
        self.wait_until(lambda lines: condition([line for line in lines if isinstance(line, Turn)]))
        self.process.send_signal(signal.SIGTERM)
        return self.finish()

    def finish(self) -> Finished:
        """What it left, once it has ended by itself."""
        try:
            exit_code = self.process.wait(PATIENCE_SECONDS)
        finally:
            self.process.kill()
        rows_path = self.folder / "locust.json"
        rows = json.loads(rows_path.read_text()) if rows_path.exists() else []
        finished = Finished(exit_code, self._output(), self._files(), {row["name"]: row for row in rows})
        self._log.close()
        return finished

    def _files(self) -> list[list[Line]]:
        files = sorted(self.folder.glob("turns-*.ndjson"))
        return [
            [from_line(line) for line in path.read_bytes().splitlines(True) if line.endswith(b"\n")] for path in files
        ]

    def _output(self) -> str:
        return (self.folder / "locust.log").read_text()


def headless(url: str, people: int, *more: str) -> list[str]:
    """Options of a run that lets turns in flight end; of people who are there all the time, unless `more` says else."""
    return [
        *("--headless", "--only-summary", "--host", url, "-u", str(people), "-r", "100"),
        *("--stop-timeout", "20", "--exit-code-on-error", "3", "--arrivals", "closed", *more),
    ]


def forked(processes: int) -> list[str]:
    """Options of a run whose load several processes make."""
    port = str(free_port())
    return ["--processes", str(processes), "--master-bind-port", port, "--master-port", port]


def master_of(workers: int, port: int, patience_seconds: float = 60) -> list[str]:
    """Options of a run whose load workers make that come to an address of this machine."""
    return [
        *("--master", "--master-bind-host", MASTER, "--master-bind-port", str(port)),
        *("--expect-workers", str(workers), "--expect-workers-max-wait", str(patience_seconds)),
    ]


def worker_of(port: int, copies: Path) -> list[str]:
    """Options of a worker of that run, which keeps a copy of its records."""
    return ["--worker", "--headless", "--master-host", MASTER, "--master-port", str(port), "--record-copy", str(copies)]


def free_port(host: str = "127.0.0.1") -> int:
    with socket.create_server((host, 0)) as closing:
        return int(closing.getsockname()[1])


def deserted_url() -> str:
    """Of a port where nobody listens."""
    return f"ws://127.0.0.1:{free_port()}"


def for_a_while(folder: Path, run_time: str) -> list[str]:
    """Ends by itself and leaves its table. (A Locust that is ended by a signal overwrites the table with nothing.)"""
    return ["-t", run_time, "--json-file", str(folder / "locust")]


def environment() -> dict[str, str]:
    """Ours, without settings that would reach Locust behind the test's back."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "BENCH_"))}
