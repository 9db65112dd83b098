"""How many people come: as many for each as the user says, or a share of what a search for capacities found."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.capacity import folder
from bench.capacity.record import Capacity
from bench.errors import BenchError
from bench.results import Target
from bench.units import percent


def of_folder(targets: Sequence[Target], source: Path, share: float) -> tuple[Mapping[str, int], str]:
    """By the name of the target, and how that was come by. Raises BenchError where the folder does not tell."""
    capacity = folder.read(source)
    return of_capacity(targets, capacity, share), f"{percent(share)} of what each held in {capacity.id}"


def of_capacity(targets: Sequence[Target], capacity: Capacity, share: float) -> Mapping[str, int]:
    """By the name of the target. Pure. Raises BenchError for a target of which the search found nothing."""
    held = {each.target: each.sessions for each in capacity.held}
    people = {}
    for target in targets:
        sessions = held.get(target.name) or held.get(target.deployment or "")
        if not sessions:
            raise BenchError(
                f"{capacity.id} does not say how many people {target.name} holds, but of "
                f"{', '.join(held) or 'nobody'}: give --people"
            )
        people[target.name] = max(1, int(share * sessions))
    return people
