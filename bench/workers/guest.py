"""A worker as the master knows it."""

import socket
from dataclasses import asdict, dataclass
from typing import Any

from bench.results import LoadWorker
from bench.workers.wire import Message, Wire
from loadtests.support.load_code import introduce, why_refused
from loadtests.support.turn import Worker

ALL_OF_IT = 0
"""As index: the introduction is of the command, not of one of its processes."""


@dataclass(frozen=True)
class Guest:
    worker: Worker
    processes: int
    """How many make load there."""
    address: str
    wire: Wire

    @property
    def name(self) -> str:
        return f"the worker on {self.worker.host} (process {self.worker.pid}, {self.address})"

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine: by its name, as a tunnel's end is here too, and by where it came from."""
        return self.worker.host == socket.gethostname() and _is_of_this_machine(self.address)

    @property
    def gone(self) -> str:
        """Who is gone, since when and why, where it is."""
        return f"{self.name} is gone since {self.wire.gone_at:%H:%M:%S} UTC: {self.wire.gone}"

    def as_record(self) -> LoadWorker:
        """As it is stored."""
        return LoadWorker(
            host=self.worker.host,
            address=self.address,
            processes=self.processes,
            build=self.worker.build,
            python=self.worker.python,
            locust=self.worker.locust,
        )


def introduction(processes: int) -> dict[str, Any]:
    """What a worker says of itself that offers so many processes."""
    return {"worker": asdict(introduce(ALL_OF_IT)), "processes": processes}


def guest_of(message: Message, address: str, wire: Wire) -> Guest | None:
    """Who introduces themselves by a message; None where it is no introduction."""
    try:
        worker, processes = Worker(**message["worker"]), int(message["processes"])
    except (KeyError, TypeError, ValueError):
        return None
    return Guest(worker, processes, address, wire) if message["kind"] == "introduction" and processes > 0 else None


def _is_of_this_machine(address: str) -> bool:
    """Whether it is one that this machine has: only such can be bound."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def why_unwelcome(guest: Guest) -> str | None:
    """In one line; None where the worker may make load."""
    why = why_refused(guest.worker)
    return f"{guest.name} {why}" if why else None
