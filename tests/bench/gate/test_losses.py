import random

import pytest

from bench.gate.losses import Lost, judge

CLEAN = Lost(0, 0)
ALPHA = 0.002


@pytest.mark.parametrize(
    ("blocks", "verdict"),
    [
        ([CLEAN] * 12, "PASS"),
        ([CLEAN] * 11 + [Lost(0, 1)], "INCONCLUSIVE"),
        ([CLEAN] * 10 + [Lost(0, 1)] * 2, "FAIL"),
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


def test_servers_that_lose_turns_alike_are_seldom_told_apart() -> None:
    """Of a base and a head which both lose a turn in every third block, hardly any shut the gate."""
    dice = random.Random(1)
    verdicts = [
        judge([Lost(dice.random() < 0.33, dice.random() < 0.33) for _ in range(20)], ALPHA) for _ in range(2000)
    ]
    assert verdicts.count("FAIL") <= 4
