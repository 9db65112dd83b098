import pytest
from made_up import process, turn, unanswered

from bench.caps import NO_CAPS, TurnsLeft, begun, check
from bench.elsewhere import Caps
from bench.errors import BenchError
from bench.profile import CasePlan, Profile

BOTH = Caps(max_sessions=20, max_turns=500)


def profile(sessions=20, **case):
    values = {"scenario": "latency", "sessions": sessions, "trials": 1, "warm_up_seconds": 1, "window_seconds": 2}
    return Profile(name="p", title="", targets=[], case=[CasePlan(**values, **case)])


@pytest.mark.parametrize("caps", [NO_CAPS, Caps(max_sessions=5), Caps(max_turns=5)])
def test_real_model_takes_both_caps(caps):
    with pytest.raises(BenchError, match="takes --max-sessions N and --max-turns N") as told:
        check(caps, profile(sessions=1), real_model=True)
    assert "\n" not in str(told.value)
    check(NO_CAPS, profile(), real_model=False)


def test_profile_within_its_caps_may_begin():
    check(BOTH, profile(), real_model=True)


def test_profile_with_more_people_is_refused():
    with pytest.raises(BenchError, match="profile p asks for 21 people in latency, above --max-sessions 20"):
        check(BOTH, profile(sessions=21), real_model=False)


def test_people_who_come_by_themselves_cannot_be_capped():
    with pytest.raises(BenchError, match="cannot be held where people come by themselves, as in latency-open of"):
        check(BOTH, profile(arrivals="open"), real_model=True)
    check(Caps(max_turns=5), profile(arrivals="open"), real_model=False)


def test_turns_are_counted_by_one_load_process():
    with pytest.raises(BenchError, match="add --processes 1"):
        check(BOTH, profile(), real_model=True, workers=2)
    check(Caps(max_sessions=20), profile(), real_model=False, workers=2)


def test_turns_that_were_begun_are_gone_whatever_became_of_them():
    turns = [turn("a"), unanswered("b"), unanswered("c", outcome="failed", sent_at=None, begun_at=1.0)]
    never = unanswered("d", sent_at=None)
    assert begun([*turns, never]) == 3
    left = TurnsLeft(Caps(max_turns=5))
    left.take([process(*turns), process(never)])
    assert (left.number, left.are_used_up) == (2, False)
    left.take([process(*turns)])
    assert (left.number, left.are_used_up) == (0, True)
    assert left.caps.turns_begun == 6


def test_without_a_cap_there_is_no_end_of_turns():
    left = TurnsLeft(NO_CAPS)
    left.take([process(turn("a"))])
    left.take_all()
    assert (left.number, left.are_used_up, left.caps) == (None, False, NO_CAPS)
