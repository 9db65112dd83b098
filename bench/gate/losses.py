"""Failed and lost turns are not a matter of statistics: a change that begins to lose turns shuts the gate. Pure.

Where the base loses none in any block, two blocks in which the head does are enough. Where it loses some itself, the
head has to lose more in so many more blocks that chance would not do it (the exact sign test).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from bench.gate.rule import Verdict

ENOUGH_BLOCKS = 2


@dataclass(frozen=True)
class Lost:
    """How many turns each lost in one block."""

    base: int
    head: int


def judge(blocks: Sequence[Lost], alpha: float) -> Verdict:
    """PASS needs a head that lost more in no block, or no more in all of them together than the base did."""
    worse = sum(block.head > block.base for block in blocks)
    better = sum(block.head < block.base for block in blocks)
    if not any(block.base for block in blocks):
        if worse >= ENOUGH_BLOCKS:
            return "FAIL"
    elif worse and sum(comb(worse + better, more) for more in range(worse, worse + better + 1)) <= alpha * 2 ** (
        worse + better
    ):
        return "FAIL"
    total = sum(block.head for block in blocks), sum(block.base for block in blocks)
    return "PASS" if blocks and (not worse or (worse <= better and total[0] <= total[1])) else "INCONCLUSIVE"
