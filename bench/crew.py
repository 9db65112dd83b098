"""Who makes the load of an execution: a process or several on this machine, or workers that come from elsewhere.

A crew adds its options to Locust's command line and has its people at hand while Locust runs. The workers that come
over a network are in `bench.workers`.
"""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from bench.chat_server import free_port
from bench.cores import usable_cores
from bench.errors import BenchError
from bench.results import LoadWorker, Target


class Crew(Protocol):
    def gather(self) -> Sequence[LoadWorker]:
        """Returns when the load can begin, with the machines that make it beside this one. Raises BenchError."""
        ...

    @property
    def workers(self) -> int:
        """How many processes make the load, for one more that writes their records; 0 where one does all by itself."""
        ...

    @property
    def elsewhere(self) -> bool:
        """Whether the load is made by processes that cannot be watched from here."""
        ...

    @property
    def away(self) -> bool:
        """Whether some of it was made on another machine, whose way to an address is not known here; before any was
        made, whether some is going to be, by whom is there now."""
        ...

    @property
    def lost(self) -> str | None:
        """Who of those at work can make no more load, since when and why; None while all can."""
        ...

    def options(self) -> Sequence[str]:
        """What it adds to the options of Locust."""
        ...

    def tell_end_by_hand(self) -> None:
        """Whoever makes load elsewhere is to leave as from a run that was ended by hand."""
        ...

    def at_work(self, scenario: str, name: str) -> AbstractContextManager[object]:
        """Has everybody work for one execution, named for their logs, until it is left. Raises BenchError."""
        ...


@dataclass(frozen=True)
class Here:
    """Processes of this machine, which Locust forks by itself."""

    processes: int = 1
    elsewhere: bool = False
    away: bool = False
    lost: None = None
    """Their end is Locust's own to tell."""

    def gather(self) -> Sequence[LoadWorker]:
        """Raises BenchError where this machine has not the cores for so many."""
        check_processes(self.processes)
        return ()

    @property
    def workers(self) -> int:
        return self.processes if self.processes > 1 else 0

    def options(self) -> Sequence[str]:
        """Workers meet their master on a port that nobody else can reach."""
        if not self.workers:
            return ()
        port = str(free_port())
        return (
            *("--processes", str(self.workers)),
            *("--master-bind-host", "127.0.0.1", "--master-bind-port", port),
            *("--master-host", "127.0.0.1", "--master-port", port),
        )

    def tell_end_by_hand(self) -> None:
        """Nobody is elsewhere."""

    def at_work(self, scenario: str, name: str) -> AbstractContextManager[object]:
        return nullcontext()


ALONE = Here()


def check_processes(number: int) -> None:
    """Raises BenchError for a number of load processes that this machine has not the cores for."""
    cores = len(usable_cores()) or os.cpu_count() or 1
    if not 1 <= number <= cores:
        raise BenchError(f"{number} load processes: give a number from 1 to {cores}, as many as there are cores")


def check_reach(crew: Crew, targets: Sequence[Target]) -> None:
    """Raises BenchError for a target that only this machine reaches, where others are to load it."""
    for target in targets:
        if crew.elsewhere and target.url is None:
            raise BenchError(
                f"{target.name} would be served on this machine's loopback, where no worker reaches it: serve it for "
                f"all (python -m servers {target.name} --host 0.0.0.0) and give {target.name}=ws://HOST:PORT"
            )
