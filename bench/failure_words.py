"""The failures of a run in words: what occurred, what it means, and what to check."""

from bench.book import names_of
from bench.failure_causes import Failed, failed
from bench.results import Run


def count(item: Failed) -> str:
    """'5 turns at an age of 30.0 s, 4 people came back'."""
    turns = f"{item.turns} turn{'' if item.turns == 1 else 's'}{f' {item.when}' if item.when else ''}"
    people = "person" if item.came_back == 1 else "people"
    return f"{turns}, {item.came_back} {people} came back" if item.came_back else turns


def lines(run: Run) -> list[str]:
    """What stands under the results in a terminal: one line for each label that occurred at each target."""
    names = names_of(run.targets)
    return [
        f"{names[item.target]}, {item.label} ({count(item)}): {item.cause.means}; check {item.cause.check}"
        for item in failed(run)
    ]
