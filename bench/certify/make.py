"""A certificate of a machine, from the smallest load to the first that cannot be certified, kept in a folder."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.certify import folder as results
from bench.certify.certificate import Bounds, Pace
from bench.certify.display import Display
from bench.certify.folder import StoredCertificate
from bench.certify.measure import DESCRIPTORS_PER_SESSION, Setting, check_system, climb
from bench.cores import Cores, held_to, share_out_machine
from bench.crew import check_processes
from bench.environment import read_environment
from bench.limits import allow_sessions
from bench.moments import iso
from bench.trial import CutShort

RAMP_SECONDS, WARM_UP_SECONDS, WINDOW_SECONDS = 2, 2.0, 6.0
NAME = "certificate"
USUAL_PACE = Pace()


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    first: int
    most: int
    """People."""
    bounds: Bounds
    seed: int
    results: Path
    command: str
    """The command line, for the reader."""
    pace: Pace = USUAL_PACE
    processes: int = 1
    """How many make the load."""


def make(order: Order, display: Display) -> tuple[Path, StoredCertificate]:
    """Measures, stores and draws; gives the folder and what it holds.

    At Ctrl-C what was measured before is kept and marked incomplete. Raises BenchError where a level cannot be
    measured; what was before it is kept then too.
    """
    check_system()
    check_processes(order.processes)
    allow_sessions(order.most, DESCRIPTORS_PER_SESSION)
    cores = share_out_machine()
    now = datetime.now(UTC)
    folder = store.create(order.results, NAME, now)
    certificate = _begin(order, folder.name, now, cores)
    results.write(folder, certificate)
    setting = Setting(cores, folder / "logs", RAMP_SECONDS, WARM_UP_SECONDS, WINDOW_SECONDS, order.processes)
    with held_to(cores.load):  # so that looking on takes nothing from the server
        try:
            for grown in climb(certificate, order.first, order.most, setting, display.watch):
                certificate = grown
                results.write(folder, certificate)
                display.level(certificate.levels[-1])
            certificate = certificate.model_copy(update={"complete": True})
        except (CutShort, KeyboardInterrupt):
            display.say("ended by hand")
    certificate = certificate.model_copy(update={"finished_at": iso(datetime.now(UTC))})
    results.write(folder, certificate)
    results.draw(folder, certificate)
    return folder, certificate


def _begin(order: Order, name: str, now: datetime, cores: Cores) -> StoredCertificate:
    return StoredCertificate(
        id=name,
        started_at=iso(now),
        complete=False,
        command=order.command,
        seed=order.seed,
        short=False,
        processes=order.processes,
        bounds=order.bounds,
        pace=order.pace,
        environment=read_environment(cores),
    )
