import random

import pytest
from scipy.stats import binom

from bench.gate.losses import Lost, judge, p_so_many
from bench.gate.rule import ALPHA, looks

CLEAN = Lost(0, 0)
GATES = 2000
TURNS_OF_A_BLOCK = 40


@pytest.mark.parametrize(
    ("blocks", "verdict"),
    [
        ([CLEAN] * 12, "PASS"),
        ([CLEAN] * 11 + [Lost(0, 1)], "INCONCLUSIVE"),
        ([CLEAN] * 10 + [Lost(0, 1)] * 2, "INCONCLUSIVE"),
        ([CLEAN] * 10 + [Lost(0, 5)] * 2, "INCONCLUSIVE"),
        ([CLEAN] * 10 + [Lost(0, 5), Lost(0, 6)], "FAIL"),
        ([CLEAN] * 2 + [Lost(0, 1)] * 10, "INCONCLUSIVE"),
        ([CLEAN] + [Lost(0, 1)] * 11, "FAIL"),
        ([CLEAN] * 11 + [Lost(0, 4000)], "INCONCLUSIVE"),
        ([CLEAN] * 9 + [Lost(1, 0)] + [Lost(0, 4000)] * 2, "INCONCLUSIVE"),
        ([CLEAN] * 8 + [Lost(1, 0)] + [Lost(0, 4000)] * 3, "FAIL"),
        ([Lost(1, 100)] + [Lost(0, 100)] * 11, "FAIL"),
        ([CLEAN] * 9 + [Lost(1, 100)] + [Lost(0, 100)] * 2, "FAIL"),
        ([Lost(500, 0)] + [Lost(0, 1)] * 11, "INCONCLUSIVE"),
        ([Lost(500, 0)] + [Lost(0, 1)] * 16, "FAIL"),
        ([CLEAN] * 10 + [Lost(3, 0)] * 2, "PASS"),
        ([Lost(2, 2)] * 12, "PASS"),
        ([Lost(2, 4)] * 12, "FAIL"),
        ([Lost(2, 4)] * 8, "INCONCLUSIVE"),
        ([Lost(1, 0)] * 3 + [Lost(0, 1)] * 2 + [CLEAN] * 7, "PASS"),
        ([Lost(1, 0)] * 3 + [Lost(0, 90)] * 2 + [CLEAN] * 7, "INCONCLUSIVE"),
        ([], "INCONCLUSIVE"),
    ],
)
def test_losing_turns_is_judged(blocks: list[Lost], verdict: str) -> None:
    assert judge(blocks, ALPHA) == verdict


def test_lost_turns_of_the_base_hide_none_of_the_head() -> None:
    """Fewer than it takes to tell the blocks apart, and hundreds of turns."""
    for blocks in range(3, 13):
        lost = [CLEAN] * (12 - blocks) + [Lost(0, 100)] * (blocks - 1) + [Lost(1, 100)]
        assert judge(lost, ALPHA) == "FAIL"


def falsely_shut(share: float, turns: int, planned: int) -> float:
    """The share of seeded gates that shut though both arms lose so many turns at once in the same share of blocks."""
    dice = random.Random(f"{share} {turns} {planned}")
    shut = 0
    for _ in range(GATES):
        blocks = [Lost(turns * (dice.random() < share), turns * (dice.random() < share)) for _ in range(planned)]
        shut += any(judge(blocks[: look.blocks], look.alpha) == "FAIL" for look in looks(planned))
    return shut / GATES


@pytest.mark.parametrize("planned", [12, 20])
@pytest.mark.parametrize("share", [0.01, 0.03, 0.05, 0.10, 0.33])
def test_servers_that_lose_a_turn_alike_are_seldom_told_apart(share: float, planned: int) -> None:
    assert falsely_shut(share, 1, planned) <= 0.002


@pytest.mark.parametrize(("share", "most"), [(0.01, 0.02), (0.03, 0.10), (0.05, 0.17), (0.10, 0.30), (0.33, 0.42)])
def test_servers_that_lose_whole_blocks_alike_are_told_apart_more_often(share: float, most: float) -> None:
    """Turns that are lost together count one by one. It is the price of seeing hundreds that two blocks lose."""
    assert falsely_shut(share, TURNS_OF_A_BLOCK, 12) <= falsely_shut(share, TURNS_OF_A_BLOCK, 20) <= most


@pytest.mark.parametrize(
    ("ours", "theirs", "likely"),
    [(0, 0, 1), (1, 0, 0.5), (0, 5, 1), (11, 0, 2**-11), (3, 1, 5 / 16), (2, 2, 11 / 16), (9, 1, 11 / 1024)],
)
def test_chance_of_so_many_is_that_of_a_coin(ours: int, theirs: int, likely: float) -> None:
    assert p_so_many(ours, theirs) == likely


@pytest.mark.parametrize(("ours", "theirs"), [(20_000, 0), (10_100, 9_900), (9_900, 10_100), (600, 400)])
def test_chance_is_exact_for_thousands_too(ours: int, theirs: int) -> None:
    """Against another's floating-point sum; the least that can be told is 0, and no overflow."""
    assert p_so_many(ours, theirs) == pytest.approx(float(binom.sf(ours - 1, ours + theirs, 0.5)), rel=1e-9)
