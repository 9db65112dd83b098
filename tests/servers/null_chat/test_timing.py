from dataclasses import replace
from itertools import islice, pairwise
from statistics import mean

import pytest

from servers.null_chat.timing import Plan, Timing, freeze_pauses, plan_reply

STEADY = Timing(first_seconds=0.2, gap_seconds=0.05, chunks=4, spread=0.0)


def plans(timing: Timing, count: int = 400) -> list[Plan]:
    return [plan_reply(timing, 1, f"#{number} how far is it?") for number in range(count)]


def test_plan_depends_on_seed_and_prompt_alone() -> None:
    timing = Timing()
    assert plan_reply(timing, 1, "#a why?") == plan_reply(timing, 1, "#a why?")
    assert plan_reply(timing, 1, "#a why?") != plan_reply(timing, 1, "#b why?")
    assert plan_reply(timing, 1, "#a why?") != plan_reply(timing, 2, "#a why?")


def test_without_spread_everything_comes_as_told() -> None:
    assert plan_reply(STEADY, 1, "why?").dues_nanoseconds == pytest.approx((200e6, 250e6, 300e6, 350e6), abs=2)


def test_spread_keeps_within_its_share_of_the_mean() -> None:
    drawn = plans(replace(STEADY, spread=0.5))
    firsts = [plan.dues_nanoseconds[0] for plan in drawn]
    gaps = [later - earlier for plan in drawn for earlier, later in pairwise(plan.dues_nanoseconds)]
    counts = {len(plan.dues_nanoseconds) for plan in drawn}
    assert 100e6 <= min(firsts) < 110e6 and 290e6 < max(firsts) <= 300e6
    assert min(gaps) >= 25e6 - 1 and max(gaps) <= 75e6 + 1
    assert mean(gaps) == pytest.approx(50e6, rel=0.05)
    assert counts == {2, 3, 4, 5, 6}


def test_reply_has_a_chunk_at_least() -> None:
    assert min(len(plan.dues_nanoseconds) for plan in plans(replace(STEADY, chunks=1, spread=1.0))) == 1


def test_stall_holds_up_one_chunk_and_all_after_it() -> None:
    stalling = replace(STEADY, stall_share=1.0, stall_seconds=1.0)
    for plan in plans(stalling, 20):
        waits = [later - earlier for earlier, later in pairwise((0, *plan.dues_nanoseconds))]
        stalled = [wait for wait in waits if wait > 900e6]
        assert plan.stalled and len(stalled) == 1


def test_share_of_replies_stalls() -> None:
    assert 25 < sum(plan.stalled for plan in plans(replace(STEADY, stall_share=0.1))) < 60


def test_stalls_do_not_change_the_rest_of_a_plan() -> None:
    calm, stalling = plans(Timing()), plans(Timing(stall_share=0.3))
    for one, other in zip(calm, stalling, strict=True):
        assert len(one.dues_nanoseconds) == len(other.dues_nanoseconds)
        assert other.stalled or one == other


def test_freezes_are_seeded_and_around_their_mean() -> None:
    timing = Timing(freeze_every_seconds=2.0)
    pauses = list(islice(freeze_pauses(timing, 1), 300))
    assert pauses == list(islice(freeze_pauses(timing, 1), 300))
    assert min(pauses) >= 1e9 and max(pauses) <= 3e9
    assert mean(pauses) == pytest.approx(2e9, rel=0.05)


def test_there_are_no_freezes_unless_asked_for() -> None:
    assert list(freeze_pauses(Timing(), 1)) == []
