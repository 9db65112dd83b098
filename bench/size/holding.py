"""How many people one server may be counted on to hold, from a search for capacities. Pure.

Under the objective that was searched with it is the lower end of the interval over the searches. Under another one
every load that was tried is judged again by what was measured in it, and what that allows is taken: less certain, since
the search then looked elsewhere.
"""

from dataclasses import dataclass

from bench.capacity.answer import answer
from bench.capacity.record import Capacity
from bench.errors import BenchError
from bench.objective import Objective


@dataclass(frozen=True)
class Holding:
    """What one server holds."""

    sessions: int
    """0 where it holds none of the loads that were tried."""
    at_least: bool
    """Whether it may hold more."""
    how: str
    """How that is known, as a clause."""


def holding(capacity: Capacity, target: str, objective: Objective) -> Holding:
    """What may be counted on. Raises BenchError where nothing is known of the target under this objective."""
    if objective.text == capacity.objective:
        return _searched(capacity, target)
    return _judged_again(capacity, target, objective)


def _searched(capacity: Capacity, target: str) -> Holding:
    held = next((held for held in capacity.held if held.target == target), None)
    if held is None or (held.at_least and not held.sessions):
        raise BenchError(f"no search for what {target} holds came to an end: search again with live-bench capacity")
    if held.low is None or held.low == held.sessions:
        searches = "one search" if held.searches == 1 else f"{held.searches} searches"
        return Holding(held.sessions, held.at_least, f"it held {held.sessions} in {searches}")
    median = f"it held {held.sessions} in the median of {held.searches} searches"
    return Holding(held.low, held.at_least, f"{median}, {held.low} by the lower end of its interval")


def _judged_again(capacity: Capacity, target: str, objective: Objective) -> Holding:
    answers = {"held": set[int](), "missed": set[int](), "not known": set[int](), "spoiled": set[int]()}
    for probe in capacity.probes:
        if probe.target == target:
            answers[answer(probe.trial, objective).answer].add(probe.sessions)
    if not answers["held"] and not answers["missed"]:
        raise BenchError(
            f"no load that {target} was tried with tells whether it meets {objective.text!r}: search with that "
            "objective, with live-bench capacity --objective"
        )
    nearest = min(answers["missed"], default=None)
    sessions = max((held for held in answers["held"] if nearest is None or held < nearest), default=0)
    missed = f", {nearest} missed it" if nearest is not None else ""
    how = f"of the loads that were tried for another objective {sessions or 'none'} met this one{missed}"
    return Holding(sessions, nearest is None, how)
