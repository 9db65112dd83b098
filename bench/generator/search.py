"""How many people come next: to find the load that fills a core so far, and the load that is too much. Pure."""

from collections.abc import Sequence

from bench.generator.reading import Reading

FIRST_SESSIONS = 600
FULL_SHARE = 0.80
"""Of its core, that the plain recipe is to use in the rounds."""
NEAR_SHARE = 0.04
"""How far off that is near enough."""
SEARCH_STEPS, CLIMB_STEPS = 4, 4
FURTHEST = 2.5
"""How much more, or less, is tried next at most."""
CLIMB_FACTOR = 1.3


def next_in_search(readings: Sequence[Reading], most: int) -> int | None:
    """With how many people to look next for the load at which the plain recipe uses `FULL_SHARE`; None when done."""
    if not readings:
        return min(FIRST_SESSIONS, most)
    last = readings[-1]
    wanted = last.sessions * min(FURTHEST, max(1 / FURTHEST, FULL_SHARE / max(last.cpu_share, 0.01)))
    sessions = min(round(wanted), most)
    if abs(last.cpu_share - FULL_SHARE) <= NEAR_SHARE or len(readings) == SEARCH_STEPS or sessions == last.sessions:
        return None
    return sessions


def nearest(readings: Sequence[Reading]) -> int:
    """The number of people at which it came closest."""
    return min(readings, key=lambda reading: abs(reading.cpu_share - FULL_SHARE)).sessions


def next_in_climb(readings: Sequence[Reading], first: int, most: int) -> int | None:
    """From the load of the rounds on: more while prompts are in time, else fewer, till that changes. None when done."""
    if not readings:
        return min(first, most)
    last = readings[-1]
    turned = any(reading.keeps_schedule is not readings[0].keeps_schedule for reading in readings)
    if turned or last.is_server_saturated or len(readings) == CLIMB_STEPS:
        return None
    factor = CLIMB_FACTOR if readings[0].keeps_schedule else 1 / CLIMB_FACTOR
    sessions = min(round(last.sessions * factor), most)
    return sessions if sessions not in (0, last.sessions) else None


def largest(readings: Sequence[Reading]) -> int | None:
    """The most people of a climb whose prompts were in time; None where those of no load were."""
    fit = [each.sessions for each in readings if each.keeps_schedule and not each.is_server_saturated]
    return max(fit, default=None)


def is_limit_known(readings: Sequence[Reading]) -> bool:
    """Whether a climb ended at a load that was too much, so that its largest is more than a lower bound."""
    return any(not each.keeps_schedule and not each.is_server_saturated for each in readings)
