"""Who is held against whom: each target against its twin where that is measured too, else against the first."""

from collections.abc import Sequence

from bench.results import Run, Target

FEW = 3
"""So many targets have room for a column of their own for each comparison."""


def pairs(targets: Sequence[Target]) -> list[tuple[str, str]]:
    """Base and other, by name, one for each target that has another to be held against."""
    held = [(_base(target, targets), target) for target in targets[1:]]
    return [(base.name, other.name) for base, other in held]


def bases(run: Run) -> dict[str, str]:
    """Other to base, as the run has it: not every version of the bench chose alike."""
    made = {comparison.other: comparison.base for comparison in run.comparisons}
    return {other: made.get(other, base) for base, other in pairs(run.targets)}


def _base(target: Target, targets: Sequence[Target]) -> Target:
    twins = [other for other in targets if target.twin and (other.deployment or other.name) == target.twin]
    return twins[0] if twins else targets[0]
