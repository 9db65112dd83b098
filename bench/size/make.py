"""A whole sizing: a search for capacities read, worked out, and written into a folder of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.capacity.record import Capacity
from bench.errors import BenchError
from bench.moments import iso
from bench.results import Target
from bench.size import folder as results, words
from bench.size.record import Size
from bench.size.sizing import Demand, size

NAME = "size"


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    capacity: Capacity
    source: Path
    """Where that was read."""
    targets: Sequence[str]
    """All of it where none is named."""
    demand: Demand
    results: Path
    command: str
    """The command line, for the reader."""


def make(order: Order) -> tuple[Path, Size]:
    """Gives the folder and what it holds. Raises BenchError where nothing can be worked out; nothing is made then."""
    now = datetime.now(UTC)
    sized = conclude(order, now)
    folder = store.create(order.results, NAME, now)
    sized = sized.model_copy(update={"id": folder.name})
    results.write(folder, sized)
    return folder, sized


def conclude(order: Order, now: datetime) -> Size:
    """Pure. Raises BenchError as `make`."""
    capacity, demand = order.capacity, order.demand
    targets = _chosen(order)
    sized = Size(
        id=NAME,
        made_at=iso(now),
        command=order.command,
        users=demand.users,
        utilization=demand.utilization,
        objective=demand.objective.text,
        capacity_id=capacity.id,
        capacity_source=str(order.source),
        capacity_validity=capacity.validity,
        capacity_complete=capacity.complete,
        think_seconds=capacity.think_seconds,
        cpu_model=capacity.environment.cpu_model,
        prices=demand.prices,
        targets=targets,
        sized=[size(capacity, target, demand) for target in targets],
    )
    return sized.model_copy(update={"headline": words.headline(sized), "warnings": words.warnings(sized, now.date())})


def _chosen(order: Order) -> list[Target]:
    capacity = order.capacity
    if capacity.validity.verdict == "INVALID":
        why = next(reason for reason in capacity.validity.reasons if reason.verdict == "INVALID")
        raise BenchError(
            f"{order.source} is INVALID and proves nothing ({why.check}: {why.message}); search again with live-bench "
            "capacity"
        )
    known = {target.name: target for target in capacity.targets}
    for name in order.targets:
        if name not in known:
            raise BenchError(f"{order.source} has no target {name!r}: choose from {', '.join(known)}")
    return [known[name] for name in order.targets] if order.targets else capacity.targets
