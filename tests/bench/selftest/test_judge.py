import pytest
from made_up_gate import CPU, MEMORY, TTFT, losing, spoiled, to, without
from made_up_selftest import FOUND, INJECTED, begun, block_of, made, without_fault, wrong

from bench.gate.record import BASE, HEAD
from bench.gate.rule import LEAST_BLOCKS
from bench.selftest.command import code_of
from bench.selftest.faults import BLIND, FAULTS, SAME
from bench.selftest.judge import gate_of, judge, missing_blocks, named

NAMES = [fault.name for fault in FAULTS]
FAULTY = [fault.name for fault in FAULTS if fault.shows_in]


def check_of(test, fault):
    (check,) = [check for check in test.checks if check.fault == fault]
    return check


def test_all_is_proved_where_every_fault_shows_where_it_has_to():
    test = made()
    assert test.green and wrong(test) == [] and code_of(test) == 0
    assert [check.fault for check in test.checks] == [*NAMES, BLIND]
    assert test.headline == "The gate works on this machine: 6 of 6 faults were told as they have to be."
    assert {check.fault: check.injected for check in test.checks if check.injected} == INJECTED


@pytest.mark.parametrize("fault", [name for name in FAULTY if name != "drop"])
def test_fault_that_the_gate_misses_is_red(fault):
    test = made(found=without_fault(fault))
    assert wrong(test) == [fault] and not test.green and code_of(test) == 1
    assert test.headline == f"The gate is not to be trusted on this machine: it was wrong about {fault}."


def test_fault_that_drowns_in_noise_is_red_and_the_noise_is_blamed():
    test = made(noise=0.6)
    assert {"cpu", "memory"} <= set(wrong(test)) and code_of(test) == 1
    assert all(check.verdict == "INCONCLUSIVE" for check in test.checks if not check.proved)
    assert test.headline.startswith("The gate is not to be relied on here: this machine is too noisy for it to see ")


def test_lost_turns_that_the_gate_misses_are_red():
    test = made(change=losing(0, arm="drop"))
    assert wrong(test) == ["drop"] and code_of(test) == 1


@pytest.mark.parametrize("fault", [name for name in FAULTY if name != "drop"])
def test_fault_that_shows_elsewhere_alone_is_not_proved(fault):
    elsewhere = {MEMORY: 2.0} if fault != "memory" else {CPU: 2.0}
    test = made(found={**FOUND, fault: elsewhere})
    assert check_of(test, fault).verdict == "FAIL" and wrong(test) == [fault]


def test_same_code_that_fails_is_red():
    test = made(found={**FOUND, SAME: {CPU: 1.5}})
    assert wrong(test) == [SAME] and code_of(test) == 1
    assert check_of(test, SAME).headline.startswith("FAIL: Processor time per turn")


def test_same_code_about_which_nothing_is_decided_is_no_false_alarm():
    test = made(found={**FOUND, SAME: {CPU: 1.07}})
    assert check_of(test, SAME).verdict == "INCONCLUSIVE" and check_of(test, SAME).proved


def test_same_code_of_which_nothing_was_measured_proves_nothing():
    """Lost turns alone would not have shown a false alarm of anything else."""
    for missing, red in ((range(1, 99), True), (range(1, 2), True), (range(2, 2), False)):

        def unmeasured(trial, missing=missing):
            gone = trial.target == SAME and trial.trial in missing
            return trial.model_copy(update={"metrics": {}}) if gone else trial

        test = made(LEAST_BLOCKS, change=unmeasured)
        assert (SAME in wrong(test)) is red and code_of(test) == int(red)


def test_same_code_needs_only_one_metric_that_was_measured():
    test = made(change=without(CPU, arms=[SAME]))
    assert check_of(test, SAME).proved and check_of(test, SAME).verdict == "INCONCLUSIVE"


def test_gate_that_does_not_see_that_it_reads_the_base_twice_is_red():
    def claims(trial):
        return to(BLIND, [11], build=begun().head.build)(trial)

    test = made(change=claims)
    assert wrong(test) == [BLIND] and code_of(test) == 1


def test_blind_gate_is_caught_by_its_builds_and_by_nothing_else():
    check = check_of(made(), BLIND)
    assert check.proved and check.verdict == "INVALID"
    assert [reason.check for reason in check.reasons if reason.verdict == "INVALID"] == ["arms"]


def test_blind_gate_that_is_invalid_for_another_reason_is_not_caught():
    def spoilt(trial):
        return spoiled(range(12, 15), BLIND)(to(BLIND, range(99), build=begun().head.build)(trial))

    again = [trial for block in range(12, 15) for trial in block_of(block, [BASE, BLIND], spoilt)]
    test = judge(begun(trials=[*made(change=spoilt).trials, *again], complete=True))
    assert check_of(test, BLIND).verdict == "INVALID" and wrong(test) == [BLIND]


@pytest.mark.parametrize("arm", [BASE, "memory"])
def test_what_the_machine_spoiled_says_nothing_of_the_gate(arm):
    test = made(15, change=spoiled(range(1, 6), arm))
    assert test.spoiled and not test.green and code_of(test) == 3
    assert test.headline.startswith("Nothing is said of the gate: the machine spoiled too many blocks of ")
    assert all(check.spoiled for check in test.checks if check.fault in wrong(test))


def test_what_is_wrong_counts_though_something_else_was_spoiled():
    test = made(15, change=spoiled(range(1, 6), "memory"), found=without_fault("cpu"))
    assert set(wrong(test)) == {"cpu", "memory"} and code_of(test) == 1
    assert test.headline.endswith("it was wrong about cpu.")


def test_few_spoiled_blocks_prove_as_much():
    test = made(12, change=spoiled([2, 7], "memory"))
    assert test.green and {decided.blocks for decided in check_of(test, "memory").decisions} == {10}


def test_what_was_ended_by_hand_is_not_green():
    test = made(complete=False)
    assert wrong(test) == [] and not test.green and code_of(test) == 130
    assert test.headline == "The self-test was ended before all was measured, and proves nothing."
    nothing = judge(begun())
    assert nothing.checks == [] and not nothing.green and code_of(nothing) == 130
    assert not judge(begun(complete=True)).green


def test_fault_of_unknown_size_is_not_proved():
    """What the base costs was not known, so that next to nothing was put in, and next to nothing is found."""
    test = made(found={**FOUND, "cpu": {CPU: 1.0002}}, change=to("cpu", range(1, 11), injected="cpu=1us"))
    assert wrong(test) == ["cpu"] and check_of(test, "cpu").injected == "cpu=1us"


def test_gate_of_a_fault_holds_base_and_fault_alone():
    gate = gate_of(made(), "sleep")
    assert {trial.target for trial in gate.trials} == {BASE, HEAD}
    assert len(gate.trials) == 2 * 10 + 1  # the base of the blind gate's block has no partner here
    assert gate.head.injected == "sleep=3ms" and gate.base.injected == ""
    assert gate.verdict == "FAIL" and "ttft_added_seconds.p50" in named(gate)


def test_trial_that_did_not_run_hides_no_fault_from_the_record():
    assert check_of(made(change=to("sleep", [1], injected="")), "sleep").injected == "sleep=3ms"


def test_everything_that_shuts_a_gate_is_named():
    gate = gate_of(made(found={**FOUND, "drop": {TTFT: 2.0}}), "drop")
    assert named(gate) == ["ttft_added_seconds.p50", "lost_turns"]


def test_blocks_are_missing_until_every_fault_has_enough_that_count():
    trials = [trial for block in (1, 2, 3) for trial in block_of(block, change=spoiled([2], "cpu"))]
    assert missing_blocks([], 10) == 10
    assert missing_blocks(trials, 10) == 8
    assert missing_blocks(trials, 2) == missing_blocks(trials, 1) == 0
