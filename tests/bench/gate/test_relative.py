import random
from collections import Counter
from math import exp, inf, nan

import pytest

from bench.gate import relative
from bench.gate.gated import BY_NAME, GATED, Gated
from bench.gate.rule import ALPHA, BEARABLE, LEAST_BLOCKS, Pair, looks, verdict

CPU = BY_NAME["cpu_seconds_per_turn"]
STOP = BY_NAME["stop_seconds.p50"]
TTFT = BY_NAME["ttft_added_seconds.p50"]
SETS = 2000
USUAL = {
    "cpu_seconds_per_turn": 0.005,
    "memory_bytes_per_session": 150_000.0,
    "ttft_added_seconds.p50": 0.02,
    "ttft_added_seconds.p95": 0.05,
    "stop_seconds.p50": 0.4,
}


def blocks(dice: random.Random, usual: float, ratio: float, noise: float, count: int = 20) -> list[Pair]:
    """A yardstick that takes as much as usual in all blocks of a machine that is now so fast and now so slow, and a
    service that takes `ratio` times a half of it, off by a factor of its own."""
    return [
        Pair(yardstick := usual * exp(dice.gauss(0, 0.1)), yardstick * 0.5 * ratio * exp(dice.gauss(0, noise)))
        for _ in range(count)
    ]


def verdicts(ratio: float, noise: float, gated: Gated = CPU, slower: float = 1.0, then: int = 20) -> Counter[str]:
    """Of many seeded gates of twenty blocks now, with the look at twelve; on a machine that is so much slower now."""
    dice = random.Random(f"{ratio} {noise} {gated.name} {slower}")
    usual = 2 * USUAL[gated.name]
    told: Counter[str] = Counter()
    for _ in range(SETS):
        before = blocks(dice, usual, 1.0, noise, then)
        told[_gate(gated, before, blocks(dice, slower * usual, ratio, noise))] += 1
    return told


def _gate(gated: Gated, before: list[Pair], now: list[Pair]) -> str:
    for look in looks(len(now)):
        old, new = relative.scaled(before, now[: look.blocks])
        said = verdict(relative.p_worse(gated, old, new), relative.p_bearable(gated, old, new), look.alpha)
        if said != "INCONCLUSIVE":
            return said
    return "INCONCLUSIVE"


@pytest.mark.parametrize("gated", GATED, ids=lambda gated: gated.name)
@pytest.mark.parametrize("noise", [0.04, 0.08])
def test_no_change_is_called_worse_at_most_once_in_a_thousand(gated: Gated, noise: float) -> None:
    assert verdicts(1.0, noise, gated)["FAIL"] <= 0.001 * SETS


@pytest.mark.parametrize("noise", [0.04, 0.08])
@pytest.mark.parametrize("gated", [CPU, TTFT], ids=lambda gated: gated.name)
def test_what_is_just_allowed_is_called_worse_at_most_once_in_two_hundred(gated: Gated, noise: float) -> None:
    assert verdicts(1 + gated.margin, noise, gated)["FAIL"] <= 0.005 * SETS


@pytest.mark.parametrize("noise", [0.04, 0.08])
def test_what_is_just_unbearable_passes_at_most_once_in_two_hundred(noise: float) -> None:
    assert verdicts(1 + BEARABLE * CPU.margin, noise)["PASS"] <= 0.005 * SETS


@pytest.mark.parametrize("slower", [0.5, 1.0, 2.0])
def test_machine_that_is_faster_or_slower_now_hides_nothing_and_makes_nothing_up(slower: float) -> None:
    assert verdicts(1.30, 0.08, slower=slower)["FAIL"] >= 0.99 * SETS
    same = verdicts(1.0, 0.04, slower=slower)
    assert same["FAIL"] <= 0.001 * SETS and same["PASS"] >= 0.98 * SETS


def test_too_much_noise_is_inconclusive() -> None:
    assert verdicts(1.0, 0.5)["INCONCLUSIVE"] >= 0.9 * SETS


def test_six_blocks_of_a_baseline_are_enough_for_what_is_plain() -> None:
    told = verdicts(1.5, 0.04, then=6)
    assert told["FAIL"] >= 0.99 * SETS
    assert verdicts(1.0, 0.04, then=6)["FAIL"] <= 0.001 * SETS


def constant(yardstick: float, service: float, count: int = 12) -> list[Pair]:
    return [Pair(yardstick, service)] * count


def test_twice_the_time_beside_twice_the_yardstick_is_no_change() -> None:
    decision = relative.decide(CPU, constant(0.01, 0.005), constant(0.02, 0.01), ALPHA)
    assert decision.verdict == "PASS"
    assert decision.ratio and decision.ratio.center == pytest.approx(1.0)
    assert (decision.base, decision.head) == (pytest.approx(0.005), pytest.approx(0.005))


def test_same_time_beside_half_the_yardstick_is_twice_as_much() -> None:
    """A faster machine does not hide it."""
    decision = relative.decide(CPU, constant(0.01, 0.005), constant(0.005, 0.005), ALPHA)
    assert decision.verdict == "FAIL"
    assert decision.ratio and decision.ratio.center == pytest.approx(2.0)
    assert (decision.base, decision.head) == (pytest.approx(0.005), pytest.approx(0.010))


def test_service_that_is_0_then_and_now_passes() -> None:
    decision = relative.decide(STOP, constant(0.4, 0.0), constant(0.4, 0.0), ALPHA)
    assert (decision.verdict, decision.ratio) == ("PASS", None)
    assert decision.difference and decision.difference.center == 0


def test_much_more_than_nothing_is_worse_and_a_little_is_nothing() -> None:
    assert relative.decide(STOP, constant(0.4, 0.0), constant(0.4, 0.010), ALPHA).verdict == "PASS"
    assert relative.decide(STOP, constant(0.4, 0.0), constant(0.4, 0.050), ALPHA).verdict == "FAIL"


def test_large_share_of_very_little_is_nothing() -> None:
    decision = relative.decide(TTFT, constant(0.02, 0.0005), constant(0.02, 0.0011), ALPHA)
    assert decision.verdict == "PASS"
    assert decision.ratio and decision.ratio.center == pytest.approx(2.2)


@pytest.mark.parametrize("day", [0.5, 2.0])
def test_floor_is_that_of_the_machine_then(day: float) -> None:
    """3 ms more there are 3 ms more, though a clock here would say 1.5 ms or 6 ms."""
    now = constant(0.02 * day, 0.006 * day)
    assert relative.decide(TTFT, constant(0.02, 0.003), now, ALPHA).verdict == "FAIL"
    assert relative.decide(TTFT, constant(0.02, 0.0045), now, ALPHA).verdict == "PASS"


def test_blocks_in_which_the_yardstick_is_0_say_nothing() -> None:
    now = [*constant(0.4, 0.2, 9), *constant(0.0, 9.0, 3)]
    decision = relative.decide(STOP, constant(0.4, 0.2), now, ALPHA)
    assert (decision.verdict, decision.pairs) == ("PASS", 9)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (constant(0.0, 0.2), constant(0.4, 0.2)),
        (constant(0.4, 0.2), constant(0.0, 0.2)),
        ([], constant(0.4, 9.0)),
        (constant(0.4, 0.2), []),
        ([], []),
    ],
    ids=["yardstick 0 then", "yardstick 0 now", "nothing then", "nothing now", "nothing"],
)
def test_one_side_alone_decides_nothing(before: list[Pair], now: list[Pair]) -> None:
    decision = relative.decide(STOP, before, now, ALPHA)
    assert (decision.verdict, decision.ratio, decision.difference) == ("INCONCLUSIVE", None, None)
    assert (decision.p_worse, decision.p_bearable, decision.visible_ratio) == (1.0, 1.0, None)


def test_too_few_blocks_decide_nothing_however_clear_they_are() -> None:
    dice = random.Random(1)
    before, now = blocks(dice, 0.01, 1.0, 0.02, 6), blocks(dice, 0.01, 9.0, 0.02, 3)
    assert relative.decide(CPU, before, now, ALPHA).verdict == "INCONCLUSIVE"  # one of 84 ways
    assert relative.decide(CPU, before, [*now, *now, *now][:LEAST_BLOCKS], ALPHA).verdict == "FAIL"


@pytest.mark.parametrize("pair", [Pair(-1.0, 1.0), Pair(1.0, nan), Pair(nan, 1.0), Pair(1.0, -1.0)])
def test_what_cannot_be_a_measurement_is_refused_then_and_now(pair: Pair) -> None:
    for before, now in (([pair], constant(1.0, 1.0)), (constant(1.0, 1.0), [pair])):
        with pytest.raises(ValueError, match="no number"):
            relative.decide(CPU, before, now, ALPHA)


def test_order_of_the_blocks_does_not_matter() -> None:
    dice = random.Random(3)
    before, now = blocks(dice, 0.01, 1.0, 0.05), blocks(dice, 0.01, 1.08, 0.05)
    mixed = relative.decide(CPU, dice.sample(before, 20), dice.sample(now, 20), ALPHA)
    assert relative.decide(CPU, before, now, ALPHA) == mixed


def test_smallest_visible_change_is_one_that_fails() -> None:
    dice = random.Random(8)
    before, now = blocks(dice, 0.01, 1.0, 0.06), blocks(dice, 0.01, 1.0, 0.06)
    decision = relative.decide(CPU, before, now, ALPHA)
    assert decision.visible_ratio and decision.ratio

    def moved(ratio: float) -> str:
        assert decision.ratio
        shifted = [Pair(pair.base, pair.head * ratio / decision.ratio.center) for pair in now]
        return relative.decide(CPU, before, shifted, ALPHA).verdict

    assert moved(decision.visible_ratio * 1.001) == "FAIL"
    assert moved(decision.visible_ratio / 1.01) != "FAIL"


def test_blocks_without_a_value_now_count_and_are_left_out_of_the_numbers() -> None:
    now = [*constant(0.4, 0.1, 1), *constant(0.4, inf, 11)]
    decision = relative.decide(STOP, constant(0.4, 0.2), now, ALPHA)
    assert (decision.verdict, decision.pairs, decision.missing) == ("FAIL", 12, 11)
    assert decision.ratio and decision.ratio.center == pytest.approx(0.5)
    assert decision.head == pytest.approx(0.1)


def test_blocks_without_a_value_then_allow_nothing_more() -> None:
    then = [*constant(0.4, 0.2), *constant(0.4, inf, 12)]
    for now in (0.2, 0.4):
        whole = relative.decide(STOP, then, constant(0.4, now), ALPHA)
        assert whole == relative.decide(STOP, constant(0.4, 0.2), constant(0.4, now), ALPHA)
    never = relative.decide(STOP, constant(0.4, inf), constant(0.4, 0.2), ALPHA)
    assert (never.verdict, never.base, never.missing) == ("INCONCLUSIVE", None, 0)


def test_service_without_a_value_then_and_now_is_no_worse_and_no_pass() -> None:
    decision = relative.decide(STOP, constant(0.4, inf), constant(0.4, inf), ALPHA)
    assert (decision.verdict, decision.missing, decision.difference) == ("INCONCLUSIVE", 12, None)


def test_service_that_begins_to_lose_turns_fails_after_two_blocks() -> None:
    assert relative.judge_losses([0] * 20, [0] * 12, ALPHA) == "PASS"
    assert relative.judge_losses([0] * 20, [0] * 11 + [1], ALPHA) == "INCONCLUSIVE"
    assert relative.judge_losses([0] * 20, [0] * 11 + [40], ALPHA) == "INCONCLUSIVE"
    assert relative.judge_losses([0] * 20, [0] * 10 + [5, 5], ALPHA) == "INCONCLUSIVE"
    assert relative.judge_losses([0] * 20, [0] * 10 + [5, 6], ALPHA) == "FAIL"


def test_service_that_lost_turns_before_has_to_lose_clearly_more() -> None:
    some, more = [0, 1, 0, 2] * 5, [5, 6, 7, 8] * 5
    assert relative.judge_losses(some, some, ALPHA) == "PASS"
    assert relative.judge_losses(some, more, ALPHA) == "FAIL"
    assert relative.judge_losses(some, [0] * 12, ALPHA) == "PASS"
    assert relative.judge_losses(some, [0, 1, 0, 3] * 5, ALPHA) == "INCONCLUSIVE"


def test_lost_turns_are_held_against_as_many_blocks() -> None:
    """A loss in every block is more than one in every other, though the sums are alike."""
    assert relative.judge_losses([0, 2] * 10, [1] * 20, ALPHA) == "PASS"
    assert relative.judge_losses([0, 1] * 10, [1] * 10, ALPHA) == "INCONCLUSIVE"


def test_no_blocks_of_now_lose_nothing_and_pass_nothing() -> None:
    assert relative.judge_losses([0] * 20, [], ALPHA) == "INCONCLUSIVE"
    assert relative.judge_losses([1] * 20, [], ALPHA) == "INCONCLUSIVE"
