"""When what is said: options and a seed, turned into the plan of each reply and of the whole server's freezes. Pure.

A reply's plan depends on nothing but the seed and the prompt, tag included.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from servers.fake_gemini.timing import chance_of

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Timing:
    first_seconds: float = 0.3
    """From the prompt to the first chunk, in the mean."""
    gap_seconds: float = 0.09
    """From chunk to chunk, in the mean."""
    chunks: int = 11
    """Of a reply, in the mean."""
    spread: float = 0.5
    """Each of the three is drawn evenly from its mean less and plus this share of it."""
    stall_share: float = 0.0
    """Of the replies: in so many, one chunk and all after it come `stall_seconds` late."""
    stall_seconds: float = 0.25
    freeze_every_seconds: float = 0.0
    """From the end of one freeze to the next, in the mean; 0 for none. The whole server neither reads nor sends."""
    freeze_seconds: float = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    dues_nanoseconds: tuple[int, ...]
    """When each chunk is due, counted from the prompt."""
    stalled: bool


def plan_reply(timing: Timing, seed: int, prompt: str) -> Plan:
    chance = chance_of("null chat", seed, prompt)
    due_seconds = _around(timing.first_seconds, timing.spread, chance)
    count = max(1, round(_around(timing.chunks, timing.spread, chance)))
    stalled = chance.random() < timing.stall_share
    stalled_index = chance.randrange(count) if stalled else None
    dues = []
    for index in range(count):
        if index:
            due_seconds += _around(timing.gap_seconds, timing.spread, chance)
        if index == stalled_index:
            due_seconds += timing.stall_seconds
        dues.append(int(due_seconds * NANOSECONDS))
    return Plan(tuple(dues), stalled)


def freeze_pauses(timing: Timing, seed: int) -> Iterator[int]:
    """Nanoseconds from the start, and then from the end of each freeze, to the next one, without end."""
    chance = chance_of("freezes", seed, "")
    while timing.freeze_every_seconds:
        yield int(_around(timing.freeze_every_seconds, timing.spread, chance) * NANOSECONDS)


def _around(mean: float, spread: float, chance: random.Random) -> float:
    return mean * (1 + spread * (2 * chance.random() - 1))
