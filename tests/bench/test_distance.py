from made_up import run, trial
from made_up_elsewhere import approach

from bench import distance
from bench.validity import judge_run


def test_way_that_changed_between_trials_is_told():
    there = [trial(number=n, approach=approach("flask", trip)) for n, trip in enumerate((0.03, 0.031, 0.06), 1)]
    (reason,) = distance.moved(there)
    assert (reason.check, reason.verdict) == ("round trip", "SUSPECT")
    assert "was 30 ms before one trial and 60 ms before another" in reason.message


def test_way_that_held_still_and_one_nobody_knows_are_no_doubt():
    assert distance.moved([trial(number=n, approach=approach("flask", 0.03 + n / 1000)) for n in (1, 2, 3)]) == []
    assert distance.moved([trial(number=1), trial(number=2)]) == []


def test_two_targets_may_be_at_different_distances():
    there = [trial("flask", approach=approach("flask", 0.01)), trial("quart", approach=approach("quart", 0.09))]
    assert distance.moved(there) == []


def test_server_that_was_deployed_anew_between_trials_is_told():
    first, second = approach("quart"), approach("quart", revision="quart-00004")
    whole = run(trial("quart", approach=first), trial("quart", number=2, approach=second))
    (reason,) = [reason for reason in judge_run(whole).reasons if reason.check == "one server"]
    assert reason.verdict == "SUSPECT"
    assert "not the same server in all trials, but revision quart-00003, revision quart-00004" in reason.message


def test_server_without_a_revision_is_known_by_its_build():
    builds = [approach("quart", revision=None, build=build) for build in ("a", "a", "b")]
    assert len(distance.deployed([trial(approach=way) for way in builds])) == 1
    assert distance.deployed([trial(approach=way) for way in builds[:2]]) == []
    assert distance.deployed([trial(), trial(approach=approach("quart", revision=None, build=None))]) == []
