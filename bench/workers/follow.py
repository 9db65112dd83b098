"""The worker's side: it follows a run on another machine from execution to execution, and ends with it.

For each it runs Locust as a worker of the run's own; what that records goes to the run, and a copy stays here.
"""

import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.errors import BenchError
from bench.load import LOADTESTS, SOME_TURNS_FAILED, check_scenario
from bench.processes import Command
from bench.trial import NOT_INHERITED
from bench.workers.guest import introduction
from bench.workers.wire import Message, Wire

_LOOK_SECONDS = 0.1
_TRY_EVERY_SECONDS = 0.5
_ANSWERED_WITHIN_SECONDS = 30.0
_NO_TIME_TO_CONNECT_SECONDS = 5.0


class MasterGone(Exception):
    """The run cannot be followed to its end: its master was there, and is not any more."""


@dataclass(frozen=True)
class Worker:
    """What the user asked for."""

    host: str
    port: int
    processes: int
    patience_seconds: float
    """How long to look for the master."""
    copies: Path
    """Where copies of the records and logs are kept."""


@dataclass
class Ending:
    """What a run that was followed to its end was."""

    executions: int = 0
    why: str | None = None
    """Why the run was over before its end."""
    by_hand: bool = False
    """Whether somebody ended it where it is."""


def follow(worker: Worker, say: Callable[[str], None]) -> Ending:
    """Makes load until the run is over. Raises BenchError where nobody is there to follow, or this worker is refused,
    and MasterGone where the run vanishes."""
    wire = _find(worker)
    try:
        _be_welcomed(worker, wire)
        say(f"following the run at {worker.host}:{worker.port}; copies of the records are kept in {worker.copies}")
        return _follow(worker, wire, say)
    finally:
        wire.close()


def _find(worker: Worker) -> Wire:
    give_up_at = time.monotonic() + worker.patience_seconds
    while True:
        try:
            return Wire(socket.create_connection((worker.host, worker.port), _NO_TIME_TO_CONNECT_SECONDS))
        except (OSError, OverflowError) as error:
            if time.monotonic() > give_up_at:
                raise BenchError(
                    f"no run to follow at {worker.host}:{worker.port} within {worker.patience_seconds:g} s ({error}): "
                    "start it there with live-bench run --master, or say where it is with --master-host, --master-port"
                ) from error
        time.sleep(_TRY_EVERY_SECONDS)


def _be_welcomed(worker: Worker, wire: Wire) -> None:
    wire.send("introduction", **introduction(worker.processes))
    message = wire.receive(_ANSWERED_WITHIN_SECONDS)
    if message is None:
        raise BenchError(f"{worker.host}:{worker.port} is no run to follow: {wire.gone or 'it does not answer'}")
    if message["kind"] != "welcome":
        raise BenchError(f"the run at {worker.host}:{worker.port} refuses this worker: {message.get('why')}")


@dataclass
class _Following:
    worker: Worker
    wire: Wire
    say: Callable[[str], None]
    locust: Command | None = None
    ending: Ending = field(default_factory=Ending)

    def heed(self, message: Message) -> bool:
        """Whether the run goes on."""
        if message["kind"] == "work":
            self.stop()
            self.locust = self._start(message["scenario"], message["name"], message["port"])
            self.say(message["name"])
            self.ending.executions += 1
        elif message["kind"] == "stop" and self.locust:
            self.stop()
            self.wire.send("ended", exit_code=0, last_word="")
        elif message["kind"] == "over":
            self.ending.why, self.ending.by_hand = message.get("why"), message.get("by_hand", False)
            return False
        return True

    def _start(self, scenario: str, name: str, port: int) -> Command:
        check_scenario(scenario)
        folder = self.worker.copies / Path(name).name
        command = [
            *(sys.executable, "-m", "locust", "-f", str(LOADTESTS / f"{scenario}.py"), "--headless", "--only-summary"),
            *("--worker", "--master-host", self.worker.host, "--master-port", str(port)),
            *(("--processes", str(self.worker.processes)) if self.worker.processes > 1 else ()),
            *("--record-copy", str(folder), "--exit-code-on-error", str(SOME_TURNS_FAILED)),
        ]
        return Command(command, folder / "load.log", without=NOT_INHERITED)

    def look(self) -> None:
        """Tells the run when the load has ended here."""
        if self.locust is None or self.locust.exit_code is None:
            return
        code = self.locust.exit_code
        failed = code not in (0, SOME_TURNS_FAILED)
        self.wire.send("ended", exit_code=code if failed else 0, last_word=self.locust.last_word() if failed else "")
        self.stop()

    def stop(self) -> None:
        if self.locust:
            self.locust.stop()
        self.locust = None


def _follow(worker: Worker, wire: Wire, say: Callable[[str], None]) -> Ending:
    following = _Following(worker, wire, say)
    with ExitStack() as stack:
        stack.callback(following.stop)
        while True:
            message = wire.receive(_LOOK_SECONDS)
            if message is not None and not following.heed(message):
                return following.ending
            following.look()
            if wire.exhausted:
                raise MasterGone(
                    f"the run at {worker.host}:{worker.port} is gone ({wire.gone}): what it had this worker record is "
                    f"in {worker.copies}"
                )
