from made_up import run, trial
from made_up_elsewhere import approach

from bench import distance
from bench.elsewhere import Instances
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


def told(*trials):
    return [reason.message.partition(":")[0] for reason in distance.deployed(trials)]


def test_server_that_people_met_and_who_looked_did_not_is_told():
    there = Instances(sessions={"one": 2}, revisions=["quart-00004"], builds=["0123456789ab"])
    assert told(trial("quart", approach=approach("quart"), instances=there)) == [
        "quart was not the same server in all trials, but revision quart-00003, revision quart-00004"
    ]
    same = there.model_copy(update={"revisions": ["quart-00003"]})
    assert told(trial("quart", approach=approach("quart"), instances=same)) == []


def test_server_that_was_another_within_one_trial_is_told_where_nobody_looked():
    there = Instances(sessions={"one": 1, "two": 1}, builds=["a", "b"])
    assert told(trial("quart", instances=there)) == [
        "quart was not the same server in all trials, but build a, build b"
    ]


def test_server_of_the_same_name_and_another_build_is_another():
    ways = [approach("quart", build=build) for build in ("a", "b")]
    assert told(*(trial("quart", approach=way) for way in ways)) == [
        "quart was not the same server in all trials, but build a, build b"
    ]


def test_shards_that_met_two_servers_are_told():
    ways = [approach("quart"), approach("quart", revision="quart-00004")]
    (said,) = told(trial("quart", approach=approach("quart", revision=None), approaches=ways))
    assert said.endswith("but revision quart-00003, revision quart-00004")


def test_each_shard_has_a_way_of_its_own_and_one_that_moved_is_named():
    far = [trial(number=n, approach=approach("flask", 0.05), approaches=ways(0.01, 0.09)) for n in (1, 2)]
    assert distance.moved(far) == []
    moved = trial(number=3, approach=approach("flask", 0.05), approaches=ways(0.02, 0.09))
    (reason,) = distance.moved([*far, moved])
    assert "the round trip to flask from shard 0 was 10 ms before one trial and 20 ms before another" in reason.message


def ways(*trips):
    return [approach("flask", trip) for trip in trips]


def test_round_trips_that_differ_by_little_are_of_one_way():
    assert not distance.differ([]) and not distance.differ([0.03])
    assert not distance.differ([0.001, 0.006]) and distance.differ([0.001, 0.0061])
    assert not distance.differ([0.1, 0.12]) and distance.differ([0.1, 0.13])
