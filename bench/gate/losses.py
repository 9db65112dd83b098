"""Failed and lost turns are not a matter of size: a change that begins to lose turns shuts the gate. Pure.

Two exact tests, each with half of what a metric may spend on chance. Of all turns that the two arms lost, the head has
so many that they do not fall to it by chance, and in two blocks more than the base has, as what befalls one block says
nothing: eleven where the base loses none. Or the head loses more in so many more blocks that chance would not do it.

The first takes each turn to be lost by itself. Where two servers alike lose all the turns of a block at once, it shuts
more gates by chance: of twenty blocks, one gate in a hundred where each loses every hundredth block, one in eight where
it is every twentieth.
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
    head, base = sum(block.head for block in blocks), sum(block.base for block in blocks)
    if worse - better >= ENOUGH_BLOCKS and p_so_many(head, base) <= alpha / 2:
        return "FAIL"
    if p_so_many(worse, better) <= alpha / 2:
        return "FAIL"
    return "PASS" if blocks and (not worse or (worse <= better and head <= base)) else "INCONCLUSIVE"


def p_so_many(ours: int, theirs: int) -> float:
    """How likely it is that so many of all fall to us, or more, where each falls to either alike."""
    total = ours + theirs
    ways, found = comb(total, ours), 0
    for count in range(ours, total + 1):
        found += ways
        ways = ways * (total - count) // (count + 1)  # each from the one before: of thousands, comb is slow
    return float(found / 2**total)
