from math import inf

import pytest
from made_up import trial
from made_up_gate import CPU, CROSS_TALK, DIED, DOUBT, LATE_TTFT, MEMORY, NOISY, STOP, arm_trial, without

from bench.gate.gated import BY_NAME
from bench.gate.losses import Lost
from bench.gate.pairs import Block, blocks_of, is_spoiled, lost_turns, unserved_people
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


def block_without(name, *arms) -> Block:
    """One in which these arms do not have a metric."""
    return block(**{arm: without(name, arms=arms)(arm_trial(arm, 1, {})) for arm in ("base", "head")})


@pytest.mark.parametrize("arms", [["base"], ["head"], ["base", "head"]])
@pytest.mark.parametrize("name", [CPU, MEMORY])
def test_block_in_which_one_arm_could_not_be_watched_has_no_pair(name, arms):
    assert block_without(name, *arms).pair(BY_NAME[name.removesuffix(" value")]) is None


@pytest.mark.parametrize(("name", "gated"), [(LATE_TTFT, "ttft_added_seconds.p95"), (STOP, "stop_seconds.p50")])
def test_percentile_that_the_head_alone_lacks_is_the_worst_there_is(name, gated):
    base = arm_trial("base", 1, {}).metrics[name.split()[0]].values[name.split()[1]]
    assert block_without(name, "head").pair(BY_NAME[gated]) == Pair(base, inf)
    assert block_without(name, "base").pair(BY_NAME[gated]) is None
    assert block_without(name, "base", "head").pair(BY_NAME[gated]) is None


def test_percentile_of_too_few_turns_is_one_that_is_lacked():
    few = arm_trial("head", 1, {})
    few.metrics["ttft_added_seconds"].values["p95"] = None
    late = block(head=few).pair(BY_NAME["ttft_added_seconds.p95"])
    assert late and late.head == inf
    median = block(head=few).pair(BY_NAME["ttft_added_seconds.p50"])
    assert median and median.head < inf
    assert block(base=few).pair(BY_NAME["ttft_added_seconds.p95"]) is None


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
        (Turns(), [], 1),
        (Turns(failed=7), [], 7),
    ],
)
def test_lost_are_turns_that_failed_or_never_ended_and_one_where_the_server_broke(turns, reasons, lost):
    broken = trial("head", turns=turns, reasons=reasons)
    assert lost_turns(broken) == lost
    assert block(head=broken).lost == Lost(0, lost)
    assert block(base=broken).lost == Lost(lost, 0)


@pytest.mark.parametrize(
    ("share", "turns", "reasons", "lost"),
    [
        (0.0, Turns(ok=50), [], 0),
        (0.3, Turns(ok=50), [], 12),
        (0.3, Turns(ok=50, failed=4, unfinished=3), [DIED], 12),
        (0.3, Turns(ok=50, failed=10, unfinished=10), [], 20),
        (1.0, Turns(), [], 40),
        (None, Turns(ok=50, failed=2), [], 2),
    ],
)
def test_people_who_are_never_served_are_lost_where_they_are_more_than_the_turns(share, turns, reasons, lost):
    """Those who wait at the door attempt no turn that could fail."""
    waiting = trial("head", turns=turns, reasons=reasons, numbers={"unserved_ratio value": share}, count=40)
    assert lost_turns(waiting) == lost
    assert unserved_people(waiting) == round(40 * (share or 0))
