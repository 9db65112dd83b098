import pytest
from made_up import trial

from bench.checks import examine
from bench.results import Turns


def reasons(trial):
    return examine(trial)[0]


def verdicts(**instrument):
    return {reason.check: reason.verdict for reason in reasons(trial(instrument=instrument))}


def test_trial_with_a_sound_instrument_has_no_reasons():
    sound = {
        "generator_cpu_share": 0.5,
        "greenlet_lag_seconds_p99": 0.002,
        "generator_lag_seconds_p99": 0.002,
        "steal_share": 0.01,
        "fake_cpu_share": 0.3,
        "fake_lag_seconds_p99": 0.002,
        "schedule_delay_seconds_p99": 0.005,
        "missed_share": 0.005,
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
        ("schedule_delay_seconds_p99", "schedule", 0.020, 0.021, 0.101),
        ("missed_share", "missed turns", 0.01, 0.011, 0.06),
        ("steal_share", "CPU steal", 0.05, 0.06, 0.21),
        ("fake_lag_seconds_p99", "fake Gemini lag", 0.010, 0.011, 0.051),
    ],
)
def test_instrument_beyond_its_bounds_is_suspect_and_then_invalid(number, check, sound, suspect, invalid):
    assert verdicts(**{number: sound}) == {}
    assert verdicts(**{number: suspect}) == {check: "SUSPECT"}
    assert verdicts(**{number: invalid}) == {check: "INVALID"}


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
    (reason,) = reasons(trial(instrument={"generator_cpu_share": 0.87}))
    assert "87 %" in reason.message
    assert "80 %" in reason.message
    assert "use fewer sessions" in reason.message


def test_cross_talk_names_the_target_and_how_much():
    (reason,) = reasons(trial(target="quart", instrument={"foreign_chunks": 3}))
    assert "quart" in reason.message
    assert "3 chunks" in reason.message


def test_trial_without_a_success_is_suspect():
    (reason,) = reasons(trial(turns=Turns(failed=7, unfinished=2)))
    assert (reason.check, reason.verdict) == ("nothing succeeded", "SUSPECT")
    assert "7 failed, 2 unfinished" in reason.message


def test_silence_of_a_crowd_is_a_finding_and_no_reason():
    assert reasons(trial(turns=Turns(failed=7), instrument={"crowded": 1.0})) == []


def test_many_unfinished_turns_are_suspect_outside_a_crowd():
    cut_short = Turns(ok=88, failed=1, unfinished=11)
    (reason,) = reasons(trial(turns=cut_short))
    assert (reason.check, reason.verdict) == ("unfinished", "SUSPECT")
    assert "11 of 100 turns" in reason.message
    assert reasons(trial(turns=cut_short, instrument={"crowded": 1.0})) == []
    assert reasons(trial(turns=Turns(ok=90, unfinished=10))) == []


def test_window_in_which_nobody_asked_does_not_blame_the_server():
    (reason,) = reasons(trial(turns=Turns()))
    assert reason.message.startswith("nobody asked anything in the window")


def unmade(**fields):
    return examine(trial(**fields))[1]


def test_check_whose_number_is_missing_was_not_made_and_was_not_passed():
    assert unmade(instrument={})["CPU steal"] == "this system does not tell"
    assert "CPU steal" not in unmade(instrument={"steal_share": 0.0})


def test_there_is_nothing_to_check_where_there_is_no_fake():
    assert not {"fake Gemini CPU", "fake Gemini lag"} & unmade(instrument={"with_fake": 0.0}).keys()
    assert {"fake Gemini CPU", "fake Gemini lag"} <= unmade(instrument={"with_fake": 1.0}).keys()


def test_lag_between_two_clocks_is_not_asked_for_where_there_is_one():
    assert "load generator lag" not in unmade(instrument={"kernel_stamps_share": 0.0})
    assert "load generator lag" in unmade(instrument={"kernel_stamps_share": 1.0})


def test_made_checks_leave_nothing_unmade():
    every = {
        "generator_cpu_share", "load_core_share", "greenlet_lag_seconds_p99", "schedule_delay_seconds_p99",
        "missed_share", "steal_share", "certified_frames_per_second", "certified_sessions", "recorded_turns",
        "locust_turns", "warm_up_excess_seconds",
    }  # fmt: skip
    assert unmade(instrument=dict.fromkeys(every, 0.0)) == {}


CERTIFIED = {"certified_frames_per_second": 1000.0, "certified_sessions": 100.0}


def test_load_within_the_certificate_is_not_in_doubt():
    assert reasons(trial(sessions=100, instrument={**CERTIFIED, "frames_per_second": 1000.0})) == []


@pytest.mark.parametrize(("sessions", "frames_per_second"), [(101, 900.0), (100, 1001.0)])
def test_load_beyond_the_certificate_is_suspect(sessions, frames_per_second):
    (reason,) = reasons(trial(sessions=sessions, instrument={**CERTIFIED, "frames_per_second": frames_per_second}))
    assert (reason.check, reason.verdict) == ("certificate", "SUSPECT")
    assert f"{frames_per_second:,.0f} chunks a second from {sessions} people" in reason.message
    assert "certified only up to 1,000 from 100 people" in reason.message


def test_generator_that_is_certified_for_nothing_makes_every_load_suspect():
    nothing = {"certified_frames_per_second": 0.0, "certified_sessions": 0.0, "frames_per_second": 1.0}
    (reason,) = reasons(trial(instrument=nothing))
    assert "is certified for no load" in reason.message


def test_load_without_a_certificate_was_not_checked_against_one():
    assert unmade(instrument={"frames_per_second": 1.0})["certificate"] == "none was made right before"
