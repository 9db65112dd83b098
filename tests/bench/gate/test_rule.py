import random
from collections import Counter
from math import exp, inf, nan

import pytest

from bench.gate.gated import BY_NAME, GATED, Gated
from bench.gate.rule import (
    ALPHA,
    FAMILY_ALPHA,
    LEAST_BLOCKS,
    Decision,
    Look,
    Pair,
    decide,
    look_at,
    looks,
    p_bearable,
    p_worse,
    verdict,
)

CPU = BY_NAME["cpu_seconds_per_turn"]
STOP = BY_NAME["stop_seconds.p50"]
SETS = 2000


def blocks(dice: random.Random, ratio: float, noise: float, count: int, outliers: float = 0.0) -> list[Pair]:
    """A metric of a base and a head that is `ratio` times as large, each block off by a factor."""
    spreads = [5 * noise if dice.random() < outliers else noise for _ in range(count)]
    return [Pair(base := 0.005 * exp(dice.gauss(0, 0.1)), base * ratio * exp(dice.gauss(0, s))) for s in spreads]


def verdicts(ratio: float, noise: float, gated: Gated = CPU, outliers: float = 0.0) -> Counter[str]:
    """Of many seeded gates of twenty blocks, with the look at twelve."""
    dice = random.Random(f"{ratio} {noise} {gated.name}")
    return Counter(_gate(gated, blocks(dice, ratio, noise, 20, outliers)) for _ in range(SETS))


def _gate(gated: Gated, pairs: list[Pair]) -> str:
    said = (
        verdict(p_worse(gated, seen), p_bearable(gated, seen), look.alpha)
        for look in looks(len(pairs))
        for seen in [pairs[: look.blocks]]
    )
    return next((told for told in said if told != "INCONCLUSIVE"), "INCONCLUSIVE")


@pytest.mark.parametrize("gated", GATED, ids=lambda gated: gated.name)
@pytest.mark.parametrize("noise", [0.02, 0.04, 0.08, 0.16])
def test_no_change_is_called_worse_at_most_once_in_a_thousand(gated: Gated, noise: float) -> None:
    assert verdicts(1.0, noise, gated)["FAIL"] <= 0.001 * SETS


@pytest.mark.parametrize("noise", [0.02, 0.04, 0.08])
def test_what_is_just_allowed_is_called_worse_at_most_once_in_two_hundred(noise: float) -> None:
    assert verdicts(1.05, noise)["FAIL"] <= 0.005 * SETS


def test_ten_percent_more_is_seen_at_four_percent_of_noise() -> None:
    assert verdicts(1.10, 0.04)["FAIL"] >= 0.9 * SETS


@pytest.mark.parametrize(("ratio", "noise", "power"), [(1.15, 0.08, 0.85), (1.30, 0.08, 0.99), (1.30, 0.12, 0.95)])
def test_more_is_seen_through_more_noise(ratio: float, noise: float, power: float) -> None:
    assert verdicts(ratio, noise)["FAIL"] >= power * SETS


def test_a_few_wild_blocks_hide_little() -> None:
    assert verdicts(1.15, 0.04, outliers=0.1)["FAIL"] >= 0.9 * SETS


def test_no_change_passes_and_too_much_noise_is_inconclusive() -> None:
    assert verdicts(1.0, 0.04)["PASS"] >= 0.98 * SETS
    assert verdicts(1.0, 0.5)["INCONCLUSIVE"] >= 0.9 * SETS


def test_what_is_beyond_bearable_hardly_ever_passes() -> None:
    assert verdicts(1.10, 0.08)["PASS"] <= 0.005 * SETS


def test_order_of_the_blocks_does_not_matter() -> None:
    pairs = blocks(random.Random(3), 1.08, 0.05, 20)
    shuffled = random.Random(5).sample(pairs, len(pairs))
    assert decide(CPU, pairs, ALPHA) == decide(CPU, shuffled, ALPHA)


def test_swapped_arms_have_the_reciprocal_ratio() -> None:
    pairs = blocks(random.Random(3), 1.08, 0.05, 20)
    one = decide(CPU, pairs, ALPHA).ratio
    other = decide(CPU, [Pair(pair.head, pair.base) for pair in pairs], ALPHA).ratio
    assert one and other and one.low and other.high
    assert one.center == pytest.approx(1 / other.center)
    assert one.low == pytest.approx(1 / other.high)


def test_a_little_more_than_nothing_is_nothing() -> None:
    """A reply that fell silent at once and now takes a hundredth of a second."""
    decision = decide(STOP, [Pair(0.0, 0.010)] * 12, ALPHA)
    assert decision.verdict == "PASS"
    assert decision.ratio is None
    assert decision.difference and decision.difference.center == 0.010


def test_much_more_than_nothing_is_worse() -> None:
    assert decide(STOP, [Pair(0.0, 0.050)] * 12, ALPHA).verdict == "FAIL"


def test_a_large_share_of_very_little_is_nothing() -> None:
    ttft = BY_NAME["ttft_added_seconds.p50"]
    decision = decide(ttft, [Pair(0.0005, 0.0011)] * 12, ALPHA)
    assert decision.verdict == "PASS"
    assert decision.ratio and decision.ratio.center == pytest.approx(2.2)


def test_too_few_blocks_decide_nothing_however_clear_they_are() -> None:
    few = decide(CPU, [Pair(0.005, 0.05)] * (LEAST_BLOCKS - 1), ALPHA)
    assert (few.verdict, few.visible_ratio) == ("INCONCLUSIVE", None)
    assert decide(CPU, [Pair(0.005, 0.05)] * LEAST_BLOCKS, ALPHA).verdict == "FAIL"


def test_no_blocks_decide_nothing() -> None:
    decision = decide(CPU, [], ALPHA)
    assert (decision.verdict, decision.pairs, decision.base, decision.ratio) == ("INCONCLUSIVE", 0, None, None)


@pytest.mark.parametrize("pair", [Pair(-1.0, 1.0), Pair(1.0, nan)])
def test_what_cannot_be_a_measurement_is_refused(pair: Pair) -> None:
    with pytest.raises(ValueError, match="no number"):
        decide(CPU, [pair] * 12, ALPHA)


def test_smallest_visible_change_is_one_that_fails() -> None:
    pairs = blocks(random.Random(8), 1.0, 0.06, 20)
    decision = decide(CPU, pairs, ALPHA)
    assert decision.visible_ratio and decision.ratio

    def moved(ratio: float) -> Decision:
        assert decision.ratio
        return decide(CPU, [Pair(pair.base, pair.head * ratio / decision.ratio.center) for pair in pairs], ALPHA)

    assert moved(decision.visible_ratio * 1.001).verdict == "FAIL"
    assert moved(decision.visible_ratio / 1.01).verdict != "FAIL"


def test_infinite_heads_count_and_are_left_out_of_the_numbers() -> None:
    known = [Pair(0.40, 0.20), Pair(0.42, 0.21)] * 6
    decision = decide(STOP, [*known, *[Pair(9.0, inf)] * 3], ALPHA)
    alone = decide(STOP, known, ALPHA)
    assert (decision.pairs, decision.missing, alone.missing) == (15, 3, 0)
    for number in ("base", "head", "ratio", "difference", "scatter"):
        assert getattr(decision, number) == getattr(alone, number)
    assert decision.p_bearable > alone.p_bearable and decision.p_worse < 1
    assert decide(STOP, [Pair(0.4, 0.2)] * 2 + [Pair(0.4, inf)] * 12, ALPHA).verdict == "FAIL"


def test_heads_that_are_all_infinite_fail_and_have_no_numbers() -> None:
    decision = decide(STOP, [Pair(0.4, inf)] * LEAST_BLOCKS, ALPHA)
    assert (decision.verdict, decision.pairs, decision.missing) == ("FAIL", LEAST_BLOCKS, LEAST_BLOCKS)
    assert (decision.base, decision.head, decision.ratio, decision.difference) == (None, None, None, None)
    assert (decision.scatter, decision.visible_ratio) == (None, None)


def test_scatter_is_that_of_the_blocks() -> None:
    decision = decide(CPU, blocks(random.Random(8), 1.2, 0.06, 200), ALPHA)
    assert decision.scatter == pytest.approx(0.06, rel=0.2)


def test_all_looks_together_spend_what_one_metric_may() -> None:
    for planned in (9, 12, 13, 20, 40):
        assert sum(look.alpha for look in looks(planned)) == pytest.approx(ALPHA)
    assert pytest.approx(FAMILY_ALPHA) == ALPHA * (len(GATED) + 1)  # lost turns have their part


def test_looks_are_at_twelve_and_at_the_end() -> None:
    planned = looks(20)
    assert [look.blocks for look in planned] == [12, 20]
    assert [look.blocks for look in looks(10)] == [10]
    assert look_at(11, planned, ended=False) is None
    assert look_at(12, planned, ended=False) == planned[0]
    assert look_at(20, planned, ended=True) == Look(20, pytest.approx(planned[1].alpha))


def test_an_end_before_the_first_look_may_spend_everything() -> None:
    assert look_at(10, looks(20), ended=True) == Look(10, ALPHA)
    assert look_at(15, looks(20), ended=True) == Look(15, pytest.approx(0.8 * ALPHA))
