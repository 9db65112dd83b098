"""When people come: three modes, and the Poisson process of the two open ones. Pure.

- closed: as many people as `-u` says, always the same. Who waits does not ask, so a slow server is asked less.
- open: people come by themselves, whatever the server does. Each asks once and leaves.
- partly-open: people come by themselves, take some turns with pauses to think in between, and leave.

In the open modes each of Locust's `-u` users is a source that people come from: independent streams of Poisson
arrivals are one Poisson stream together, of the sum of their rates. So steps, Locust's page and several processes
change the rate by changing the number of sources, and nothing has to be agreed on.
"""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Literal, Self, get_args

from loadtests.support.choices import Choices
from loadtests.support.seconds import not_negative

Mode = Literal["closed", "open", "partly-open"]
MODES: tuple[Mode, ...] = get_args(Mode)
ASSUMED_REPLY_SECONDS = 1.7
"""From a prompt to the end of its reply: the mean of the fake Gemini's `live-text`, with a server that adds nothing."""
USUAL_TURNS_PER_VISIT = 3


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How people come, and how long they mean to stay."""

    mode: Mode
    turns_per_visit: int | None
    """On average; None: they stay."""
    source_per_second: float
    """How many people one source brings a second; 0 where the load is closed."""

    @classmethod
    def of(cls, options: Namespace, closed_turns_per_visit: int | None = None) -> Self:
        """As the options say; `closed_turns_per_visit` is what a closed load does that is not told otherwise.

        Raises ValueError, with what to do, where they say nothing sensible. What Locust's page was given is text.
        """
        mode, think_seconds = mode_of(options.arrivals), not_negative("--think-seconds", str(options.think_seconds))
        turns = None if options.turns_per_visit in (None, "") else turns_of(str(options.turns_per_visit))
        rate = None if options.arrival_rate in (None, "") else rate_of(str(options.arrival_rate))
        if mode == "closed":
            if rate is not None:
                raise ValueError("--arrival-rate is of open arrivals, and these are closed: leave it out, or open them")
            return cls(mode, turns or closed_turns_per_visit, 0.0)
        if mode == "open" and turns not in (None, 1):
            raise ValueError(f"--turns-per-visit {turns} is not one, which --arrivals open means: try partly-open")
        turns = 1 if mode == "open" else turns or USUAL_TURNS_PER_VISIT
        if rate is None:
            return cls(mode, turns, 1 / visit_seconds(turns, think_seconds))
        return cls(mode, turns, rate / people_of(options))


def mode_of(text: str) -> Mode:
    """Raises ValueError for what is none."""
    for mode in MODES:
        if mode == text:
            return mode
    raise ValueError(f"--arrivals {text} is not known: choose from {', '.join(MODES)}")


def rate_of(text: str) -> float:
    """Sessions per second. Raises ValueError for a rate at which nobody, or everybody at once, would come."""
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < inf:
        raise ValueError(f"--arrival-rate {text} is not a number of sessions per second above 0")
    return rate


def turns_of(text: str) -> int:
    """Turns of a visit. Raises ValueError for none."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"--turns-per-visit {text} is not a number of turns from 1 on")
    return int(text)


def people_of(options: Namespace) -> int:
    """What `-u` says, or the master's `-u` where that is elsewhere."""
    return int(getattr(options, "people", None) or options.num_users or 1)


def visit_seconds(turns_per_visit: int, think_seconds: float) -> float:
    """How long a visit is expected to last: the replies, and the pauses between them.

    Little's law: people there = people coming a second x seconds they stay. So a source that brings one person per
    visit's length has one of them there, on average, and `-u` sources have about `-u`.
    """
    return turns_per_visit * ASSUMED_REPLY_SECONDS + (turns_per_visit - 1) * think_seconds


def moments(choices: Choices, began_at: float, per_second: float) -> Iterator[float]:
    """When one source's people come, in Unix seconds, without end: a Poisson process of that rate."""
    moment, number = began_at, 0
    while True:
        number += 1
        moment += choices.gap_seconds(number, 1 / per_second)
        yield moment
