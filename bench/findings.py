"""What a check may find: a reason, or that it could not be made."""

from dataclasses import dataclass

from bench.results import Reason


@dataclass(frozen=True)
class Unmade:
    """A check for which something was missing. It was not passed."""

    check: str
    why: str
    where: str = ""
    """What it would have looked at; empty where that is clear from whom it is told of."""


Finding = Reason | Unmade
