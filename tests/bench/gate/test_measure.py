import time

import pytest
from made_up_gate import BUILDS, CPU, CROSS_TALK, DIED, NOISY, MadeUpBlocks, arm_trial, begun, last, spoiled, to

from bench.errors import BenchError
from bench.gate.blocks import WARM_UP
from bench.gate.measure import Until, grow, with_trials
from bench.gate.record import BASE, HEAD
from bench.gate.rule import ALPHA, FIRST_LOOK_SHARE
from bench.results import Turns

FIRST = FIRST_LOOK_SHARE * ALPHA
UNCLEAR = {CPU: 1.08}
"""Worse than allowed and bearable: never settled with as few blocks as here."""


def grown(blocks: MadeUpBlocks, planned: int = 20, deadline: float | None = None, **fields):
    return last(grow(begun(blocks_planned=planned, **fields), blocks, Until(planned, deadline)))


def looks(gate):
    return [(look.blocks, look.alpha) for look in gate.looks]


def until_time_is_up(monkeypatch: pytest.MonkeyPatch, blocks: MadeUpBlocks, number: int) -> float:
    """A deadline on a clock that a block takes one second of: after so many blocks there is no time for another."""
    monkeypatch.setattr(time, "monotonic", lambda: float(len(blocks.measured)))
    return number + 0.5


def test_gate_that_is_settled_at_the_first_look_stops_there():
    blocks = MadeUpBlocks()
    gate = grown(blocks)
    assert gate.verdict == "PASS" and gate.complete
    assert looks(gate) == [(12, FIRST)]
    assert blocks.measured == list(range(1, 13)) and len(gate.trials) == 24


def test_failure_stops_at_the_first_look():
    blocks = MadeUpBlocks(ratios={CPU: 1.5})
    assert grown(blocks).verdict == "FAIL" and len(blocks.measured) == 12


def test_what_is_not_settled_goes_on_to_the_last_block():
    blocks = MadeUpBlocks(ratios=UNCLEAR, noise=0.05)
    gate = grown(blocks)
    assert gate.verdict == "INCONCLUSIVE" and gate.complete
    assert looks(gate) == [(12, FIRST), (20, ALPHA - FIRST)]
    assert len(blocks.measured) == 20


def test_few_blocks_are_looked_at_once():
    assert looks(grown(MadeUpBlocks(ratios=UNCLEAR), planned=10)) == [(10, ALPHA)]


def test_between_looks_there_is_no_verdict():
    gates = list(grow(begun(), MadeUpBlocks(), Until(20)))
    assert [gate.complete for gate in gates] == [False] * 11 + [True]
    assert all(gate.verdict == "INVALID" and not gate.looks and not gate.decisions for gate in gates[:-1])


def test_warm_up_is_measured_first_and_counts_for_nothing():
    blocks = MadeUpBlocks()
    gate = grown(blocks, planned=9)
    assert blocks.orders[0][0] == WARM_UP and [block for block, _ in blocks.orders].count(WARM_UP) == 1
    assert {trial.trial for trial in gate.trials} == set(range(1, 10))


def test_spoiled_blocks_are_measured_anew_under_other_numbers():
    blocks = MadeUpBlocks(change=spoiled([2, 5]))
    gate = grown(blocks)
    assert gate.verdict == "PASS" and gate.spoiled == [2, 5]
    assert blocks.measured == list(range(1, 15))
    assert looks(gate) == [(12, FIRST)] and {decided.blocks for decided in gate.decisions} == {12}


@pytest.mark.parametrize("reason", [DIED, CROSS_TALK], ids=lambda reason: reason.check)
def test_block_in_which_a_server_broke_is_not_measured_anew(reason):
    blocks = MadeUpBlocks(change=to("head", [2, 5], reasons=[reason], turns=Turns(ok=40, unfinished=10)))
    gate = grown(blocks)
    assert gate.spoiled == [] and len(blocks.measured) == 12
    assert gate.verdict == "FAIL" and "20 turns lost, by the base 0" in gate.headline


def test_machine_that_spoils_every_block_ends_it_once_the_extra_ones_are_used_up():
    blocks = MadeUpBlocks(change=spoiled(range(1, 99)))
    gate = grown(blocks)
    assert len(blocks.measured) == 11  # half of those planned, and one more
    assert gate.complete and gate.verdict == "INVALID" and NOISY.message in gate.headline


def test_time_that_is_up_ends_it_with_all_that_is_left_of_the_certainty(monkeypatch):
    for number, taken in ((10, [(10, ALPHA)]), (12, [(12, ALPHA)]), (15, [(12, FIRST), (15, ALPHA - FIRST)])):
        blocks = MadeUpBlocks(ratios=UNCLEAR, noise=0.05)
        gate = grown(blocks, deadline=until_time_is_up(monkeypatch, blocks, number))
        assert len(blocks.measured) == number and looks(gate) == taken
        assert gate.complete and gate.verdict == "INCONCLUSIVE"


def test_time_that_is_up_after_a_spoiled_block_leaves_nothing_of_the_certainty_unspent(monkeypatch):
    blocks = MadeUpBlocks(ratios=UNCLEAR, noise=0.05, change=spoiled([13]))
    gate = grown(blocks, deadline=until_time_is_up(monkeypatch, blocks, 13))
    assert looks(gate) == [(12, FIRST), (12, ALPHA - FIRST)]
    assert {decided.alpha for decided in gate.decisions} == {ALPHA - FIRST}


def test_no_blocks_are_looked_at_twice_while_there_is_time():
    gates = list(grow(begun(), MadeUpBlocks(ratios=UNCLEAR, noise=0.05, change=spoiled([13, 14])), Until(20)))
    assert looks(gates[13]) == [(12, FIRST)]
    assert looks(gates[-1]) == [(12, FIRST), (20, ALPHA - FIRST)] and len(gates) == 22


def test_time_that_is_up_at_once_is_inconclusive(monkeypatch):
    blocks = MadeUpBlocks(ratios={CPU: 9.0})
    gate = grown(blocks, deadline=until_time_is_up(monkeypatch, blocks, 1))
    assert (
        gate.verdict == "INCONCLUSIVE"
        and "could not have failed with 1 block and" in gate.headline
        and len(blocks.measured) == 1
    )


def test_what_ends_a_block_ends_the_gate():
    blocks = MadeUpBlocks(ends={3: KeyboardInterrupt()})
    gates = grow(begun(), blocks, Until(20))
    assert len(next(gates).trials) == 2 and len(next(gates).trials) == 4
    with pytest.raises(KeyboardInterrupt):
        next(gates)
    with pytest.raises(BenchError, match="head: it does not start"):
        next(grow(begun(), MadeUpBlocks(ends={WARM_UP: BenchError("head: it does not start")}), Until(20)))


def test_orders_are_those_of_the_seed():
    one, other, another = (MadeUpBlocks() for _ in range(3))
    grown(one, seed=1), grown(other, seed=1)
    assert one.orders == other.orders
    different = []
    for seed in range(2, 8):
        another = MadeUpBlocks()
        grown(another, seed=seed)
        different.append(another.orders != one.orders)
    assert any(different)


def test_trials_are_added_and_a_spoiled_block_is_told():
    trials = [arm_trial("base", 1, {}), spoiled([1])(arm_trial("head", 1, {}))]
    gate = with_trials(begun(), trials)
    assert gate.trials == trials and gate.spoiled == [1]


def test_gate_whose_arms_are_mixed_up_measures_no_further():
    blocks = MadeUpBlocks(change=to(HEAD, range(1, 99), build=BUILDS[BASE]))
    gate = grown(blocks)
    assert gate.verdict == "INVALID" and gate.complete and blocks.measured == [1]
