"""The load of a run, level by level, against fresh null chat servers."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TypeVar

from bench.certify.certificate import Certificate, Level
from bench.certify.climb import next_sessions, window_seconds
from bench.certify.judgement import with_level
from bench.certify.misreadings import clock_of, misreadings
from bench.certify.null_chat import NullChat
from bench.cores import Cores
from bench.crew import Here
from bench.errors import BenchError
from bench.execution import Execution
from bench.following import Followed
from bench.instrument import read_instrument
from bench.limits import allow_sessions
from bench.monitor import Monitor
from bench.plan import Planned
from bench.profile import CasePlan
from bench.results import Target
from bench.trial import Bench, execute
from bench.usage import cpu_share
from bench.windows import cut, read_ledger

Kind = TypeVar("Kind", bound=Certificate)
DRAIN_SECONDS = 10
DESCRIPTORS_PER_SESSION = 1
"""Of the load generator, and of the null chat server: a socket."""


@dataclass(frozen=True)
class Setting:
    """What all levels of a certificate share."""

    cores: Cores
    logs: Path
    ramp_seconds: int
    """How long people take to come."""
    warm_up_seconds: float
    window_seconds: float
    """The least that a window lasts."""
    processes: int = 1
    """How many make the load."""


Watch = Callable[[int, Followed], None]
"""Told several times a second how many people are being measured, and what the load has recorded of them so far."""


def check_system() -> None:
    """Raises BenchError where there is no truth to be had."""
    if sys.platform != "linux":
        raise BenchError("a certificate needs Linux: only its kernel says when the null chat server was asked")


def climb(certificate: Kind, first: int, most: int, setting: Setting, watch: Watch) -> Iterator[Kind]:
    """The certificate as it grows, level by level, from the first number of people to the most. Raises BenchError."""
    while (sessions := next_sessions(certificate, first, most)) is not None:
        certificate = with_level(certificate, measure(sessions, certificate, setting, watch))
        yield certificate


def measure(sessions: int, certificate: Certificate, setting: Setting, watch: Watch) -> Level:
    """The same load as that of a run, and the same way to read it. Raises BenchError."""
    allow_sessions(sessions, DESCRIPTORS_PER_SESSION)
    pace, order = certificate.pace, len(certificate.levels) + 1
    case = CasePlan(
        scenario="latency",
        arrivals="closed",
        sessions=sessions,
        trials=1,
        warm_up_seconds=setting.warm_up_seconds,
        window_seconds=window_seconds(pace, sessions, setting.window_seconds),
        drain_seconds=DRAIN_SECONDS,
        spawn_per_second=ceil(sessions / setting.ramp_seconds),
        options={"think-seconds": pace.think_seconds},
    )
    log = setting.logs / f"{order:02}-null-chat-{sessions}.log"
    with NullChat(pace, certificate.seed, log, setting.cores.server) as server:
        target = Target(name="null", style="unknown", label="null chat server", colour="#000000", url=server.url)
        bench = Bench(None, setting.cores, setting.logs, objective_seconds=1.0, tags=True, crew=Here(setting.processes))
        planned = Planned(order, trial=1, case=case, target=target.name, seed=certificate.seed)
        with Monitor({"server": server.pid}, sized=set()) as monitor:
            execution = execute(planned, target, bench, lambda followed: watch(sessions, followed))
        watched = replace(execution, server=monitor.samples["server"])
        return read_level(watched, server.ledger())


def read_level(execution: Execution, account: dict[str, dict[str, float]]) -> Level:
    """The level that an execution against a null chat server came to; `account` is that server's ledger.

    Raises BenchError where it never got as far as to be measured.
    """
    (sessions,) = execution.sessions
    windows = cut(execution.processes, execution.warm_up_seconds, execution.window_seconds)
    reached = [window for window in windows if window.sessions == sessions and window.seconds > 0]
    if not reached:
        raise BenchError(f"the load never came to {sessions} people; see its log")
    window = reached[-1]
    instrument = read_instrument(execution, window, read_ledger(execution.processes, execution.workers))
    lateness, handover = account["lateness_seconds"], account["handover_seconds"]
    done = sum(turn.outcome == "ok" for turn in window.turns)
    return Level(
        sessions=sessions,
        window_seconds=window.seconds,
        frames_per_second=instrument["frames_per_second"],
        turns_ok=done,
        turns_lost=len(window.turns) - done,
        clock=clock_of(window.turns),
        readings=misreadings(window.turns),
        generator_cpu_share=instrument.get("generator_cpu_share"),
        greenlet_lag_seconds_p99=instrument.get("greenlet_lag_seconds_p99"),
        generator_lag_seconds_p99=instrument.get("generator_lag_seconds_p99"),
        schedule_delay_seconds_p99=instrument.get("schedule_delay_seconds_p99"),
        steal_share=instrument.get("steal_share"),
        server_cpu_share=cpu_share(execution.server, window),
        server_lateness_seconds_p50=lateness["p50"],
        server_lateness_seconds_p99=lateness["p99"],
        server_handover_seconds_p99=handover["p99"],
    )
