from typing import Any

from bench.faults.account import read_account
from servers.fake_gemini.faults.script import read_script

SCRIPT = read_script(
    'description = "two"\n[[fault]]\nwhat = "stall"\nwhen = "prompt"\n[[fault]]\nwhat = "goaway_deadline"\n',
    "two",
    "two",
)


def entry(fault: str, index: int | None, at: float, session: int = 1) -> dict[str, Any]:
    return {"fault": fault, "index": index, "at": at, "session": session, "turn": "a", "last_turn": "a"}


def test_a_strike_knows_the_moment_at_which_its_script_lets_it_happen() -> None:
    (strike,) = read_account({"struck": [entry("stall", 0, 5.0)]}, SCRIPT).strikes
    assert (strike.fault, strike.moment, strike.at, strike.turn) == ("stall", "prompt", 5.0, "a")


def test_an_end_that_was_announced_and_came_is_one_strike_when_it_came() -> None:
    reported = [entry("goaway_deadline", 1, 5.0), entry("goaway_ignored", 1, 7.0)]
    (strike,) = read_account({"struck": reported}, SCRIPT).strikes
    assert (strike.fault, strike.at) == ("goaway_deadline", 7.0)


def test_an_end_that_was_announced_and_that_somebody_was_gone_before_stands_as_it_was_said() -> None:
    reported = [
        entry("goaway_deadline", 1, 5.0),
        entry("goaway_deadline", 1, 6.0, 2),
        entry("goaway_ignored", 1, 8.0, 2),
    ]
    strikes = read_account({"struck": reported}, SCRIPT).strikes
    assert [(strike.session, strike.at) for strike in strikes] == [(1, 5.0), (2, 8.0)]


def test_what_a_limit_did_is_told_as_such() -> None:
    (strike,) = read_account({"struck": [entry("quota", None, 5.0)]}, SCRIPT).strikes
    assert strike.moment == "limit"
