"""Blocks until a look settles the matter, the last one is measured, or time is up."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from bench.gate.blocks import WARM_UP, Blocks, orders
from bench.gate.conclude import conclude, good_blocks, is_settled
from bench.gate.pairs import blocks_of
from bench.gate.proof import faults
from bench.gate.record import Gate, Looked
from bench.gate.rule import ALPHA, Look, look_at, looks
from bench.results import Trial

MOST_SPOILED = 0.5
"""Of the blocks planned, how many more are measured in place of spoiled ones before that is given up."""


@dataclass(frozen=True)
class Until:
    """When to end though nothing is settled."""

    blocks: int
    deadline: float | None = None
    """On the monotonic clock."""


def grow(gate: Gate, blocks: Blocks, until: Until) -> Iterator[Gate]:
    """The gate after each block, with its trials and, where it was looked at them, the verdict they give.

    Raises KeyboardInterrupt at Ctrl-C and BenchError where an arm cannot be measured at all.
    """
    order = orders(gate.arms, gate.seed)
    blocks.measure(WARM_UP, next(order))
    longest_seconds = 0.0
    for number in count(1):
        began_at = time.monotonic()
        gate = with_trials(gate, blocks.measure(number, next(order)))
        longest_seconds = max(longest_seconds, time.monotonic() - began_at)
        done = len(good_blocks(gate))
        ended = bool(faults(gate)) or _is_over(done, number, until, longest_seconds)
        if look := look_at(done, looks(until.blocks), ended=ended):
            gate = _looked(gate, look, ended=ended)
        gate = gate.model_copy(update={"complete": ended or is_settled(gate)})
        yield gate
        if gate.complete:
            return


def with_trials(gate: Gate, trials: Sequence[Trial]) -> Gate:
    """The gate and the trials of one more block; of a spoiled one it is told."""
    grown = gate.model_copy(update={"trials": [*gate.trials, *trials]})
    spoiled = [block.number for block in blocks_of(grown.trials, *grown.arms) if block.spoiled]
    return grown.model_copy(update={"spoiled": spoiled})


def _looked(gate: Gate, look: Look, *, ended: bool) -> Gate:
    """Each look is taken once: a spoiled block leaves the number of those that count where it was.

    At the end the same blocks may be looked at again, with what the first look at them left to spend.
    """
    if any(earlier.blocks == look.blocks for earlier in gate.looks):
        if not ended:
            return gate
        look = Look(look.blocks, ALPHA - sum(earlier.alpha for earlier in gate.looks))
    taken = [*gate.looks, Looked(blocks=look.blocks, alpha=look.alpha)]
    return conclude(gate.model_copy(update={"looks": taken}), look)


def _is_over(done: int, number: int, until: Until, longest_seconds: float) -> bool:
    if done >= until.blocks or number - done > MOST_SPOILED * until.blocks:
        return True
    return until.deadline is not None and time.monotonic() + longest_seconds > until.deadline
