"""What only the turns of a probe tell: how many were answered well, and how long people waited to be let in. Pure.

A percentile says where one turn in twenty lies. The share that was answered well says of all turns how many were within
the same bound, and so shows how a server leaves its limit behind.
"""

from collections.abc import Callable, Mapping, Sequence

from bench import readings
from bench.capacity.pace import patience_seconds
from bench.objective import Objective
from bench.results import Trial
from bench.windows import Process, Window, spanning
from loadtests.support.turn import Turn

OF_A_TURN: Mapping[str, Callable[[Turn], float | None]] = {
    "ttft_seconds": readings.ttft,
    "ttft_from_plan_seconds": readings.ttft_from_plan,
    "ttft_added_seconds": readings.ttft_added,
    "turn_seconds": readings.whole_turn,
    "connect_seconds": lambda turn: turn.connect_seconds,
}
"""Metrics with one value for each turn."""


def window_of(trial: Trial, processes: Sequence[Process]) -> Window:
    """The window that the trial was read from."""
    turns = {line.id: line for process in processes for line in process if isinstance(line, Turn)}
    closed_at = trial.started_at + trial.window_seconds
    watched_until = max((_last_moment(turn) for turn in turns.values()), default=closed_at)
    whole = spanning(list(turns.values()), turns, trial.sessions, watched_until)
    return whole.narrowed(trial.started_at, closed_at)


def well_answered_share(window: Window, objective: Objective) -> float | None:
    """Of the turns planned in it, with those that waited when it opened and lost patience; None where there were none.

    Of turns cut by the end those count that had gone without words for longer than anybody has patience.
    """
    patience = patience_seconds(objective)
    silent = [turn for turn in window.waiting if _lost_patience(turn, window, patience)]
    judged = [_is_well_answered(turn, window, objective, patience) for turn in window.turns]
    known = [well for well in judged if well is not None] + [False] * len(silent)
    return sum(known) / len(known) if known else None


def longest_connect_seconds(window: Window) -> float:
    """Of all who were there, also those who began to wait before the window and were let in behind it, or never."""
    return max((_connect_seconds(turn, window) for turn in (*window.turns, *window.waiting)), default=0.0)


def _is_well_answered(turn: Turn, window: Window, objective: Objective, patience: float) -> bool | None:
    if turn.outcome == "failed" or _lost_patience(turn, window, patience):
        return False
    if turn.outcome == "unfinished":
        return None
    return all(_keeps(turn, condition.metric, condition.bound) for condition in objective.conditions)


def _lost_patience(turn: Turn, window: Window, patience: float) -> bool:
    words = readings.ttft_from_plan(turn)
    if words is None:
        return window.watched_until - turn.planned_at > patience
    unheard = window.watched_until - turn.chunks_at[-1] if turn.outcome == "unfinished" else 0.0
    return max(words, unheard) > patience


def _keeps(turn: Turn, metric: str, bound: float) -> bool:
    value = OF_A_TURN[metric](turn) if metric in OF_A_TURN else None
    return value is None or value <= bound


def _connect_seconds(turn: Turn, window: Window) -> float:
    if turn.connect_seconds is not None:
        return turn.connect_seconds
    if turn.sent_at is not None:
        return 0.0  # it had a session already
    return (window.watched_until if turn.ended_at is None else turn.ended_at) - turn.planned_at


def _last_moment(turn: Turn) -> float:
    return max([turn.planned_at, *turn.chunks_at[-1:], *([] if turn.ended_at is None else [turn.ended_at])])
