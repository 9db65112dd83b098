"""What the fake Gemini says struck whom. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from servers.fake_gemini.faults.script import Script

_ANNOUNCED, _CARRIED_OUT = "goaway", "goaway_ignored"
"""An end that is announced is entered twice: when it is said, and when nobody has gone by then."""
OF_A_LIMIT = "limit"
"""The moment of what no entry of the script did but one of its limits."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault that struck one session."""

    fault: str
    moment: str
    """When in the life of a session, as in the script."""
    at: float
    """Unix seconds, by the fake's clock."""
    session: int
    """As the fake counts them."""
    turn: str | None
    """The id of the turn in progress."""
    last_turn: str | None
    """The id of the session's latest prompt."""


@dataclass(frozen=True, slots=True)
class Account:
    script: str
    strikes: Sequence[Strike]
    """In order of time."""


def read_account(reported: Mapping[str, Any], script: Script) -> Account:
    """From what the fake reports of the script that was armed.

    An end that was announced and came is one strike, at the moment when it came: until then nobody is hurt.
    """
    entries = [(entry["index"], _strike(entry, script)) for entry in reported["struck"]]
    came = {(index, strike.session) for index, strike in entries if strike.fault == _CARRIED_OUT}
    strikes = []
    for index, strike in entries:
        name = script.faults[index].what if index is not None else _ANNOUNCED
        if strike.fault == _CARRIED_OUT:
            strikes.append(replace(strike, fault=name))
        elif (index, strike.session) not in came:
            strikes.append(strike)
    return Account(script.name, sorted(strikes, key=lambda strike: strike.at))


def _strike(entry: Mapping[str, Any], script: Script) -> Strike:
    index = entry["index"]
    return Strike(
        fault=entry["fault"],
        moment=OF_A_LIMIT if index is None else script.faults[index].when,
        at=entry["at"],
        session=entry["session"],
        turn=entry["turn"],
        last_turn=entry["last_turn"],
    )
