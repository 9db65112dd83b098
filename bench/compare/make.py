"""A whole comparison: two runs read, held against each other, and what came out written into a folder of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.compare import folder as results, settings, words
from bench.compare.ratios import compare
from bench.compare.read import read
from bench.compare.record import Comparison, Difference, Side
from bench.errors import BenchError
from bench.moments import iso
from bench.results import Run, Target

NAME = "compare"


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    base: Path
    other: Path
    across_machines: bool
    results: Path
    command: str
    """The command line, for the reader."""


def make(order: Order) -> tuple[Path, Comparison]:
    """Gives the folder and what it holds. Raises BenchError where the two cannot be compared; nothing is made then."""
    a, b = read(order.base), read(order.other)
    now = datetime.now(UTC)
    comparison = conclude(order, a, b, now)
    folder = store.create(order.results, NAME, now)
    comparison = comparison.model_copy(update={"id": folder.name})
    results.write(folder, comparison)
    return folder, comparison


def conclude(order: Order, a: Run, b: Run, now: datetime) -> Comparison:
    """Two runs held against each other. Pure. Raises BenchError as `make`."""
    machines = _check(order, a, b)
    targets = _shared(a, b)
    compared = compare(a, b, [target.name for target in targets])
    if not compared:
        names = " and ".join(", ".join(target.name for target in run.targets) for run in (a, b))
        raise BenchError(
            f"{order.base} and {order.other} share no estimate (their targets: {names}): measure the same targets"
        )
    base, other = _side(order.base, a), _side(order.other, b)
    comparison = Comparison(
        id=NAME,
        made_at=iso(now),
        command=order.command,
        base=base,
        other=other,
        targets=targets,
        across_machines=machines,
        differences=settings.others(a, b),
        warnings=words.warnings(base, other, compared, _alone(a, b)),
        compared=compared,
    )
    return comparison.model_copy(update={"headline": words.headline(comparison)})


def _check(order: Order, a: Run, b: Run) -> list[Difference]:
    """In what the machines differ, where that is allowed."""
    both = f"{order.base} and {order.other}"
    _refuse(f"{both} are not the same workload", settings.workload(a, b), "measure both alike")
    machines = settings.machine(a, b)
    if not order.across_machines:
        remedy = "measure both on one, or add --across-machines, though absolute times then prove nothing"
        _refuse(f"{both} are from different machines", machines, remedy)
    return machines


def _refuse(what: str, differences: Sequence[Difference], remedy: str) -> None:
    if differences:
        raise BenchError(f"{what} ({'; '.join(words.difference(one) for one in differences)}): {remedy}")


def _shared(a: Run, b: Run) -> list[Target]:
    """Without those of which one of the two has no estimate."""
    names = {estimate.target for estimate in a.estimates} & {estimate.target for estimate in b.estimates}
    return [target for target in a.targets if target.name in names]


def _alone(a: Run, b: Run) -> list[str]:
    shared = {target.name for target in _shared(a, b)}
    return list(dict.fromkeys(target.name for target in (*a.targets, *b.targets) if target.name not in shared))


def _side(source: Path, run: Run) -> Side:
    return Side(
        source=str(source),
        id=run.id,
        started_at=run.started_at,
        finished_at=run.finished_at,
        profile=run.profile,
        complete=run.complete,
        validity=run.validity,
        commit=run.environment.commit,
        dirty=run.environment.dirty,
        cpu_model=run.environment.cpu_model,
        cpu_count=run.environment.cpu_count,
        command=run.command,
    )
