"""The clocks of workers on other machines: how far they were from the master's, and how well that is known.

Windows are cut at the same moments for all, so that much the clocks must agree; what a turn took is measured by one
clock alone. Every worker sets its own by its master's before it makes load.
"""

from collections.abc import Sequence

from bench import units
from bench.windows import Process
from loadtests.support.turn import Worker

NOTEWORTHY_SECONDS = 0.05
"""A clock that was so far off is worth a word, though it was set."""
UNCERTAIN = 0.05, 1.0
"""How much of the edges of a window may be another moment's before it is suspect, and invalid."""


def read_clocks(processes: Sequence[Process]) -> dict[str, float]:
    """As part of `Trial.instrument`; nothing where no worker said anything of its clock."""
    workers = _workers(processes)
    if not workers:
        return {}
    return {
        "clocks_set": float(sum(worker.clock_set for worker in workers)),
        "clock_offset_seconds": max(abs(worker.clock_offset_seconds) for worker in workers),
        "clock_uncertainty_seconds": max(_uncertainty_seconds(worker) for worker in workers),
    }


def warnings(processes: Sequence[Process]) -> list[str]:
    """Of clocks that were far from the master's."""
    return [_told(worker) for worker in _workers(processes) if abs(worker.clock_offset_seconds) > NOTEWORTHY_SECONDS]


def _told(worker: Worker) -> str:
    behind = "behind" if worker.clock_offset_seconds > 0 else "ahead of"
    done = "was set by it" if worker.clock_set else "could not be set any more"
    return (
        f"the clock of worker {worker.worker} on {worker.host} was {units.seconds(abs(worker.clock_offset_seconds))} "
        f"{behind} its master's and {done}, to within {units.seconds(_uncertainty_seconds(worker))}"
    )


def _uncertainty_seconds(worker: Worker) -> float:
    """A clock that differs and was not set is wrong by the difference as well."""
    left = 0.0 if worker.clock_set else max(0.0, abs(worker.clock_offset_seconds) - worker.clock_uncertainty_seconds)
    return worker.clock_uncertainty_seconds + left


def _workers(processes: Sequence[Process]) -> list[Worker]:
    return [line for process in processes for line in process if isinstance(line, Worker)]
