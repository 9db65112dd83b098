"""The share of turns that were answered as well as the objective asks of a single turn. Pure.

A percentile says where one turn in twenty lies; this says of all of them how many were within the same bound, and so
shows how a server leaves its limit behind.
"""

from collections.abc import Callable, Mapping, Sequence

from bench import readings
from bench.capacity.pace import patience_seconds
from bench.objective import Objective
from bench.results import Trial
from bench.windows import Process, spanning
from loadtests.support.turn import Turn

OF_A_TURN: Mapping[str, Callable[[Turn], float | None]] = {
    "ttft_seconds": readings.ttft,
    "ttft_from_plan_seconds": readings.ttft_from_plan,
    "ttft_added_seconds": readings.ttft_added,
    "turn_seconds": readings.whole_turn,
    "connect_seconds": lambda turn: turn.connect_seconds,
}
"""Metrics with one value for each turn."""


def well_answered_share(trial: Trial, processes: Sequence[Process], objective: Objective) -> float | None:
    """Of the turns planned in the window, and of those that waited when it opened; None where there were none.

    Turns cut by the end count once they had gone without words for longer than anybody has patience.
    """
    turns = {line.id: line for process in processes for line in process if isinstance(line, Turn)}
    closed_at = trial.started_at + trial.window_seconds
    window = spanning(list(turns.values()), turns, trial.sessions, closed_at).narrowed(trial.started_at, closed_at)
    watched_until = max((_last_moment(turn) for turn in turns.values()), default=closed_at)
    judged = [_is_well_answered(turn, watched_until, objective) for turn in (*window.turns, *window.waiting)]
    known = [well for well in judged if well is not None]
    return sum(known) / len(known) if known else None


def _is_well_answered(turn: Turn, watched_until: float, objective: Objective) -> bool | None:
    if turn.outcome == "unfinished":
        heard_at = turn.chunks_at[-1] if turn.chunks_at else turn.planned_at
        return False if watched_until - heard_at > patience_seconds(objective) else None
    if turn.outcome != "ok":
        return False
    return all(_keeps(turn, condition.metric, condition.bound) for condition in objective.conditions)


def _keeps(turn: Turn, metric: str, bound: float) -> bool:
    value = OF_A_TURN[metric](turn) if metric in OF_A_TURN else None
    return value is None or value <= bound


def _last_moment(turn: Turn) -> float:
    return max([turn.planned_at, *turn.chunks_at[-1:], *([turn.ended_at] if turn.ended_at is not None else [])])
