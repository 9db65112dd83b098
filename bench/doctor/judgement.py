"""What a check may say of a machine."""

from dataclasses import dataclass
from typing import Literal

from bench.doctor.machine import Machine

Verdict = Literal["fine", "spoils some", "spoils all", "not known"]
WORST_FIRST: tuple[Verdict, ...] = "spoils all", "spoils some", "not known", "fine"
MOST_PEOPLE = 5000
"""With whom `live-bench certify` ends unless told otherwise: a load that a machine should be ready for."""


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    found: str
    """The number, in words; or why there is none."""
    effect: str = ""
    """What that does to a measurement."""
    mend: str = ""
    """A command to copy; where none would help, what to do."""


def fine(found: str) -> Judgement:
    return Judgement("fine", found)


def not_known(why: str) -> Judgement:
    return Judgement("not known", why)


def spoils_some(found: str, effect: str, mend: str) -> Judgement:
    return Judgement("spoils some", found, effect, mend)


def spoils_all(found: str, effect: str, mend: str) -> Judgement:
    return Judgement("spoils all", found, effect, mend)


def for_people(people: int, machine: Machine, found: str, what_happens: str, mend: str) -> Judgement:
    """Of a resource that is enough for so many people. `what_happens` says it of a larger load."""
    if people >= MOST_PEOPLE:
        return fine(found)
    shown = f"{found}: enough for {max(people, 0):,} people"
    if people < machine.loads.smallest:
        return spoils_all(shown, f"every profile has at least {machine.loads.smallest}, and {what_happens}", mend)
    if people < machine.loads.largest:
        return spoils_some(shown, f"the largest profile has {machine.loads.largest}, and {what_happens}", mend)
    return spoils_some(shown, f"every profile has fewer, but with more {what_happens}", mend)
