"""One contender, once, against a fresh null chat server of its own."""

import contextlib
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.certify.certificate import Pace
from bench.certify.null_chat import NullChat
from bench.cores import Cores
from bench.errors import BenchError
from bench.generator.contenders import CONTENDERS
from bench.generator.reading import Part, Reading, Watched, read
from bench.monitor import Sample, look
from bench.processes import Command
from bench.trial import NOT_INHERITED

POLL_SECONDS = 0.25
CONNECT_SECONDS = 60.0
"""How long the load may take to start, beyond its ramp."""
SETTLE_SECONDS = 3.0
"""How long the load goes on after the window: longer than any reply, so that turns of the window end under load, and
none is read while everybody leaves."""
LEAVE_SECONDS = 30.0
"""How long a contender may take to say goodbye on all its sessions."""
FEW_SHARE = 0.05
"""Of the people: with fewer connected, the growth of memory for each is not counted yet."""


@dataclass(frozen=True)
class Trial:
    """One execution that is to be."""

    contender: str
    part: Part
    number: int
    sessions: int
    think_seconds: float
    ramp_seconds: float
    warm_up_seconds: float
    window_seconds: float


@dataclass(frozen=True)
class Setting:
    """What all executions share."""

    cores: Cores
    logs: Path
    pace: Pace
    seed: int


def measure(trial: Trial, order: int, setting: Setting) -> Reading:
    """Raises BenchError where the server or the contender does not do its part."""
    contender = CONTENDERS[trial.contender]
    stem = f"{order:02}-{trial.part}-{trial.contender}-{trial.sessions}"
    seed = setting.seed + trial.number
    with tempfile.TemporaryDirectory(prefix="live-bench-") as name:
        folder = Path(name)
        with NullChat(setting.pace, seed, setting.logs / f"{stem}-server.log", setting.cores.server) as server:
            command = contender.command(
                server.url, trial.sessions, trial.ramp_seconds, trial.think_seconds, seed, folder
            )
            log = setting.logs / f"{stem}.log"
            with Command(command, log, without=NOT_INHERITED, cores=setting.cores.load) as load:
                watched = _watch(load, server, trial)
                _wait(load, SETTLE_SECONDS)
                _end(load)
        try:
            turns = list(contender.turns_in(folder))
        except OSError as error:
            raise BenchError(f"{contender.title} left no record; its log is {log}") from error
    return read(trial.contender, trial.part, trial.number, trial.sessions, turns, watched)


def _watch(load: Command, server: NullChat, trial: Trial) -> Watched:
    memory = _until_connected(load, server, trial)
    _wait(load, trial.warm_up_seconds)
    server.ledger(reset=True)
    before = _look(load)
    _wait(load, trial.window_seconds)
    after = _look(load)
    account = server.ledger()
    memory.append((account["sessions_open"], _bytes(after)))
    return Watched(before.at, after.at, after.cpu_seconds - before.cpu_seconds, memory, account)


def _until_connected(load: Command, server: NullChat, trial: Trial) -> list[tuple[int, int]]:
    """Returns how memory grew, from when there were a few sessions."""
    give_up_at = time.monotonic() + trial.ramp_seconds + CONNECT_SECONDS
    memory = []
    while (connected := server.ledger(reset=True)["sessions_open"]) < trial.sessions:
        if time.monotonic() > give_up_at:
            raise BenchError(f"only {connected} of {trial.sessions} sessions were open in time; see {load.log}")
        if connected >= FEW_SHARE * trial.sessions:
            memory.append((connected, _bytes(_look(load))))
        _wait(load, POLL_SECONDS)
    return memory


def _look(load: Command) -> Sample:
    sample = look(load.pid)
    if sample is None:
        raise BenchError(f"the load ended too soon; its log, {load.log}, ends: {load.last_word()}")
    return sample


def _bytes(sample: Sample) -> int:
    return sample.size.memory_bytes if sample.size else 0


def _wait(load: Command, seconds: float) -> None:
    """Raises BenchError where the load ends meanwhile."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        load.process.wait(seconds)
        raise BenchError(f"the load ended too soon; its log, {load.log}, ends: {load.last_word()}")


def _end(load: Command) -> None:
    """Tells it to stop, and gives it the time to write down what it read."""
    load.process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        load.process.wait(LEAVE_SECONDS)


Measure = Callable[[Trial], Reading]
