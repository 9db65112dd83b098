"""What people saw of each fault that struck, how soon they knew, and how soon they had their answer. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from bench.faults.account import Account, Strike
from bench.faults.placing import CLOCKS_SECONDS, Turns, owner_of, place, turns_of
from bench.faults.record import Holding, Seen, Struck, Suffered
from bench.monitor import Size
from loadtests.support.turn import Turn
from servers.fake_gemini.faults.kinds import KINDS

GIVEN_UP = frozenset({"timed_out", "timeout", "connect_timeout"})
CUT_SHORT = frozenset({"cut_short", "empty_reply", "lost_chunk"})
ANSWERED_BY_STATUS = ("rejected_capacity", "unauthorized", "http_")
"""Failures of an upgrade that the server did answer."""
_ENDS_A_REPLY = frozenset({"close", "drop", "drop_in_frame", "turn"})
"""What a fault does after which the reply that it falls into can have no more words: of those that bend the course of a
turn only a cut falls into its middle."""


def suffered(
    account: Account,
    lines: Iterable[Turn],
    late_seconds: float,
    before: Size | None = None,
    after: Size | None = None,
) -> Suffered:
    """What an execution suffered. Words that come later than `late_seconds` after a fault are late."""
    turns = turns_of(lines)
    placed = place(account.strikes, turns)
    owned = _owned(account.strikes, placed.sessions, turns)
    struck = [
        _unknown(strike)
        if index in placed.doubtful or index not in placed.sessions
        else _struck(strike, placed.sessions[index], owned.get(index, ()), turns, late_seconds)
        for index, strike in enumerate(account.strikes)
    ]
    touched = set(placed.sessions.values())
    untouched = turns.sessions.keys() - touched
    wronged = Counter(label for session in untouched if (label := _failure(turns.sessions[session])))
    return Suffered(
        script=account.script,
        struck=struck,
        touched=len(touched),
        untouched=len(untouched),
        wrongly_touched=dict(sorted(wronged.items())),
        before=_holding(before),
        after=_holding(after),
    )


def _failure(turns: Sequence[Turn]) -> str | None:
    return next((turn.failure or "unknown" for turn in turns if turn.outcome == "failed"), None)


def _holding(size: Size | None) -> Holding | None:
    return Holding(memory_bytes=size.memory_bytes, threads=size.threads, descriptors=size.descriptors) if size else None


def _owned(strikes: Sequence[Strike], placed: Mapping[int, str], turns: Turns) -> dict[int, list[Turn]]:
    """Index of a strike to the turns that failed by it."""
    by_session: dict[str, list[Strike]] = defaultdict(list)
    for index, session in placed.items():
        by_session[session].append(strikes[index])
    indices = {id(strike): index for index, strike in enumerate(strikes)}
    owned: dict[int, list[Turn]] = defaultdict(list)
    for session, here in by_session.items():
        here.sort(key=lambda strike: strike.at)
        for turn in turns.sessions[session]:
            if turn.outcome == "failed" and (owner := owner_of(turns.known_at(turn), here)):
                owned[indices[id(owner)]].append(turn)
    return owned


def _unknown(strike: Strike) -> Struck:
    return Struck(fault=strike.fault, moment=strike.moment, at=strike.at, session=None, turn=None, seen="unknown")


def _struck(strike: Strike, session: str, failed: Sequence[Turn], turns: Turns, late_seconds: float) -> Struck:
    if failed:
        return _lost(strike, failed, turns)
    turn = turns.by_id.get(strike.turn or "") or _next_turn(strike, session, turns)
    return Struck(
        fault=strike.fault,
        moment=strike.moment,
        at=strike.at,
        session=session,
        turn=turn.id if turn else None,
        seen=_seen_of_reply(strike, turn, late_seconds),
    )


def _lost(strike: Strike, failed: Sequence[Turn], turns: Turns) -> Struck:
    """Of a strike that failed turns; mostly one, as a session that fails is over."""
    turn = failed[0]
    seen = _seen_of_failure(turn)
    answer = _answer(failed[-1], turns)
    return Struck(
        fault=strike.fault,
        moment=strike.moment,
        at=strike.at,
        session=turn.session,
        turn=turn.id,
        seen=seen,
        code=turn.told or turn.failure,
        known_seconds=None if seen == "cut_short" else max(0.0, turns.known_at(turn) - strike.at),
        lost=len(failed),
        recovered=answer is not None,
        recovered_seconds=answer.chunks_at[0] - strike.at if answer else None,
    )


def _seen_of_failure(turn: Turn) -> Seen:
    label = turn.failure or "unknown"
    if turn.told or label.startswith(ANSWERED_BY_STATUS):
        return "told"
    if label in GIVEN_UP:
        return "given_up"
    return "cut_short" if label in CUT_SHORT else "closed"


def _seen_of_reply(strike: Strike, turn: Turn | None, late_seconds: float) -> Seen:
    """Of a strike that failed no turn; `turn` is the one it fell on, or the next of the session."""
    if turn is None or turn.outcome != "ok":  # nobody asked any more, or it was cut by the end or by another strike
        return "unknown"
    if _lacks_its_end(strike, turn):
        return "cut_short"
    begun_at = max(strike.at, turn.begun_at or 0.0)
    moments = [begun_at, *(at for at in (*turn.chunks_at, turn.ended_at or 0.0) if at > begun_at)]
    silences = [after - before for before, after in pairwise(moments)]
    return "late" if max(silences, default=0.0) > late_seconds else "unnoticed"


def _lacks_its_end(strike: Strike, turn: Turn) -> bool:
    """Whether the reply ended well for the client though the fake had not said all of it."""
    kind = KINDS.get(strike.fault)
    ended = kind is not None and kind.act in _ENDS_A_REPLY and strike.moment == "mid_reply" and strike.turn == turn.id
    return ended and not any(at > strike.at + CLOCKS_SECONDS for at in turn.chunks_sent_at)


def _next_turn(strike: Strike, session: str, turns: Turns) -> Turn | None:
    """The turn of the session that waited for words when it struck, or the next one."""
    waiting = (turn for turn in turns.sessions[session] if (turn.ended_at or strike.at) >= strike.at)
    return next(waiting, None)


def _answer(turn: Turn, turns: Turns) -> Turn | None:
    """The turn that had the answer in the end."""
    while again := turns.again.get(turn.id):
        if again.outcome == "ok" and again.chunks_at:
            return again
        turn = again
    return None
