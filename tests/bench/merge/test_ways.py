from made_up import execution
from made_up_elsewhere import approach
from pytest import approx

from bench.merge.ways import combined, remarks


def seen(*ways):
    return [execution().over(way) for way in ways]


def test_one_number_stands_for_the_ways_of_all_shards_and_it_is_in_their_midst():
    way = combined(seen(*(approach("quart", trip) for trip in (0.09, 0.01, 0.02))))
    assert way and way.round_trip
    assert (way.round_trip.pings, way.round_trip.p50_seconds) == (60, 0.02)
    assert way.round_trip.min_seconds == approx(0.009) and way.round_trip.p95_seconds == approx(0.108)
    assert way.connect_seconds == approx(0.27), "that of who waited longest"


def test_what_a_server_said_to_all_of_them_is_what_it_is():
    way = combined(seen(approach("quart"), approach("quart", revision="quart-00004", instance="two")))
    assert way and (way.app, way.build, way.revision, way.instance) == ("quart", "0123456789ab", None, None)


def test_instance_that_one_of_them_waited_for_was_not_ready():
    assert [combined(seen(approach("quart"), approach("quart", cold=cold))).cold for cold in (False, True)] == [
        False, True,
    ]  # fmt: skip


def test_nothing_is_known_where_one_did_not_look():
    assert combined(seen(approach("quart"), None)) is None
    assert combined(seen(None, None)) is None


def test_shards_at_different_distances_are_told_which_is_nearest_and_which_furthest():
    (said,) = remarks(seen(*(approach("quart", trip) for trip in (0.03, 0.01, 0.08))))
    assert "round trip 10 ms from shard 1, 80 ms from shard 2" in said
    assert remarks(seen(approach("quart", 0.030), approach("quart", 0.031))) == []
    assert remarks(seen(None, None)) == []
