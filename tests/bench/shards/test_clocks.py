from hypothesis import given
from hypothesis.strategies import floats, lists, tuples

from bench.shards.clocks import Meeting, offset

DELAYS = lists(tuples(floats(0, 5), floats(0, 5)), min_size=1, max_size=6)


def met(at, offset_seconds, there_seconds, back_seconds):
    """A shard whose clock is ahead of shard 0's, with so long between what was written and what was seen."""
    told_at = at + there_seconds + 1
    return Meeting(
        ready_at=at + offset_seconds,
        noticed_at=at + there_seconds,
        told_at=told_at,
        heard_at=told_at + back_seconds + offset_seconds,
        starts_at=told_at + 10,
    )


@given(offset_seconds=floats(-100, 100), delays=DELAYS)
def test_offset_is_never_outside_of_what_is_told(offset_seconds, delays):
    meetings = [met(1000.0 * number, offset_seconds, *delay) for number, delay in enumerate(delays)]
    found = offset(meetings)
    assert found and found.low_seconds - 1e-6 <= offset_seconds <= found.high_seconds + 1e-6
    assert abs(found.certain_seconds) <= abs(offset_seconds) + 1e-6
    assert found.certain_seconds * offset_seconds >= -1e-6, "on the same side"


def test_the_quickest_message_each_way_bounds_it():
    found = offset([met(0, 2.0, 0.1, 3.0), met(100, 2.0, 4.0, 0.2)])
    assert found is not None
    assert round(found.low_seconds, 6) == 1.9 and round(found.high_seconds, 6) == 2.2
    assert round(found.certain_seconds, 6) == 1.9


def test_clocks_that_agree_are_not_said_to_differ():
    found = offset([met(0, 0.0, 0.3, 0.2)])
    assert found is not None and found.certain_seconds == 0.0


def test_clock_that_was_set_meanwhile_has_no_offset():
    assert offset([met(0, 0.0, 0.1, 0.1), met(100, 30.0, 0.1, 0.1)]) is None


def test_offset_of_shards_that_never_met_is_not_known():
    assert offset([]) is None
