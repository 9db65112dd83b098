"""What people saw of faults, from made-up strikes and turns."""

import pytest
from pytest import approx

from bench.faults.account import Account, Strike
from bench.faults.record import Struck, Suffered
from bench.faults.seeing import suffered
from bench.monitor import Size
from loadtests.support.turn import Turn
from tests.bench.faults.made_up_faults import failed, strike, turn

LATE_SECONDS = 1.0


def seen(strikes: list[Strike], turns: list[Turn], before: Size | None = None, after: Size | None = None) -> Suffered:
    return suffered(Account("each", strikes), turns, LATE_SECONDS, before, after)


def only(strike: Strike, *turns: Turn) -> Struck:
    (struck,) = seen([strike], list(turns)).struck
    return struck


@pytest.mark.parametrize(
    ("turn", "expected", "code"),
    [
        (failed(told="upstream"), "told", "upstream"),
        (failed(label="rejected_capacity"), "told", "rejected_capacity"),
        (failed(label="upstream"), "closed", "upstream"),
        (failed(label="lost"), "closed", "lost"),
        (failed(label="timed_out"), "given_up", "timed_out"),
        (failed(label="cut_short"), "cut_short", "cut_short"),
        (failed(label="empty_reply"), "cut_short", "empty_reply"),
    ],
)
def test_a_turn_that_failed_is_seen_as_its_failure_was_told(turn: Turn, expected: str, code: str) -> None:
    struck = only(strike(), turn)
    assert (struck.seen, struck.code, struck.lost) == (expected, code, 1)


def test_the_client_knows_when_the_turn_has_failed() -> None:
    assert only(strike(at=10.0), failed(at=10.02, told="upstream")).known_seconds == approx(0.02)


def test_nobody_knows_of_a_reply_that_was_cut_short() -> None:
    assert only(strike(), failed(label="cut_short")).known_seconds is None


def test_a_session_that_ended_in_a_pause_was_known_to_have_ended_before_the_next_prompt() -> None:
    first = turn("a", asked_at=9.0, connect_seconds=0.1)
    next_ = failed("b", at=12.0, told="upstream", session_seconds=0.95)  # opened at 9.1
    struck = only(strike("quota", "turn_end", at=10.0, turn="a"), first, next_)
    assert (struck.turn, struck.seen, struck.known_seconds) == ("b", "told", approx(0.05))


def test_a_person_has_recovered_with_the_first_words_of_the_answer_asked_again() -> None:
    again = turn("b", "1/2", asked_at=11.0, asks_again="a")
    struck = only(strike(at=10.0), failed(), again)
    assert (struck.recovered, struck.recovered_seconds) == (True, approx(1.2))


def test_who_has_to_ask_three_times_recovers_with_the_third() -> None:
    turns = [failed(), failed("b", "1/2", at=11.0, asks_again="a"), turn("c", "1/3", asked_at=12.0, asks_again="b")]
    struck = seen([strike(at=10.0), strike(at=10.9, turn="b", session=2)], turns).struck
    assert [each.recovered_seconds for each in struck] == [approx(2.2), approx(1.3)]


def test_who_never_asks_again_has_not_recovered() -> None:
    struck = only(strike(), failed())
    assert (struck.recovered, struck.recovered_seconds) == (False, None)


def test_a_reply_that_goes_on_in_time_has_suffered_nothing() -> None:
    struck = only(strike("stall", at=9.25), turn(asked_at=9.0))
    assert (struck.seen, struck.lost, struck.known_seconds) == ("unnoticed", 0, None)


def test_a_strike_after_which_nobody_asked_is_not_said_to_have_gone_unnoticed() -> None:
    """There was no reply that could have come."""
    assert only(strike("goaway", "idle", at=9.9, turn=None), turn(asked_at=9.0)).seen == "unknown"


def test_a_reply_whose_words_stay_away_for_longer_than_the_objective_is_late() -> None:
    assert only(strike("stall", at=9.25), turn(chunks_at=[9.2, 9.26, 10.9], ended_at=11.0)).seen == "late"


def test_a_reply_that_ends_well_for_the_client_though_gemini_was_gone_is_cut_short() -> None:
    assert only(strike("drop", at=9.25), turn(chunks_sent_at=[9.19])).seen == "cut_short"


def test_a_cut_that_the_server_keeps_to_itself_leaves_a_reply_that_looks_whole() -> None:
    assert only(strike("phantom_interrupted", at=9.25), turn(chunks_sent_at=[9.19])).seen == "cut_short"


def test_a_reply_of_which_words_were_sent_after_the_fault_is_whole() -> None:
    assert only(strike("drop", at=9.25), turn(chunks_sent_at=[9.19, 9.29])).seen == "unnoticed"


def test_what_became_of_a_turn_that_the_end_cut_is_not_known() -> None:
    assert only(strike(), turn(outcome="unfinished", ended_at=None)).seen == "unknown"


def test_of_two_faults_in_one_session_the_later_one_failed_its_turn() -> None:
    strikes = [strike("hung_turn", "prompt", at=9.1), strike("goaway", "idle", at=10.0, turn=None, last_turn="a")]
    first, second = seen(strikes, [failed(told="upstream")]).struck
    assert (first.seen, second.seen, second.known_seconds) == ("unknown", "told", approx(0.02))


def test_a_fault_at_the_setup_fell_on_the_session_that_failed_right_after() -> None:
    turns = [failed("a", "1/1", at=10.01, told="upstream"), turn("b", "2/1", asked_at=9.9)]
    struck = only(strike("bad_key", "setup", at=10.0, turn=None), *turns)
    assert (struck.session, struck.seen) == ("1/1", "told")


def test_a_setup_that_is_tried_again_holds_up_the_session_that_was_begun_last() -> None:
    turns = [turn("a", "1/1", asked_at=9.0), turn("b", "2/1", asked_at=9.95, chunks_at=[11.5], ended_at=11.6)]
    struck = only(strike("too_many_sessions", "setup", at=10.0, turn=None), *turns)
    assert (struck.session, struck.seen) == ("2/1", "late")


def test_two_faults_of_which_one_must_have_failed_the_only_session_are_in_doubt() -> None:
    strikes = [strike("bad_key", "setup", at=at, turn=None, session=n) for n, at in enumerate((10.0, 10.005))]
    found = seen(strikes, [failed("a", "1/1", at=10.01, told="upstream")])
    assert [struck.seen for struck in found.struck] == ["unknown", "unknown"]
    assert found.wrongly_touched == {}


def test_a_fault_that_fits_nobody_is_not_said_to_have_gone_unnoticed() -> None:
    struck = only(strike("bad_key", "setup", at=50.0, turn=None), turn())
    assert (struck.session, struck.seen) == (None, "unknown")


def test_a_session_that_no_fault_struck_and_that_failed_was_wrongly_touched() -> None:
    found = seen([strike(turn="a")], [failed("a"), failed("b", "2/1", label="lost"), turn("c", "3/1")])
    assert (found.touched, found.untouched, found.wrongly_touched) == (1, 2, {"lost": 1})


def test_what_the_server_holds_before_and_after_is_told() -> None:
    found = seen([], [], Size(100, 90, 5, 17, 1), Size(120, 110, 7, 19, 1))
    assert found.before and found.after
    assert (found.before.threads, found.after.threads, found.after.descriptors) == (5, 7, 19)
