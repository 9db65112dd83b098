"""Many targets in few words: those that read the same are said together, by name or, where there are many, by count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.charts import style
from bench.charts.data import ChartData
from bench.results import Target

NAMED = 2
"""More than so many targets in one phrase are counted."""
Number = tuple[Target, float]


@dataclass(frozen=True)
class Group:
    """Targets whose numbers are said in the same words."""

    targets: list[Target]
    said: str


def groups(numbers: Sequence[Number], reading: Callable[[float], str], most: int = 4) -> list[Group]:
    """In the order of `numbers`; where there are more than `most`, those between first and last share a span."""
    found: dict[str, list[Number]] = {}
    for target, number in numbers:
        found.setdefault(reading(number), []).append((target, number))
    alike = list(found.values())
    if len(alike) > most:
        between = [number for group in alike[most - 2 : -1] for number in group]
        alike = [*alike[: most - 2], between, alike[-1]]
    return [Group([target for target, _ in group], span([value for _, value in group], reading)) for group in alike]


def span(numbers: Sequence[float], reading: Callable[[float], str]) -> str:
    """'0.54 s' where they all read so, else '0.52 s to 0.54 s'."""
    least, largest = reading(min(numbers)), reading(max(numbers))
    return least if least == largest else f"{least} to {largest}"


def who(data: ChartData, targets: Sequence[Target]) -> str:
    """'Flask and Flask duplex', in the order of the run, '5 of 7', 'all 7'."""
    count, of = len(targets), len(data.run.targets)
    if count <= NAMED:
        return " and ".join(style.name_of(data, target) for target in data.run.targets if target in targets)
    return f"all {of}" if count == of else f"{count} of {of}"
