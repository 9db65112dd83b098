import pytest
from made_up import case, course, run, trial, trials

from bench.results import Reason, Turns
from bench.validity import is_usable, is_worth_repeating, judge_run


def spoiled(check="load generator lag", verdict="INVALID", **fields):
    return trial(reasons=[Reason(check=check, verdict=verdict, message="late")], **fields)


def test_superseded_trial_is_not_usable_however_good():
    assert not is_usable(trial(superseded=True))


def test_only_an_invalid_reason_makes_a_trial_unusable():
    assert is_usable(spoiled(verdict="SUSPECT"))
    assert not is_usable(spoiled(verdict="INVALID"))


def test_run_without_reasons_is_valid():
    validity = judge_run(run(*trials()))
    assert (validity.verdict, validity.reasons) == ("VALID", [])


def test_suspect_trial_makes_the_run_suspect_and_is_kept():
    validity = judge_run(run(spoiled(verdict="SUSPECT"), trial(number=2)))
    assert validity.verdict == "SUSPECT"
    assert "1 of 2 windows kept: flask talk at 2 in trial 1" in validity.reasons[0].message


def test_one_noisy_trial_among_good_ones_is_left_out_and_leaves_the_run_suspect():
    validity = judge_run(run(spoiled(), trial(number=2)))
    assert validity.verdict == "SUSPECT"
    assert "1 of 2 windows left out of every estimate: flask talk at 2 in trial 1" in validity.reasons[0].message


def test_case_without_a_usable_trial_makes_the_run_invalid():
    assert judge_run(run(spoiled(), trial(target="quart"))).verdict == "INVALID"


@pytest.mark.parametrize("check", ["two ledgers", "lost turns", "cross-talk"])
def test_broken_bookkeeping_in_one_trial_makes_the_run_invalid(check):
    assert judge_run(run(spoiled(check), trial(number=2))).verdict == "INVALID"


def test_check_that_fell_on_many_trials_is_told_once():
    validity = judge_run(run(spoiled(), spoiled(number=2), trial(number=3)))
    (reason,) = validity.reasons
    assert "2 of 3 windows" in reason.message


def test_long_list_of_windows_is_cut():
    (reason,) = judge_run(run(*(spoiled(number=number) for number in range(1, 10)))).reasons
    assert reason.message.endswith("in trial 6 and 3 more)")


def test_interrupted_run_is_suspect():
    validity = judge_run(run(*trials(), complete=False))
    assert [(reason.check, reason.verdict) for reason in validity.reasons] == [("complete", "SUSPECT")]


def test_run_without_trials_is_invalid():
    assert judge_run(run()).verdict == "INVALID"


def test_too_few_trials_are_said_without_spoiling_the_run():
    validity = judge_run(run(*trials(2), cases=[case(trials=2)]))
    (reason,) = validity.reasons
    assert (validity.verdict, reason.check, reason.verdict) == ("VALID", "number of trials", "VALID")
    assert "talk (2)" in reason.message
    assert "at least 6" in reason.message


def test_noisy_trial_that_was_repeated_is_told_and_leaves_the_run_valid():
    validity = judge_run(run(spoiled(number=1, superseded=True), *trials()))
    assert validity.verdict == "VALID"
    (reason,) = validity.reasons
    assert "1 of 7 windows left out and repeated" in reason.message


def test_check_that_fell_on_the_repetition_too_is_told_of_the_repetition():
    (reason,) = judge_run(run(spoiled(superseded=True), spoiled(order=9), trial(number=2))).reasons
    assert (reason.verdict, "1 of 3 windows left out of every estimate" in reason.message) == ("SUSPECT", True)


def test_trial_that_nothing_stands_in_for_leaves_the_run_suspect():
    assert judge_run(run(spoiled(number=1), *trials())).verdict == "SUSPECT"


@pytest.mark.parametrize("check", ["load generator lag", "greenlet lag", "fake Gemini CPU", "CPU steal"])
def test_trial_spoiled_by_the_machine_is_worth_repeating(check):
    assert is_worth_repeating([trial(), spoiled(check)])


@pytest.mark.parametrize("check", ["server died", "cross-talk", "lost turns", "two ledgers"])
def test_trial_spoiled_by_its_target_or_its_books_is_not_repeated(check):
    assert not is_worth_repeating([spoiled(check), spoiled("load generator lag")])


def test_suspect_trial_is_not_repeated():
    assert not is_worth_repeating([spoiled(verdict="SUSPECT")])


def test_run_in_which_no_turn_succeeded_is_invalid():
    assert judge_run(run(*trials(turns=Turns(failed=3)))).verdict == "INVALID"


def test_checks_that_could_not_be_made_are_noted_and_not_passed_over():
    untold = {"CPU steal": "this system does not tell"}
    validity = judge_run(run(*trials(unchecked=untold)))
    (note,) = validity.reasons
    assert (validity.verdict, note.check, note.verdict) == ("VALID", "not checked", "VALID")
    assert "CPU steal (this system does not tell: every window)" in note.message
    (note,) = judge_run(run(*trials(5), trial(number=6, unchecked=untold))).reasons
    assert "CPU steal (this system does not tell: flask talk at 2 in trial 6)" in note.message


def test_drift_that_too_few_short_trials_could_show_is_noted_as_not_checked():
    (note,) = judge_run(run(*trials(2, course=course(0.5, 0.5)))).reasons
    assert note.check == "not checked"
    assert "drift (too few seconds and trials for a slope: talk at 2 with flask)" in note.message


def test_drift_that_only_shows_over_all_trials_makes_the_run_suspect():
    validity = judge_run(run(*trials(6, course=course(0.5, 0.7, 0.9), window_seconds=3.0)))
    assert [(reason.check, reason.verdict) for reason in validity.reasons] == [("drift", "SUSPECT")]


def test_cut_beginnings_are_noted_with_whose_they_are():
    cut = {"warm_up_cut_seconds": 0.93}
    validity = judge_run(run(*trials(5), trial(target="quart", number=6, instrument=cut)))
    (note,) = validity.reasons
    assert (validity.verdict, note.check) == ("VALID", "warm-up")
    assert "1 of 6 windows" in note.message
    assert "quart talk at 2 in trial 6" in note.message
    assert "chance alone cuts 1 %" in note.message


def test_what_was_not_checked_in_an_invalid_trial_does_not_matter():
    spoiled_too = spoiled(number=7, unchecked={"CPU steal": "this system does not tell"})
    assert [reason.check for reason in judge_run(run(*trials(), spoiled_too)).reasons] == ["load generator lag"]
