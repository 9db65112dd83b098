"""A whole soak: one server after the other, stored look by look, whatever comes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.cores import Cores
from bench.environment import read_environment
from bench.errors import BenchError
from bench.fake import FakeGemini
from bench.limits import allow_sessions
from bench.moments import iso
from bench.results import Target
from bench.soak import folder as results
from bench.soak.measure import NO_CORES, Plan, Progress, soak
from bench.soak.record import Soak

NAME = "soak"


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    targets: Sequence[Target]
    people: Mapping[str, int]
    """By the name of the target."""
    people_by: str
    """How these numbers were come by."""
    minutes: float
    think_seconds: float
    seed: int
    fake_profile: str
    results: Path
    command: str
    """The command line, for the reader."""


def make(order: Order, watch: Callable[[Progress], None]) -> tuple[Path, Soak]:
    """Gives the folder and what it holds. At Ctrl-C what was seen before is kept and marked incomplete.

    Raises BenchError for a target that is not started here, and where a server or the load does not start; what was
    seen before is kept then too.
    """
    for target in order.targets:
        if target.url is not None:
            raise BenchError(
                f"{target.name} is an address, where nobody can look at what the server holds: name a "
                "target of the table"
            )
    allow_sessions(max(order.people.values()))
    now = datetime.now(UTC)
    folder = store.create(order.results, NAME, now)
    soaked = _begin(order, folder.name, now)
    results.write(folder, soaked)
    with FakeGemini(order.fake_profile, order.seed, folder / "logs", NO_CORES) as fake:
        return folder, _all(order, soaked, folder, fake, watch)


def _all(order: Order, soaked: Soak, folder: Path, fake: FakeGemini, watch: Callable[[Progress], None]) -> Soak:
    progress: Progress | None = None
    done = soaked
    try:
        for target in order.targets:
            progress = Progress(_plan(order, target))

            def seen(progress: Progress, before: Soak = done) -> None:
                results.write(folder, _with(before, progress))
                watch(progress)

            soak(progress, fake, folder / "logs", seen)
            done, progress = _with(done, progress), None
        done = done.model_copy(update={"complete": True})
    except (KeyboardInterrupt, BenchError) as end:
        done = _with(done, progress) if progress else done
        _keep(folder, done)
        if isinstance(end, BenchError):
            raise
    return _keep(folder, done)


def _plan(order: Order, target: Target) -> Plan:
    return Plan(
        target=target.name,
        deployment=target.deployment or target.name,
        people=order.people[target.name],
        seconds=60 * order.minutes,
        think_seconds=order.think_seconds,
        seed=order.seed,
    )


def _with(soaked: Soak, progress: Progress) -> Soak:
    return soaked.model_copy(update={"soaked": [*soaked.soaked, progress.soaked]})


def _keep(folder: Path, soaked: Soak) -> Soak:
    """Draws the conclusions from what there is, stores them and what people look at."""
    soaked = results.concluded(soaked.model_copy(update={"finished_at": iso(datetime.now(UTC))}))
    results.write(folder, soaked)
    results.draw(folder, soaked)
    return soaked


def _begin(order: Order, name: str, now: datetime) -> Soak:
    return Soak(
        id=name,
        started_at=iso(now),
        complete=False,
        command=order.command,
        seed=order.seed,
        minutes=order.minutes,
        think_seconds=order.think_seconds,
        people_by=order.people_by,
        environment=read_environment(Cores(NO_CORES, NO_CORES)),
        fake_gemini={"profile": order.fake_profile, "seed": order.seed},
        targets=list(order.targets),
    )
