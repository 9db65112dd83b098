"""The load as the bench starts it: stock Locust on one of the locustfiles, with its records in a folder."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import loadtests
from bench.crew import ALONE, Crew
from bench.errors import BenchError
from bench.health import NOBODY
from bench.plan import Planned
from loadtests.support.identity import Auth
from loadtests.support.shard import Shard
from loadtests.support.turn import Line, from_line

LOADTESTS = Path(loadtests.__file__).parent
WAIT_FOR_SERVER_SECONDS = 60
SOME_TURNS_FAILED = 3
"""Locust's exit code for a test in which turns failed: data to us. Its other codes but 0 are faults of the harness."""


def scenario_names() -> list[str]:
    return sorted(path.stem for path in LOADTESTS.glob("*.py") if path.stem != "__init__")


def check_scenario(name: str) -> None:
    """Raises BenchError for a scenario that does not exist."""
    if name not in scenario_names():
        raise BenchError(f"there is no scenario {name!r}: choose from {', '.join(scenario_names())}")


def scenario_title(name: str) -> str:
    """What the scenario is about: the first line of its docstring."""
    check_scenario(name)
    return (LOADTESTS / f"{name}.py").read_text(encoding="utf-8").split('"""')[1].strip().splitlines()[0]


@dataclass(frozen=True)
class Load:
    """One execution of Locust, and where it leaves what it saw."""

    folder: Path
    crew: Crew = ALONE
    auth: Auth = NOBODY
    """How it shows who it is; it gets its own token, and is never given one."""
    shard: Shard | None = None
    """Which share of the load it is; None for all of it."""

    def command(self, planned: Planned, url: str, *, tags: bool) -> list[str]:
        """The command line; anyone can run it by hand."""
        case = planned.case
        return [
            *(sys.executable, "-m", "locust", "-f", str(LOADTESTS / f"{case.scenario}.py"), "--headless"),
            *("--host", url, "-u", str(case.sessions), "-r", str(case.spawn_per_second)),
            *("-t", f"{_whole_seconds(case.run_seconds)}", "--stop-timeout", str(case.drain_seconds), "--only-summary"),
            *("--record", str(self.folder), "--seed", str(planned.seed), "--arrivals", case.arrivals),
            *(("--arrival-rate", str(case.arrival_rate)) if case.arrival_rate is not None else ()),
            *("--wait-for-server", str(WAIT_FOR_SERVER_SECONDS), "--start-file", str(self._start_file)),
            *("--json-file", str(self.folder / "locust"), "--exit-code-on-error", str(SOME_TURNS_FAILED)),
            *(() if tags else ("--no-tags", "--allow-real-model")),  # whether it may be asked was looked at before
            *(("--shard", str(self.shard)) if self.shard else ()),
            *(("--max-turns", str(planned.max_turns)) if planned.max_turns is not None else ()),
            *self.auth.options,
            *self.crew.options(),
            *(("--steps", str(case.steps), "--hold-seconds", str(case.hold_seconds)) if case.steps > 1 else ()),
            *(part for name, value in case.options.items() for part in (f"--{name}", str(value))),
        ]

    def start(self) -> None:
        """Tells the load to begin: whoever watches it is ready."""
        self._start_file.touch()

    @property
    def _start_file(self) -> Path:
        return self.folder / "start"

    def processes(self) -> list[list[Line]]:
        """The lines of each load process. A last line that is cut, as by a kill, is left out."""
        return [_lines(path) for path in self._files()]

    def locust_turns(self) -> int | None:
        """How many turns Locust counted by itself; None where it left no account."""
        path = self.folder / "locust.json"
        if not path.exists():
            return None
        rows = json.loads(path.read_text())
        return sum(int(row["num_requests"]) for row in rows if row["name"] == "turn")

    def _files(self) -> Sequence[Path]:
        return sorted(self.folder.glob("turns-*.ndjson"))


def _whole_seconds(seconds: float) -> int:
    """Rounded up, which is all that Locust takes; what floating point adds to a whole number is no further second."""
    return math.ceil(seconds - 1e-6)


def _lines(path: Path) -> list[Line]:
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    return [from_line(line) for line in whole.splitlines()]
