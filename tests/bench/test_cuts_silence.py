"""Sessions that were ended because nobody had said anything on them for some time, as most proxies do."""

import pytest
from made_up import turn

from bench.cuts import find_cut
from loadtests.support.turn import Turn

REPLY_SECONDS = 0.5


def session(number: int, opened_at: float, *thought: float, silent_seconds: float, failure: str = "lost") -> list[Turn]:
    """A first turn, one more after each time that the person thought, and one that failed: for so long nobody had
    said anything when the session ended, and the person asked a second later."""
    name, asked_at, turns = f"{number}/1", opened_at, []
    for position, pause in enumerate([0.0, *thought]):
        asked_at += pause + (REPLY_SECONDS if position else 0.0)
        first = {"begun_at": opened_at, "connect_seconds": 0.0} if position == 0 else {}
        chunks = [asked_at + 0.3, asked_at + REPLY_SECONDS]
        turns.append(turn(f"{number}.{position}", asked_at, session=name, chunks_at=chunks, **first))
    ended_at = asked_at + REPLY_SECONDS + silent_seconds
    last = turn(
        f"{number}.9", ended_at + 1.0, session=name, chunks_at=[], ended_at=ended_at + 1.0, outcome="failed",
        failure=failure, session_seconds=ended_at - opened_at,
    )  # fmt: skip
    last.sent_at = None
    return [*turns, last]


CUT = (
    *session(0, 0.0, silent_seconds=30.0),
    *session(1, 4.0, 12.0, silent_seconds=30.1),
    *session(2, 9.0, 20.0, 29.0, silent_seconds=29.95),
)


def test_sessions_that_end_after_one_time_of_silence_were_cut_however_old_they_were() -> None:
    cut = find_cut(CUT)
    assert cut is not None and cut.silent
    assert (round(cut.after_seconds, 6), cut.sessions) == (30.0, 3)
    assert cut.turns == {"0.9", "1.9", "2.9"}
    assert "nothing had been said on them for 30.0 s" in cut.warning and "tunnel time-out" in cut.warning


def test_nothing_was_cut_where_somebody_was_silent_for_longer_and_was_answered() -> None:
    assert find_cut([*CUT, *session(3, 1.0, 31.0, silent_seconds=2.0)]) is None


def test_sessions_that_end_at_one_moment_are_the_servers_doing_however_long_they_were_silent() -> None:
    at_once = [session(number, 10.0 + 0.05 * number, silent_seconds=30.0 - 0.05 * number) for number in range(4)]
    assert find_cut([turn for turns in at_once for turn in turns]) is None


@pytest.mark.parametrize("silent_seconds", [0.05, 0.8])
def test_a_server_that_drops_people_in_the_midst_of_a_talk_is_no_time_out(silent_seconds: float) -> None:
    dropped = [session(number, 7.0 * number, 2.0 * number, silent_seconds=silent_seconds) for number in range(4)]
    assert find_cut([turn for turns in dropped for turn in turns]) is None


def test_sessions_of_one_age_are_told_by_it_where_their_silence_varies() -> None:
    by_age = [session(number, 4.0 * number, 5.0 + number, silent_seconds=24.0 - number) for number in range(4)]
    cut = find_cut([turn for turns in by_age for turn in turns])
    assert cut is not None and not cut.silent
    assert (cut.after_seconds, cut.sessions) == (30.0, 4)


def test_people_who_came_together_were_cut_together_where_somebody_who_talked_lived_on() -> None:
    """The server still served somebody who had come with them, so that it was not the server that ended."""
    together = [session(number, 0.01 * number, silent_seconds=30.0) for number in range(4)]
    talked = session(9, 0.0, 20.0, 20.0, silent_seconds=5.0, failure="upstream")
    assert find_cut([turn for turns in together for turn in turns]) is None
    cut = find_cut([*[turn for turns in together for turn in turns], *talked])
    assert cut is not None and cut.silent and cut.sessions == 4
