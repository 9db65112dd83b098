import pytest
from made_up import trial
from made_up_gate import CPU, CROSS_TALK, DIED, DOUBT, LATE_TTFT, NOISY, arm_trial, without

from bench.gate.gated import BY_NAME
from bench.gate.losses import Lost
from bench.gate.pairs import Block, blocks_of, is_spoiled, lost_turns
from bench.gate.rule import Pair
from bench.results import Turns


def block(base=None, head=None) -> Block:
    return Block(1, base or arm_trial("base", 1, {}), head or arm_trial("head", 1, {}))


def test_blocks_are_those_with_both_arms_in_order_however_they_were_measured():
    trials = [
        *(trial("head", number=2), trial("base", number=2)),
        *(trial("base", number=1), trial("head", number=1)),
        trial("base", number=3),
    ]
    blocks = blocks_of(trials, "base", "head")
    assert [found.number for found in blocks] == [1, 2]
    assert all((found.base.target, found.head.target) == ("base", "head") for found in blocks)


def test_pair_is_what_each_arm_has_of_a_metric():
    base, head = trial("base", numbers={CPU: 0.004}), trial("head", numbers={CPU: 0.006})
    assert block(base, head).pair(BY_NAME["cpu_seconds_per_turn"]) == Pair(0.004, 0.006)


@pytest.mark.parametrize("arm", ["base", "head"])
def test_block_in_which_one_arm_has_no_value_has_no_pair(arm):
    arms = {name: without(LATE_TTFT, arms=[arm])(arm_trial(name, 1, {})) for name in ("base", "head")}
    assert block(**arms).pair(BY_NAME["ttft_added_seconds.p95"]) is None


def test_percentile_of_too_few_turns_is_no_pair():
    few = arm_trial("head", 1, {})
    few.metrics["ttft_added_seconds"].values["p95"] = None
    assert block(head=few).pair(BY_NAME["ttft_added_seconds.p95"]) is None
    assert block(head=few).pair(BY_NAME["ttft_added_seconds.p50"])


@pytest.mark.parametrize(
    ("reasons", "spoils"),
    [([], False), ([NOISY], True), ([DOUBT], False), ([DIED], False), ([CROSS_TALK], False), ([DIED, NOISY], True)],
)
def test_noise_spoils_a_block_and_what_the_server_did_does_not(reasons, spoils):
    head = trial("head", reasons=reasons)
    assert is_spoiled(head) is spoils
    assert block(head=head).spoiled is spoils
    assert block(base=head).spoiled is spoils


@pytest.mark.parametrize(
    ("turns", "reasons", "lost"),
    [
        (Turns(ok=50), [], 0),
        (Turns(ok=50, failed=2), [], 2),
        (Turns(ok=50, unfinished=3), [], 3),
        (Turns(ok=50, failed=2, unfinished=3), [DIED], 5),
        (Turns(ok=50), [DIED], 1),
        (Turns(ok=50), [CROSS_TALK], 1),
        (Turns(ok=50), [NOISY], 0),
    ],
)
def test_lost_are_turns_that_failed_or_never_ended_and_one_where_the_server_broke(turns, reasons, lost):
    broken = trial("head", turns=turns, reasons=reasons)
    assert lost_turns(broken) == lost
    assert block(head=broken).lost == Lost(0, lost)
    assert block(base=broken).lost == Lost(lost, 0)
