"""How each single value is read off a window: the formulas behind the table of metrics."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from bench.cold import is_cold
from bench.faults.record import Struck, Suffered
from bench.windows import Window
from loadtests.support.turn import Turn

MISSED_SECONDS = 1.0


@dataclass(frozen=True)
class Observed:
    """What a metric is computed from: one window, and the target's processes over it."""

    window: Window
    resources: Mapping[str, float]
    """As `Trial.resources`."""
    objective_seconds: float
    round_trip_seconds: float | None = None
    """Between load and server, as `RoundTrip.p50_seconds`; None where nobody looked."""
    parts: Sequence["Observed"] = ()
    """What the people of each machine saw, where several with a way of their own made the load."""
    faults: Suffered | None = None
    """What struck on purpose; None where nothing was armed."""

    @property
    def warm(self) -> list[Turn]:
        """The turns of the window that ended properly and waited for no instance to start: what latencies are of."""
        return [turn for turn in self.window.turns if turn.outcome == "ok" and not is_cold(turn)]


def of_turns(value: Callable[[Turn], float | None]) -> Callable[[Observed], list[float]]:
    """One value per warm turn, where `value` has one."""

    def values(observed: Observed) -> list[float]:
        found = (value(turn) for turn in observed.warm)
        return [number for number in found if number is not None]

    return values


def of_barge_ins(
    value: Callable[[Turn, float], float | None], side: Literal["old", "new"]
) -> Callable[[Observed], list[float]]:
    """One value per barge-in, from one of its two turns, which ended properly, and the moment of the barge-in.

    A reply that is on its way waits for no instance any more, so cold sessions are in it.
    """

    def values(observed: Observed) -> list[float]:
        found = []
        for barge_in in observed.window.barge_ins:
            turn = barge_in.old if side == "old" else barge_in.new
            moment = barge_in.old.interrupted_at
            if turn.outcome == "ok" and moment is not None:
                found.append(value(turn, moment))
        return [number for number in found if number is not None]

    return values


def of_resource(name: str) -> Callable[[Observed], list[float]]:
    """The one number of that name, where the target's processes could be watched."""
    return lambda observed: [observed.resources[name]] if name in observed.resources else []


def of_strikes(value: Callable[[Struck], float | None]) -> Callable[[Observed], list[float]]:
    """One value per fault that struck, where `value` has one, unless nobody knows what was seen of it."""

    def values(observed: Observed) -> list[float]:
        struck = observed.faults.struck if observed.faults else []
        found = (value(strike) for strike in struck if strike.seen != "unknown")
        return [number for number in found if number is not None]

    return values


def is_attributed(turn: Turn) -> bool:
    """Whether every chunk says when it was sent; with some that do not, one cannot tell which does."""
    return bool(turn.chunks_at) and len(turn.chunks_at) == len(turn.chunks_sent_at) == len(turn.chunks_spent_seconds)


def ttft(turn: Turn) -> float | None:
    return turn.chunks_at[0] - turn.sent_at if turn.chunks_at and turn.sent_at is not None else None


def ttft_from_plan(turn: Turn) -> float | None:
    return turn.chunks_at[0] - turn.planned_at if turn.chunks_at else None


def ttft_added(turn: Turn) -> float | None:
    seconds = ttft(turn)
    return seconds - turn.chunks_spent_seconds[0] if seconds is not None and is_attributed(turn) else None


def whole_turn(turn: Turn) -> float | None:
    """Of replies nobody interrupted: a cut one is short without anyone being fast."""
    if turn.interrupted_at is not None or turn.ended_at is None or turn.sent_at is None:
        return None
    return turn.ended_at - turn.sent_at


def schedule_delay(turn: Turn) -> float | None:
    """How late the load set about a turn, which is its own doing; to connect and to send may be the server's.

    Where that was not recorded, the sending stands in for it in turns that had a connection already.
    """
    if turn.begun_at is not None:
        return turn.begun_at - turn.planned_at
    if turn.connect_seconds is not None or turn.sent_at is None:
        return None
    return turn.sent_at - turn.planned_at


def is_missed(turn: Turn) -> bool:
    """Whether the load did not set about a turn within a second of its moment, or never did.

    In another second it belongs to another second's rate. Records that do not say when the load set about a turn show
    by its sending or failing that it did.
    """
    if turn.begun_at is None:
        return turn.sent_at is None and turn.outcome == "unfinished"
    return turn.begun_at - turn.planned_at > MISSED_SECONDS


def stop(old: Turn, moment: float) -> float:
    return max(0.0, old.chunks_at[-1] - moment) if old.chunks_at else 0.0


def stale(old: Turn, moment: float) -> float:
    return sum(at > moment for at in old.chunks_at)


def acknowledgement(old: Turn, moment: float) -> float | None:
    return old.acknowledged_at - moment if old.acknowledged_at is not None else None


def acknowledged(old: Turn, _: float) -> float:
    return float(old.acknowledged_at is not None)


def leaked(old: Turn, _: float) -> float | None:
    acknowledged_at = old.acknowledged_at
    return None if acknowledged_at is None else sum(at > acknowledged_at for at in old.chunks_at)


def resume(new: Turn, moment: float) -> float | None:
    return new.chunks_at[0] - moment if new.chunks_at else None


def resume_added(new: Turn, moment: float) -> float | None:
    seconds = resume(new, moment)
    return seconds - new.chunks_spent_seconds[0] if seconds is not None and is_attributed(new) else None


def gaps(observed: Observed) -> list[float]:
    return [later - earlier for turn in observed.warm for earlier, later in pairwise(turn.chunks_at)]


def relays(observed: Observed) -> list[float]:
    turns = (turn for turn in observed.warm if is_attributed(turn))
    return [at - sent_at for turn in turns for at, sent_at in zip(turn.chunks_at, turn.chunks_sent_at, strict=True)]


def schedule_delays(turns: Iterable[Turn]) -> list[float]:
    """Of all turns, whatever became of them: how late the load was does not depend on that."""
    return [delay for turn in turns if (delay := schedule_delay(turn)) is not None]


def lags(turns: Iterable[Turn]) -> list[float]:
    """How late each chunk was read, of all turns; none where arrivals are stamped in user time."""
    return [seconds for turn in turns for seconds in turn.chunks_lag_seconds]


def goodput(observed: Observed) -> list[float]:
    """One or zero per turn that was attempted and of which it is known whether it was good."""
    window = observed.window
    judged = (_is_good(turn, observed) for turn in (*window.turns, *window.waiting))
    return [float(good) for good in judged if good is not None]


def failures(observed: Observed) -> list[float]:
    """One or zero per turn that was attempted and of which it is known.

    Together with the percentiles, in which stand the turns planned in the window that ended properly, this accounts
    for every turn: who waits the whole window through asks nothing in it, and would be in neither otherwise.
    """
    window = observed.window
    asked = [turn.outcome != "ok" for turn in window.turns if _is_good(turn, observed) is not None]
    waited = [not good for turn in window.waiting if (good := _is_good(turn, observed)) is not None]
    return [float(failed) for failed in (*asked, *waited)]


def unserved(observed: Observed) -> list[float]:
    """One or zero per person with a turn of which it is known whether it was good.

    A share of turns hides them: while one person waits, all others ask again and again.
    """
    served: dict[str, bool] = {}
    for turn in (*observed.window.turns, *observed.window.waiting):
        if _is_good(turn, observed) is not None:
            person = turn.session.partition("/")[0]
            served[person] = served.get(person, False) or bool(turn.chunks_at)
    return [float(not answered) for answered in served.values()]


def _is_good(turn: Turn, observed: Observed) -> bool | None:
    """None for a turn cut by the end of the load before it could miss the objective, or while its words still came."""
    words = ttft_from_plan(turn)
    waited = observed.window.watched_until - turn.planned_at if words is None else words
    if turn.outcome == "unfinished":
        silent = observed.window.watched_until - turn.chunks_at[-1] if turn.chunks_at else waited
        return False if max(waited, silent) > observed.objective_seconds else None
    return turn.outcome == "ok" and words is not None and words <= observed.objective_seconds


def turns_per_second(observed: Observed) -> list[float]:
    if observed.window.seconds <= 0:
        return []
    return [sum(turn.outcome == "ok" for turn in observed.window.turns) / observed.window.seconds]


def requested_turns(observed: Observed) -> list[float]:
    return _per_second(observed, [turn.planned_at for turn in observed.window.turns])


def achieved_turns(observed: Observed) -> list[float]:
    return _per_second(observed, [turn.sent_at for turn in observed.window.execution])


def requested_sessions(observed: Observed) -> list[float]:
    return _per_second(observed, [turn.planned_at for turn in observed.window.first_turns])


def achieved_sessions(observed: Observed) -> list[float]:
    return _per_second(observed, [opened(turn) for turn in observed.window.first_turns])


def opened(turn: Turn) -> float | None:
    """When the session of a first turn was; records that do not say when the load set about it know the sending."""
    if turn.connect_seconds is None or turn.begun_at is None:
        return None if turn.connect_seconds is None else turn.sent_at
    return turn.begun_at + turn.connect_seconds


def _per_second(observed: Observed, moments: Iterable[float | None]) -> list[float]:
    """How many of the moments lie in the window, for each of its seconds."""
    window = observed.window
    if window.seconds <= 0:
        return []
    return [sum(at is not None and window.holds(at) for at in moments) / window.seconds]


def cpu_per_turn(observed: Observed) -> list[float]:
    return _cpu_per(observed, observed.window.turns_inside)


def cpu_per_chunk(observed: Observed) -> list[float]:
    return _cpu_per(observed, observed.window.chunks_inside)


def _cpu_per(observed: Observed, amount: float) -> list[float]:
    return [observed.resources["cpu_seconds"] / amount] if amount and "cpu_seconds" in observed.resources else []
