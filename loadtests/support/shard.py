"""One of several loads that together make one, each started by itself and unknown to the others. Pure.

Every shard is given the same options, `-u`, `-r` and `--arrival-rate` of the load as a whole, and its own number. Its
share is then exact: the shares of all shards add up, at every step.
"""

import re
from argparse import Namespace
from dataclasses import dataclass
from typing import Self

_WRITTEN = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Shard:
    index: int
    """From 0."""
    count: int

    @classmethod
    def of(cls, text: str) -> Self:
        """From 'I/N'. Raises ValueError, with what to do, for anything else."""
        written = _WRITTEN.fullmatch(text)
        if not written or int(written[1]) >= int(written[2]):
            raise ValueError(f"--shard {text} is not a shard: write it as I/N, with I from 0 to N - 1, as in 0/4")
        return cls(int(written[1]), int(written[2]))

    def share(self, people: int) -> int:
        """How many of the people are this shard's; the first shards take what does not divide."""
        return people // self.count + (self.index < people % self.count)

    def rate(self, people: int, per_second: float) -> float:
        """What of a rate is this shard's, so that all shards are done with their people at the same time."""
        return per_second * self.share(people) / people

    def named(self, person: str) -> str:
        """A person of this shard, whom no other shard has."""
        return f"s{self.index}-{person}"

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def shard_of(options: Namespace) -> Shard | None:
    """Which one this load is; None where it is whole."""
    return Shard.of(options.shard) if options.shard else None


def written(text: str) -> str:
    """As it was given: options have to be plain text, for a master sends them to its workers. Raises ValueError."""
    return str(Shard.of(text))
