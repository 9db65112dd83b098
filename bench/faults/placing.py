"""On whom a fault fell: the fake's account joined with the turns of the load. Pure.

A strike names the turn in progress or the session's latest prompt, which is a turn of the load. One that fell before
the first prompt names neither: it belongs to the session that was being opened then, and of several to one that
failed right after.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf

from bench.faults.account import Strike
from loadtests.support.turn import Turn

CLOCKS_SECONDS = 0.01
"""By how much two stamps of one machine's clock may seem to be in the wrong order."""


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


def place(strikes: Sequence[Strike], turns: Turns) -> dict[int, str]:
    """Index of a strike to the client's session that it struck; those that no session can be found for are left out."""
    by_fake: dict[int, str] = {}
    for strike in strikes:
        tagged = turns.by_id.get(strike.turn or strike.last_turn or "")
        if tagged:
            by_fake[strike.session] = tagged.session
    placed = {index: by_fake[strike.session] for index, strike in enumerate(strikes) if strike.session in by_fake}
    taken = set(placed.values())
    for index, strike in enumerate(strikes):
        if index not in placed and (session := _opening_at(strike.at, turns, taken)):
            placed[index] = session
            taken.add(session)
    return placed


def _opening_at(at: float, turns: Turns, taken: set[str]) -> str | None:
    """The session that was being opened, or had not had its first words yet."""
    opening = [all_[0] for session, all_ in turns.sessions.items() if session not in taken and _is_opening(all_[0], at)]
    failed = [turn for turn in opening if turn.outcome == "failed" and turns.known_at(turn) >= at - CLOCKS_SECONDS]
    if failed:
        return min(failed, key=turns.known_at).session
    return max(opening, key=lambda turn: turn.begun_at or 0.0).session if opening else None


def _is_opening(first: Turn, at: float) -> bool:
    if first.begun_at is None or first.begun_at > at + CLOCKS_SECONDS:
        return False
    ends = [*first.chunks_at[:1], first.ended_at if first.ended_at is not None else inf]
    return min(ends) >= at - CLOCKS_SECONDS


def owner_of(turn: Turn, known_at: float, strikes: Sequence[Strike]) -> Strike | None:
    """Which of the strikes on its session, in order of time, failed a turn: the last that fell on it, else the last."""
    on_it = [strike for strike in strikes if strike.turn == turn.id]
    before = bisect_right([strike.at for strike in strikes], known_at + CLOCKS_SECONDS)
    return on_it[-1] if on_it else strikes[before - 1] if before else None
