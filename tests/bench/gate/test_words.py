import pytest
from made_up_gate import CPU, LATE_TTFT, STOP, begun, losing, made, to, without

from bench.gate import words
from bench.gate.conclude import conclude, judge
from bench.gate.record import Arm, LostTurns
from bench.gate.rule import ALPHA, Look
from bench.results import Statistics


def only(gate, name):
    (decided,) = [decided for decided in gate.decisions if decided.name == name]
    return decided


def silent(measured):
    """Falls silent at once, as the base does."""
    return measured.model_copy(
        update={"metrics": {**measured.metrics, "stop_seconds": Statistics(count=50, values={"p50": 0.0})}}
    )


def test_pass_says_of_whom_and_against_what():
    assert made(blocks=12).headline == (
        "PASS: quart at HEAD (987654321) is no worse than allowed (12 blocks against main (012345678))."
    )


def test_failure_says_what_is_worse_by_how_much_and_what_would_be_allowed():
    who, _, why = made({CPU: 1.3}).headline.replace("\N{MULTIPLICATION SIGN}", "x").partition(": Processor")
    assert who == "FAIL: quart at HEAD (987654321) is worse (20 blocks against main (012345678))"
    assert why == " time per turn x1.30 [1.28, 1.32], allowed x1.05."


def test_every_failure_is_named_lost_turns_first():
    gate = made({CPU: 1.3, LATE_TTFT: 2.0}, change=losing(2))
    lost, cpu, late = words.failing(gate)
    assert lost == "40 turns lost, by the base 0, in 20 blocks more than the base (lost_chunk 40)"
    assert cpu.startswith("Processor time per turn \N{MULTIPLICATION SIGN}1.3") and late.startswith(
        "Time to first words that the server"
    )
    assert all(told in gate.headline for told in (lost, cpu, late))


def test_inconclusive_claims_neither():
    gate = made({CPU: 1.08}, noise=0.05)
    assert gate.headline.startswith(
        "INCONCLUSIVE: whether quart at HEAD (987654321) is worse is not decided "
        "(20 blocks against main (012345678)): Processor time per turn would have failed from \N{MULTIPLICATION SIGN}1."
    )


def test_single_block_is_no_plural():
    gate = made(blocks=1)
    assert "(1 block against" in gate.headline
    assert words.visible(gate.decisions[0]) == "could not have failed with 1 block and this scatter"


def test_invalid_says_the_first_fault_alone():
    gate = made(change=to("head", [3], build="x"))
    assert gate.headline.startswith("INVALID: the head is HEAD, build bbbb2222, but") and "\n" not in gate.headline


@pytest.mark.parametrize(
    ("arm", "name"),
    [
        (Arm(ref="main", commit="0123456789" * 4), "main (012345678)"),
        (Arm(ref="0123456", commit="0123456789" * 4), "0123456"),
        (Arm(ref="0123456789" * 4, commit="0123456789" * 4), "012345678901"),
        (Arm(ref="worktree", commit="0123456789" * 4, dirty=True), "worktree (012345678, with changes)"),
        (Arm(ref="a-run-of-last-week"), "a-run-of-last-week"),
    ],
)
def test_revision_is_called_as_it_was_asked_for_with_its_commit(arm, name):
    assert words.name_of(begun(head=arm), "head") == name
    assert words.name_of(begun(base=arm), "base") == name


def test_number_of_blocks_is_that_of_the_last_look_even_where_no_metric_was_measured():
    assert words.blocks(made(change=lambda measured: measured.model_copy(update={"metrics": {}}))) == 20
    assert words.blocks(judge(begun(trials=made().trials))) == 0


def test_where_it_is_0_the_change_is_a_difference():
    decided = only(made(change=silent), "stop_seconds.p50")
    assert decided.verdict == "PASS" and words.factor(decided) == "+0 ms [0 ms, 0 ms]"
    assert words.allowed(decided) == "\N{MULTIPLICATION SIGN}1.10 or +20 ms"


def test_undecided_zero_is_not_called_noise():
    gate = conclude(made(blocks=5, change=silent), Look(5, ALPHA))
    decided = only(gate, "stop_seconds.p50")
    assert words.visible(decided) == "is +0 ms, and was 0 in some of 5 blocks"


def test_what_the_head_no_longer_has_is_not_measured():
    decided = only(made(change=without(STOP, arms=["head"])), "stop_seconds.p50")
    assert words.factor(decided) == "not measured, too few turns answered in 20 blocks"
    few = only(made(blocks=5, change=without(STOP, arms=["head"])), "stop_seconds.p50")
    assert few.verdict == "INCONCLUSIVE"
    assert words.visible(few) == "was measured in none of 5 blocks, too few turns answered in 5 blocks"


def test_blocks_without_an_answer_are_told_beside_the_numbers_of_the_others():
    decided = only(made({STOP: 0.5}, change=without(STOP, range(1, 4), ["head"])), "stop_seconds.p50")
    shown = words.factor(decided).replace("\N{MULTIPLICATION SIGN}", "x")
    assert shown.startswith("x0.5") and shown.endswith("], too few turns answered in 3 blocks")


def test_what_too_few_blocks_have_is_said_with_their_number():
    for blocks, missing, told in ((12, 4, "8 of 12 blocks"), (16, 5, "11 of 16 blocks"), (3, 2, "1 of 3 blocks")):
        few = only(made(blocks=blocks, change=without(STOP, range(1, missing + 1))), "stop_seconds.p50")
        assert few.verdict == "INCONCLUSIVE" and words.visible(few) == f"was measured in only {told}"
    neither = only(made(change=without(STOP)), "stop_seconds.p50")
    assert words.factor(neither) == "not measured" and words.visible(neither) == "was measured in none of 20 blocks"


def test_floor_is_told_where_it_is_what_counts():
    decided = only(made(), "stop_seconds.p50")
    assert words.allowed(decided) == "\N{MULTIPLICATION SIGN}1.10"
    assert words.allowed(decided.model_copy(update={"base": 0.1})) == "\N{MULTIPLICATION SIGN}1.10 or +20 ms"


def test_lost_turns_are_told_with_why():
    none = LostTurns(verdict="PASS", base=3, head=0, blocks_worse=0)
    assert words.lost(none) == "no turn lost, where the base lost 3"
    fewer = LostTurns(verdict="PASS", base=3, head=1, blocks_worse=0, failures={"closed": 1})
    assert words.lost(fewer) == "1 turn lost, by the base 3 (closed 1)"
    one = LostTurns(verdict="INCONCLUSIVE", base=0, head=3, blocks_worse=1, failures={"closed": 1, "unfinished": 2})
    assert words.lost(one) == "3 turns lost, by the base 0, in 1 block more than the base (closed 1, unfinished 2)"
