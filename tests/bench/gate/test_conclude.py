import pytest
from made_up_gate import (
    CPU,
    CROSS_TALK,
    DIED,
    DOUBT,
    LATE_TTFT,
    MEMORY,
    STOP,
    TTFT,
    begun,
    losing,
    made,
    spoiled,
    to,
    verdicts,
    without,
)  # fmt: skip

from bench import units
from bench.gate.conclude import conclude, is_settled, judge
from bench.gate.gated import GATED
from bench.gate.record import Looked
from bench.gate.rule import ALPHA, Look
from bench.results import Statistics, Turns

NAMES = {CPU: "cpu_seconds_per_turn", MEMORY: "memory_bytes_per_session", TTFT: "ttft_added_seconds.p50",
         LATE_TTFT: "ttft_added_seconds.p95", STOP: "stop_seconds.p50"}  # fmt: skip
NOISE = 0.6
"""In which nothing can be told of anything."""


def invalid(gate):
    return {reason.check for reason in gate.reasons if reason.verdict == "INVALID"}


def test_no_change_passes():
    gate = made()
    assert gate.verdict == "PASS" and gate.reasons == []
    assert verdicts(gate) == dict.fromkeys(NAMES.values(), "PASS")
    assert gate.lost.verdict == "PASS" and (gate.lost.base, gate.lost.head) == (0, 0)
    assert is_settled(gate)


def test_better_head_passes():
    assert made({CPU: 0.7, STOP: 0.2}).verdict == "PASS"


@pytest.mark.parametrize("metric", NAMES, ids=NAMES.values())
def test_what_is_worse_shuts_the_gate_under_its_own_name(metric):
    gate = made({metric: 1.5})
    assert gate.verdict == "FAIL"
    assert [name for name, verdict in verdicts(gate).items() if verdict == "FAIL"] == [NAMES[metric]]
    (decided,) = [decided for decided in gate.decisions if decided.verdict == "FAIL"]
    assert decided.title in gate.headline
    assert decided.ratio.low < 1.5 < decided.ratio.high and decided.blocks == 20
    assert is_settled(gate)


def test_noise_is_inconclusive_and_tells_the_smallest_change_that_would_have_been_seen():
    gate = made(noise=NOISE)
    assert gate.verdict == "INCONCLUSIVE" and not is_settled(gate)
    (cpu, *_) = gate.decisions
    assert cpu.verdict == "INCONCLUSIVE" and cpu.visible_ratio > 1.1
    assert f"Processor time per turn would have failed from {units.factor(cpu.visible_ratio)} on" in gate.headline


def test_one_undecided_metric_keeps_the_others_from_passing():
    gate = made({CPU: 1.08}, noise=0.05)
    assert verdicts(gate)["cpu_seconds_per_turn"] == "INCONCLUSIVE"
    assert list(verdicts(gate).values()).count("PASS") == 4
    assert gate.verdict == "INCONCLUSIVE"


def test_failure_counts_though_others_are_undecided():
    assert made({CPU: 1.08, MEMORY: 1.5}, noise=0.05).verdict == "FAIL"


@pytest.mark.parametrize("blocks", [0, 1, 5, 8])
def test_too_few_blocks_are_no_pass_and_no_failure(blocks):
    gate = made({CPU: 3.0}, blocks=blocks)
    assert gate.verdict == "INCONCLUSIVE"
    assert len(gate.decisions) == len(GATED) and set(verdicts(gate).values()) == {"INCONCLUSIVE"}


def test_nothing_measured_that_could_be_gated_is_no_pass():
    gate = made(change=lambda measured: measured.model_copy(update={"metrics": {}}))
    assert verdicts(gate) == dict.fromkeys(NAMES.values(), "INCONCLUSIVE") and gate.lost.verdict == "PASS"
    assert gate.verdict == "INCONCLUSIVE"
    assert gate.headline.count("was measured in none of 20 blocks") == len(GATED)


def test_gate_that_was_ended_before_any_look_is_invalid():
    gate = judge(begun(trials=made().trials))
    assert gate.verdict == "INVALID" and invalid(gate) == {"decision"}
    assert "before it had come to a decision; blocks that count: 20" in gate.headline


@pytest.mark.parametrize("metric", NAMES, ids=NAMES.values())
def test_metric_that_no_block_has_is_not_left_out_and_no_pass(metric):
    gate = made(change=without(metric))
    assert verdicts(gate)[NAMES[metric]] == "INCONCLUSIVE" and len(gate.decisions) == len(GATED)
    assert gate.verdict == "INCONCLUSIVE" and "was measured in none of 20 blocks" in gate.headline


@pytest.mark.parametrize("metric", [TTFT, LATE_TTFT, STOP])
def test_percentile_that_the_head_alone_does_not_have_shuts_the_gate(metric):
    """A head that can no longer be interrupted has no time to silence."""
    gate = made(change=without(metric, arms=["head"]))
    assert verdicts(gate)[NAMES[metric]] == "FAIL" and gate.verdict == "FAIL"
    assert {decided.missing for decided in gate.decisions if decided.verdict == "FAIL"} == {20}
    assert "not measured, too few turns answered in 20 blocks" in gate.headline


@pytest.mark.parametrize("arm", ["base", "head"])
@pytest.mark.parametrize("metric", [CPU, MEMORY])
def test_what_could_not_be_watched_of_one_is_no_pass_and_no_failure(metric, arm):
    gate = made(change=without(metric, arms=[arm]))
    assert verdicts(gate)[NAMES[metric]] == "INCONCLUSIVE" and gate.verdict == "INCONCLUSIVE"


@pytest.mark.parametrize(("missing", "verdict"), [(1, "PASS"), (5, "INCONCLUSIVE"), (16, "FAIL")])
def test_head_that_answers_too_few_turns_in_some_blocks_has_its_worst_there(missing, verdict):
    """However good it is in the others, of which the numbers are."""
    gate = made({LATE_TTFT: 0.5}, change=without(LATE_TTFT, range(1, missing + 1), ["head"]), noise=0.01)
    (late,) = [decided for decided in gate.decisions if decided.name == NAMES[LATE_TTFT]]
    assert late.missing == missing and late.blocks == late.of_blocks == 20
    assert late.ratio.center == pytest.approx(0.5, rel=0.02)
    assert late.verdict == gate.verdict == verdict


@pytest.mark.parametrize(("missing", "verdict"), [(5, "PASS"), (6, "INCONCLUSIVE")])
def test_metric_passes_where_three_quarters_of_the_blocks_have_it(missing, verdict):
    gate = made(change=without(CPU, blocks=range(1, missing + 1)))
    found = {decided.name: (decided.blocks, decided.of_blocks) for decided in gate.decisions}
    assert found == {**dict.fromkeys(NAMES.values(), (20, 20)), NAMES[CPU]: (20 - missing, 20)}
    assert verdicts(gate)[NAMES[CPU]] == gate.verdict == verdict
    assert ("Processor time per turn was measured in only 14 of 20 blocks" in gate.headline) == (missing == 6)


def test_metric_that_is_worse_where_it_was_measured_fails_though_few_blocks_have_it():
    assert made({CPU: 1.5}, change=without(CPU, blocks=range(1, 9))).verdict == "FAIL"


@pytest.mark.parametrize("accepted", ["ttft_added_seconds.p95", "ttft_added_seconds"])
def test_what_is_accepted_does_not_count_and_is_told(accepted):
    gate = made({LATE_TTFT: 1.5}, accepted=[accepted])
    assert gate.verdict == "PASS" and verdicts(gate)["ttft_added_seconds.p95"] == "FAIL"
    assert {decided.name for decided in gate.decisions if decided.accepted} >= {"ttft_added_seconds.p95"}
    assert "Accepted as it is: Time to first words that the server added, p95." in gate.headline


def test_accepting_one_metric_takes_no_other():
    gate = made({LATE_TTFT: 1.5, CPU: 1.5}, accepted=["ttft_added_seconds.p95"])
    assert gate.verdict == "FAIL"
    assert [decided.name for decided in gate.decisions if decided.accepted] == ["ttft_added_seconds.p95"]


def test_accepting_everything_that_was_measured_is_told_where_nothing_is_decided_too():
    gate = made({CPU: 1.5}, change=without(MEMORY), accepted=["cpu_seconds_per_turn"])
    assert gate.verdict == "INCONCLUSIVE" and "Accepted as it is: Processor time per turn." in gate.headline


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ({"turns": Turns(ok=44, failed=6), "failures": {"lost_chunk": 6}}, {"lost_chunk": 12}),
        ({"turns": Turns(ok=44, unfinished=6)}, {"unfinished": 12}),
        ({"turns": Turns(ok=44, unfinished=6), "reasons": [DIED]}, {"server died": 2, "unfinished": 12}),
        ({"turns": Turns(ok=44, failed=6), "reasons": [CROSS_TALK]}, {"cross-talk": 2}),
    ],
)
def test_head_that_begins_to_lose_turns_shuts_the_gate(what, named):
    gate = made(change=to("head", [4, 9], **what))
    assert gate.verdict == "FAIL" and gate.lost.verdict == "FAIL"
    assert gate.lost.failures == named and gate.lost.blocks_worse == 2 and gate.lost.base == 0
    assert f", by the base 0, in 2 blocks more than the base ({next(iter(named))} " in gate.headline
    assert invalid(gate) == set()


@pytest.mark.parametrize(("blocks", "verdict"), [(2, "INCONCLUSIVE"), (10, "INCONCLUSIVE"), (11, "FAIL")])
def test_server_that_breaks_and_loses_no_turn_loses_one_in_each_block(blocks, verdict):
    gate = made(change=to("head", range(1, blocks + 1), reasons=[DIED]))
    assert gate.lost.verdict == gate.verdict == verdict and gate.lost.head == blocks


def test_people_who_are_never_served_are_lost_and_named():
    """Who is kept waiting at the door asks nothing that could fail."""

    def left_out(measured):
        unserved = Statistics(count=40, values={"value": 0.15})
        return to("head", [4, 9], metrics={**measured.metrics, "unserved_ratio": unserved})(measured)

    gate = made(change=left_out)
    assert gate.verdict == "FAIL" and gate.lost.head == 12 and gate.lost.failures == {"never_served": 12}


def test_base_that_loses_turns_shuts_nothing():
    gate = made(change=to("base", [4, 9], reasons=[DIED]))
    assert gate.verdict == "PASS" and (gate.lost.base, gate.lost.head) == (2, 0)


def test_one_block_with_lost_turns_is_no_pass():
    assert made(change=losing(1, blocks=[7])).verdict == "INCONCLUSIVE"


def test_accepted_lost_turns_do_not_count_and_are_told():
    gate = made(change=losing(2), accepted=["lost_turns"])
    assert gate.verdict == "PASS" and gate.lost.verdict == "FAIL" and gate.lost.accepted
    assert gate.headline.endswith("Accepted as it is: lost turns.")


def test_spoiled_blocks_do_not_count():
    gate = made({}, 24, change=spoiled(range(1, 5)))
    assert gate.verdict == "PASS"
    assert {decided.blocks for decided in gate.decisions} == {20}


def test_what_a_spoiled_block_lost_does_not_count_either():
    gate = made({}, 24, change=lambda measured: losing(5, blocks=range(1, 5))(spoiled(range(1, 5))(measured)))
    assert gate.lost.head == 0 and gate.verdict == "PASS"


@pytest.mark.parametrize(("number", "verdict"), [(5, "PASS"), (6, "INVALID")])
def test_more_than_a_quarter_of_spoiled_blocks_is_invalid(number, verdict):
    gate = made({}, 20 + number, change=spoiled(range(1, number + 1)))
    assert gate.verdict == verdict
    if verdict == "INVALID":
        assert invalid(gate) == {"spoiled blocks"}
        assert "6 blocks were spoiled and only 20 count: the hypervisor gave others" in gate.headline


def test_failure_on_a_machine_that_spoiled_too_much_is_invalid():
    assert made({CPU: 2.0}, 26, change=spoiled(range(1, 7))).verdict == "INVALID"


def test_doubts_are_told_once_and_decide_nothing():
    gate = made(change=to("base", [2, 3, 4], reasons=[DOUBT]))
    assert gate.verdict == "PASS"
    assert [(reason.check, reason.verdict) for reason in gate.reasons] == [("schedule", "SUSPECT")]
    assert gate.reasons[0].message.endswith("(in 3 trials)")


def test_mixed_up_arms_are_invalid_whatever_was_measured():
    gate = made({CPU: 2.0}, change=to("head", [3], build="aaaa1111"))
    assert gate.verdict == "INVALID" and invalid(gate) == {"arms"}


def test_each_look_has_its_own_part_of_the_certainty():
    gate = begun(trials=made({CPU: 1.5}).trials, looks=[Looked(blocks=20, alpha=ALPHA)])
    assert conclude(gate, Look(20, ALPHA)).verdict == "FAIL"
    strict = conclude(gate, Look(20, 1e-9))
    assert strict.verdict == "INCONCLUSIVE" and {decided.alpha for decided in strict.decisions} == {1e-9}


def test_judging_again_changes_nothing():
    for gate in (made(), made({CPU: 1.5}), made(noise=NOISE), made(change=to("head", [3], build="x"))):
        assert judge(gate) == gate
