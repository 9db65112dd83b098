"""From the lines of all load processes of one execution to its windows of measurement.

A window opens when everybody of a level has started and has warmed up, and closes when the next level begins or
the load stops. Everything planned outside of it is left out of the metrics, though not out of the raw turns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from loadtests.support.turn import End, Line, Mark, Turn

Process = Sequence[Line]
"""The lines of one load process's file."""
NOT_REACHED = "not all of {sessions} people had started in time: the window opens as if they had at once"


@dataclass(frozen=True)
class BargeIn:
    """A prompt sent into a reply: the turn that was interrupted and the one that interrupted it."""

    old: Turn
    new: Turn


@dataclass(frozen=True)
class Window:
    """What was planned between two moments at one level of load."""

    sessions: int
    opened_at: float
    closed_at: float
    watched_until: float
    """Until when people were certainly watched: what an unfinished turn is known to have waited ends here."""
    turns: Sequence[Turn]
    waiting: Sequence[Turn]
    """Turns planned earlier, whose first words had not come when the window opened. Somebody who waits the
    whole window through plans nothing in it; without these, the worst served would not count at all."""
    barge_ins: Sequence[BargeIn]
    """Those whose interrupting turn was planned in the window."""
    warnings: Sequence[str] = ()

    @property
    def seconds(self) -> float:
        return self.closed_at - self.opened_at


@dataclass(frozen=True)
class Ledger:
    """What the load processes say of themselves."""

    recorded: int
    """Turns with outcome ok or failed: what Locust counts too."""
    lost: int
    """By how many turns the files differ from what their processes say they wrote."""
    unended: int
    """Files without their last line."""
    lag_seconds_p99: float | None
    """Of the process that was the latest; None where none ended."""


def read_ledger(processes: Sequence[Process]) -> Ledger:
    """The counts over all files, warm-up included."""
    ends = [end for process in processes if (end := _end_of(process))]
    lost = sum(abs(end.turns - len(_turns(process))) for process in processes if (end := _end_of(process)))
    return Ledger(
        recorded=sum(turn.outcome != "unfinished" for process in processes for turn in _turns(process)),
        lost=lost,
        unended=len(processes) - len(ends),
        lag_seconds_p99=max((end.lag_seconds_p99 for end in ends), default=None),
    )


def cut(processes: Sequence[Process], warm_up_seconds: float) -> list[Window]:
    """One window for each level that began, in the order of time."""
    turns = {turn.id: turn for process in processes for turn in _turns(process)}
    watched_until = min((_last_moment(process) for process in processes), default=0.0)
    return [_window(level, warm_up_seconds, turns, watched_until) for level in _levels(processes, watched_until)]


@dataclass(frozen=True)
class _Level:
    sessions: int
    began_at: float
    reached_at: float | None
    """When the last process had started all its people; None where one never had."""
    ended_at: float


def _levels(processes: Sequence[Process], watched_until: float) -> list[_Level]:
    marks = sorted((line for process in processes for line in process if isinstance(line, Mark)), key=lambda m: m.at)
    # a load that was killed has no stop and was watched as long as it wrote
    stopped_at = next((mark.at for mark in marks if mark.mark == "stop"), watched_until)
    begun: dict[int, float] = {}
    for mark in marks:
        if mark.mark == "level":
            begun.setdefault(mark.sessions, mark.at)
    ends = [*begun.values(), stopped_at][1:]
    levels = []
    for (sessions, began_at), ended_at in zip(begun.items(), ends, strict=True):
        reached = [mark.at for mark in marks if mark.mark == "reached" and mark.sessions == sessions]
        reached_at = max(reached) if len(reached) == len(processes) else None
        levels.append(_Level(sessions, began_at, reached_at, ended_at))
    return levels


def _window(level: _Level, warm_up_seconds: float, turns: Mapping[str, Turn], watched_until: float) -> Window:
    """A level that was not reached in time is measured all the same: crowding is what it may be there to show."""
    in_time = level.reached_at is not None and level.reached_at + warm_up_seconds < level.ended_at
    started_at = level.reached_at if in_time and level.reached_at is not None else level.began_at
    opened_at = min(started_at + warm_up_seconds, level.ended_at)
    inside = [
        turn
        for turn in turns.values()
        if turn.sessions == level.sessions and opened_at <= turn.planned_at < level.ended_at
    ]
    return Window(
        sessions=level.sessions,
        opened_at=opened_at,
        closed_at=level.ended_at,
        watched_until=watched_until,
        turns=inside,
        waiting=[turn for turn in turns.values() if turn.planned_at < opened_at and _was_waiting(turn, opened_at)],
        barge_ins=[
            BargeIn(turns[turn.barges_in_on], turn)
            for turn in inside
            if turn.barges_in_on and turn.barges_in_on in turns
        ],
        warnings=[] if in_time else [NOT_REACHED.format(sessions=level.sessions)],
    )


def _was_waiting(turn: Turn, at: float) -> bool:
    """Whether the turn, planned before `at`, had certainly not got its first words by then.

    A failed turn without a reply does not say when it failed, so it is not counted among the waiting.
    """
    if turn.chunks_at:
        return turn.chunks_at[0] > at
    return turn.outcome == "unfinished"


def _last_moment(process: Process) -> float:
    return max((moment for line in process for moment in _moments(line)), default=0.0)


def _moments(line: Line) -> Iterator[float]:
    if isinstance(line, Mark):
        yield line.at
    elif isinstance(line, Turn):
        yield line.planned_at
        yield from (at for at in (line.sent_at, line.acknowledged_at, line.ended_at) if at is not None)
        yield from line.chunks_at[-1:]


def _turns(process: Process) -> list[Turn]:
    return [line for line in process if isinstance(line, Turn)]


def _end_of(process: Process) -> End | None:
    return next((line for line in process if isinstance(line, End)), None)
