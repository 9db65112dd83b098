"""On whom a fault fell: the fake's account joined with the turns of the load. Pure.

A strike names the turn in progress or the session's latest prompt, which is a turn of the load. One that fell before
the first prompt names neither: it belongs to a session that was being opened then, if there is one to one that failed
right after. Where several come into question it is said to be in doubt.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

from bench.faults.account import Strike
from loadtests.support.turn import Turn
from servers.fake_gemini.faults.kinds import KINDS

CLOCKS_SECONDS = 0.01
"""By how much two stamps of one machine's clock may seem to be in the wrong order."""
_HOLD_UP = frozenset({"stall", "late_pongs", "late_close"})
"""What a fault does that does not end a connection."""
_WORTH_ANOTHER_TRY = frozenset({"resource_exhausted", "too_many_sessions", "quota", "upgrade_429", "upgrade_503"})
"""Faults after which a server may connect again before it tells anybody. Whose failures they are is asked last."""


@dataclass
class Turns:
    """All turns of an execution, looked up by whose they are."""

    by_id: dict[str, Turn]
    sessions: dict[str, list[Turn]] = field(default_factory=lambda: defaultdict(list))
    """Session to its turns, in order."""

    @cached_property
    def again(self) -> dict[str, Turn]:
        """Id of a turn that failed to the turn that asks the same once more."""
        return {turn.asks_again: turn for turn in self.by_id.values() if turn.asks_again}

    def known_at(self, turn: Turn) -> float:
        """When the client could know that the turn had failed: a session may have ended before it was asked.

        Infinity of a turn that is not over.
        """
        if turn.ended_at is None:
            return inf
        first = self.sessions[turn.session][0]
        if turn.session_seconds is None or first.begun_at is None or first.connect_seconds is None:
            return turn.ended_at
        return min(turn.ended_at, first.begun_at + first.connect_seconds + turn.session_seconds)


def turns_of(lines: Iterable[Turn]) -> Turns:
    """Sorted by session."""
    found = sorted(lines, key=lambda turn: turn.planned_at)
    turns = Turns({turn.id: turn for turn in found})
    for turn in found:
        turns.sessions[turn.session].append(turn)
    return turns


@dataclass(frozen=True)
class Placed:
    """Index of a strike to the client's session that it struck; those that no session can be found for are left out."""

    sessions: Mapping[int, str]
    doubtful: frozenset[int]
    """Strikes that may as well have struck another session than the one that stands there for them."""


def place(strikes: Sequence[Strike], turns: Turns) -> Placed:
    """By the turns that they name; the rest by the moment."""
    by_fake: dict[int, str] = {}
    for strike in strikes:
        tagged = turns.by_id.get(strike.turn or strike.last_turn or "")
        if tagged:
            by_fake[strike.session] = tagged.session
    named = {index: by_fake[strike.session] for index, strike in enumerate(strikes) if strike.session in by_fake}
    openings = _Openings(turns, set(named.values()))
    rest = {index: strike for index, strike in enumerate(strikes) if index not in named}
    failed, doubtful = openings.failed_by({index: strike for index, strike in rest.items() if _ends(strike)})
    tried_again = {index: strike for index, strike in rest.items() if strike.fault in _WORTH_ANOTHER_TRY}
    failed |= openings.failed_by(tried_again)[0]
    held_up = {
        index: session
        for index, strike in rest.items()
        if index not in failed and index not in doubtful and (session := openings.under_way_at(strike.at))
    }
    return Placed(named | failed | held_up, doubtful)


def _ends(strike: Strike) -> bool:
    """Whether it fails whoever is still connecting: it does not only hold the connection up, nor is there another."""
    kind = KINDS.get(strike.fault)
    return strike.fault not in _WORTH_ANOTHER_TRY and (kind is None or kind.act not in _HOLD_UP)


class _Openings:
    """Sessions by their first turns: those that no strike names may have failed, all may have been held up."""

    def __init__(self, turns: Turns, named: set[str]) -> None:
        self._turns = turns
        self._held_up = {session: all_[0] for session, all_ in turns.sessions.items()}
        self._firsts = {session: first for session, first in self._held_up.items() if session not in named}

    def failed_by(self, strikes: Mapping[int, Strike]) -> tuple[dict[int, str], frozenset[int]]:
        """Index of a strike to the session that it failed, the closest first: who is told is mostly told at once.

        And which strikes are in doubt: fewer sessions failed than there are strikes that may have failed them.
        """
        failed = {
            session: self._turns.known_at(turn) for session, turn in self._firsts.items() if turn.outcome == "failed"
        }
        pairs = sorted(
            (known_at - strike.at, index, session)
            for index, strike in strikes.items()
            for session, known_at in failed.items()
            if _is_opening(self._firsts[session], known_at, strike.at)
        )
        found: dict[int, str] = {}
        for _, index, session in pairs:
            if index not in found and session in self._firsts:
                found[index] = session
                del self._firsts[session]
        return found, _doubtful({(index, session) for _, index, session in pairs})

    def under_way_at(self, at: float) -> str | None:
        """The session that was begun last of those that had no words yet."""
        opening = [
            (first.begun_at or 0.0, session)
            for session, first in self._held_up.items()
            if first.outcome == "ok" and _is_opening(first, self._turns.known_at(first), at)
        ]
        if not opening:
            return None
        _, session = max(opening)
        del self._held_up[session]
        return session


def _doubtful(pairs: set[tuple[int, str]]) -> frozenset[int]:
    """Strikes of groups that have more strikes than sessions; a group is what hangs together by such pairs."""
    doubtful: set[int] = set()
    left = set(pairs)
    while left:
        strikes, sessions = {next(iter(left))[0]}, set[str]()
        while group := {pair for pair in left if pair[0] in strikes or pair[1] in sessions}:
            left -= group
            strikes |= {index for index, _ in group}
            sessions |= {session for _, session in group}
        if len(strikes) > len(sessions):
            doubtful |= strikes
    return frozenset(doubtful)


def _is_opening(first: Turn, known_at: float, at: float) -> bool:
    """Whether a session had been begun by a moment, and had neither its first words nor an end that could be known."""
    if first.begun_at is None or first.begun_at > at + CLOCKS_SECONDS:
        return False
    return min([known_at, *first.chunks_at[:1]]) >= at - CLOCKS_SECONDS


def owner_of(known_at: float, strikes: Sequence[Strike]) -> Strike | None:
    """Which of the strikes on a session, in order of time, failed the turn of which that was known then: the last."""
    before = bisect_right([strike.at for strike in strikes], known_at + CLOCKS_SECONDS)
    return strikes[before - 1] if before else None
