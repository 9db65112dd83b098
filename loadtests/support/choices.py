"""What a simulated person decides: the same for the same seed, person and turn, whatever server is measured.

Every decision draws from a generator of its own, named after what is decided, so that none depends on how many
were made before it: a turn that was cut short on one server does not change what is said next. Pure.
"""

from dataclasses import dataclass
from random import Random

from loadtests.support.prompts import prompts

_THINK_SIGMA = 0.5
"""Spread of the log of a think time: two thirds of the pauses lie between 0.54 and 1.46 times the mean."""
_SHORTEST_LISTEN_SECONDS = 0.05
_BARGES_IN_AGAIN_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Choices:
    seed: int
    person: str

    def turn_id(self, turn: int) -> str:
        return f"{self.seed}.{self.person}.{turn}"

    def prompt(self, turn: int) -> str:
        return self._random("prompt", turn).choice(prompts())

    def think_seconds(self, turn: int, mean_seconds: float) -> float:
        """Log-normal, as pauses of people are: many short ones, a few long ones."""
        return mean_seconds * self._random("think", turn).lognormvariate(-(_THINK_SIGMA**2) / 2, _THINK_SIGMA)

    def barge_in_seconds(self, turn: int, within_seconds: float) -> float:
        """How long a person listens to the reply, from its first chunk, before barging in."""
        shortest = min(_SHORTEST_LISTEN_SECONDS, within_seconds)
        return self._random("barge-in", turn).uniform(shortest, within_seconds)

    def barges_in_again(self, turn: int) -> bool:
        """Whether the reply to a barge-in is barged in on as well."""
        return self._random("again", turn).random() < _BARGES_IN_AGAIN_SHARE

    def whim(self, turn: int) -> float:
        """From 0 to 1, each as likely: what to do of several things, where a scenario has them."""
        return self._random("whim", turn).random()

    def turns_of_visit(self, visit: int, mean: int) -> int:
        """From 1 to twice the mean less one, each as likely."""
        return self._random("visit", visit).randint(1, max(1, 2 * mean - 1))

    def pause_seconds(self, visit: int, longest_seconds: float) -> float:
        """Between two sessions of one person."""
        return self._random("pause", visit).uniform(longest_seconds / 5, longest_seconds)

    def arrival_seconds(self, longest_seconds: float) -> float:
        """How long after being spawned a person begins."""
        return self._random("arrival", 0).uniform(0, longest_seconds)

    def gap_seconds(self, arrival: int, mean_seconds: float) -> float:
        """Between one person and the next who come from the same place: exponential, so that they come at random."""
        return self._random("gap", arrival).expovariate(1 / mean_seconds)

    def visitor(self, number: int) -> "Choices":
        """Of the nth person who comes from there."""
        return Choices(self.seed, f"{self.person}:{number}")

    def _random(self, decision: str, number: int) -> Random:
        return Random(f"{self.seed}.{self.person}.{number}.{decision}")
