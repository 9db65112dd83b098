import pytest
from made_up import case, run, trial, trials

from bench.results import Reason, Turns
from bench.validity import is_usable, is_worth_repeating, judge_run, judge_trial


def verdicts(**instrument):
    return {reason.check: reason.verdict for reason in judge_trial(trial(instrument=instrument))}


def spoiled(check="load generator lag", verdict="INVALID", **fields):
    return trial(reasons=[Reason(check=check, verdict=verdict, message="late")], **fields)


def test_trial_with_a_sound_instrument_has_no_reasons():
    sound = {
        "generator_cpu_share": 0.5,
        "greenlet_lag_seconds_p99": 0.002,
        "generator_lag_seconds_p99": 0.002,
        "steal_share": 0.01,
        "fake_cpu_share": 0.3,
        "fake_lag_seconds_p99": 0.002,
        "schedule_delay_seconds_p99": 0.005,
        "locust_turns": 50.0,
        "recorded_turns": 50.0,
        "lost_turns": 0.0,
        "unended_files": 0.0,
        "lost_records": 0.0,
        "foreign_chunks": 0.0,
    }
    assert verdicts(**sound) == {}


@pytest.mark.parametrize(
    ("number", "check", "sound", "suspect", "invalid"),
    [
        ("generator_cpu_share", "load generator CPU", 0.80, 0.81, 0.96),
        ("fake_cpu_share", "fake Gemini CPU", 0.80, 0.81, 0.96),
        ("load_core_share", "load core", 0.80, 0.81, 0.96),
        ("greenlet_lag_seconds_p99", "greenlet lag", 0.010, 0.011, 0.051),
        ("generator_lag_seconds_p99", "load generator lag", 0.010, 0.011, 0.051),
        ("steal_share", "CPU steal", 0.05, 0.06, 0.21),
        ("fake_lag_seconds_p99", "fake Gemini lag", 0.010, 0.011, 0.051),
    ],
)
def test_instrument_beyond_its_bounds_is_suspect_and_then_invalid(number, check, sound, suspect, invalid):
    assert verdicts(**{number: sound}) == {}
    assert verdicts(**{number: suspect}) == {check: "SUSPECT"}
    assert verdicts(**{number: invalid}) == {check: "INVALID"}


def test_missed_schedule_is_suspect_however_late():
    assert verdicts(schedule_delay_seconds_p99=0.019) == {}
    assert verdicts(schedule_delay_seconds_p99=9.0) == {"schedule": "SUSPECT"}


@pytest.mark.parametrize(
    ("instrument", "check"),
    [
        ({"lost_records": 1}, "lost records"),
        ({"locust_turns": 51, "recorded_turns": 50}, "two ledgers"),
        ({"recorded_turns": 50}, "two ledgers"),
        ({"lost_turns": 1}, "lost turns"),
        ({"unended_files": 1}, "lost turns"),
        ({"foreign_chunks": 1}, "cross-talk"),
    ],
)
def test_broken_bookkeeping_is_invalid(instrument, check):
    assert verdicts(**instrument) == {check: "INVALID"}


def test_reason_names_the_number_and_the_next_step():
    (reason,) = judge_trial(trial(instrument={"generator_cpu_share": 0.87}))
    assert "87 %" in reason.message
    assert "80 %" in reason.message
    assert "use fewer sessions" in reason.message


def test_cross_talk_names_the_target_and_how_much():
    (reason,) = judge_trial(trial(target="quart", instrument={"foreign_chunks": 3}))
    assert "quart" in reason.message
    assert "3 chunks" in reason.message


def test_trial_without_a_success_is_suspect():
    (reason,) = judge_trial(trial(turns=Turns(failed=7, unfinished=2)))
    assert (reason.check, reason.verdict) == ("nothing succeeded", "SUSPECT")
    assert "7 failed, 2 unfinished" in reason.message


def test_silence_of_a_crowd_is_a_finding_and_no_reason():
    assert judge_trial(trial(turns=Turns(failed=7), instrument={"crowded": 1.0})) == []


def test_many_unfinished_turns_are_suspect_outside_a_crowd():
    cut_short = Turns(ok=88, failed=1, unfinished=11)
    (reason,) = judge_trial(trial(turns=cut_short))
    assert (reason.check, reason.verdict) == ("unfinished", "SUSPECT")
    assert "11 of 100 turns" in reason.message
    assert judge_trial(trial(turns=cut_short, instrument={"crowded": 1.0})) == []
    assert judge_trial(trial(turns=Turns(ok=90, unfinished=10))) == []


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


def test_window_in_which_nobody_asked_does_not_blame_the_server():
    (reason,) = judge_trial(trial(turns=Turns()))
    assert reason.message.startswith("nobody asked anything in the window")
