from made_up_capacity import begun, full_core, holding, made, only, spoiled, well

from bench.capacity.conclude import conclude
from bench.results import Reason


def said(capacity):
    return [(reason.verdict, reason.check) for reason in capacity.validity.reasons]


def test_searches_that_the_server_or_the_most_ended_are_valid():
    for capacity in (made(), only(holding(5000)), only(full_core)):
        assert (capacity.validity.verdict, said(capacity)) == ("VALID", [])


def test_target_whose_searches_the_instrument_ended_all_is_invalid():
    capacity = made(quart=holding(399, spoiled))
    assert said(capacity) == [("INVALID", "ends of searches")]
    assert "6 of 6 searches of Quart were ended by the instrument" in capacity.validity.reasons[0].message


def test_some_searches_that_the_instrument_ended_are_a_doubt():
    capacity = only(holding(640, in_2=spoiled))
    assert said(capacity) == [("SUSPECT", "ends of searches")]


def test_doubts_count_where_a_load_was_confirmed():
    late = Reason(check="fake Gemini lag", verdict="SUSPECT", message="the fake Gemini sent its chunks late")
    slow = Reason(check="drift", verdict="SUSPECT", message="work piles up")

    def doubtful(attempt):
        return well(attempt, reasons=[late, slow])

    assert said(only(holding(640, at_625=doubtful))) == [("SUSPECT", "fake Gemini lag"), ("SUSPECT", "drift")]
    assert said(only(holding(640, at_400=doubtful))) == []
    reason, _ = only(holding(640, at_625=doubtful)).validity.reasons
    assert reason.message.endswith("(in 6 of 6 loads that were confirmed)")


def test_few_searches_are_a_note_and_no_doubt():
    capacity = only(holding(640), repeats=2)
    assert said(capacity) == [("VALID", "number of searches")] and capacity.validity.verdict == "VALID"


def test_what_was_ended_by_hand_is_doubtful():
    assert said(conclude(begun())) == [("SUSPECT", "complete")]
