"""From the lines of all load processes of one execution to its windows of measurement.

A window opens when everybody of a level has started and has warmed up, and closes when it has lasted long enough,
the next level begins or the load stops. Everything planned outside of it is left out of the latencies, though not
out of the raw turns.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import fmean

from bench.histograms import percentile_seconds
from loadtests.support.turn import End, Line, Mark, Stream, Turn

Process = Sequence[Line]
"""The lines of one load process's file."""
LONG_CONNECT_SECONDS = 0.5
"""Whoever takes longer to connect over a network this short had to wait to be let in."""
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
    execution: Sequence[Turn]
    """Every turn of the execution, whenever it was planned: what they made the server do may fall into the window."""
    warnings: Sequence[str] = ()
    of_level: Sequence[Turn] = ()
    """Every turn planned at its level of load: in the ramp and the warm-up too."""

    @property
    def seconds(self) -> float:
        return self.closed_at - self.opened_at

    def narrowed(self, opened_at: float, closed_at: float) -> "Window":
        """What was planned between two moments of it. Who was waiting at the first is found anew."""
        return replace(
            self,
            opened_at=opened_at,
            closed_at=closed_at,
            turns=[turn for turn in self.turns if opened_at <= turn.planned_at < closed_at],
            waiting=[turn for turn in self.execution if turn.planned_at < opened_at and _was_waiting(turn, opened_at)],
            barge_ins=[pair for pair in self.barge_ins if opened_at <= pair.new.planned_at < closed_at],
        )

    @property
    def chunks_inside(self) -> int:
        """How many chunks arrived between the two moments, whenever their turns were planned."""
        return sum(self.holds(at) for turn in self.execution for at in turn.chunks_at)

    @property
    def turns_inside(self) -> float:
        """Turns, each counted with the share of its chunks that arrived between the two moments."""
        return sum(
            sum(self.holds(at) for at in turn.chunks_at) / len(turn.chunks_at)
            for turn in self.execution
            if turn.chunks_at
        )

    @property
    def first_turns(self) -> Sequence[Turn]:
        """Of every session of the execution, whether it was ever opened or not."""
        latest_first = sorted(self.execution, key=lambda turn: -turn.planned_at)
        return list({turn.session: turn for turn in latest_first}.values())

    @property
    def is_everybody_in(self) -> bool:
        """Whether nobody is known to have had to wait for a connection."""
        firsts = {turn.id for turn in self.first_turns}
        return not any(
            (turn.sent_at is None and turn.id in firsts) or (turn.connect_seconds or 0.0) > LONG_CONNECT_SECONDS
            for turn in (*self.turns, *self.waiting)
        )

    def holds(self, at: float) -> bool:
        return self.opened_at <= at < self.closed_at


def spanning(turns: Sequence[Turn], execution: Mapping[str, Turn], sessions: int, watched_until: float) -> Window:
    """All of some turns of an execution, whenever they were planned, as one window: to be narrowed."""
    return Window(
        sessions=sessions,
        opened_at=-inf,
        closed_at=inf,
        watched_until=watched_until,
        turns=turns,
        waiting=(),
        barge_ins=[
            BargeIn(execution[new.barges_in_on], new)
            for new in turns
            if new.barges_in_on is not None and new.barges_in_on in execution
        ],
        execution=list(execution.values()),
        of_level=turns,
    )


@dataclass(frozen=True)
class Ledger:
    """What the load processes say of themselves."""

    recorded: int
    """Turns with outcome ok or failed: what Locust counts too."""
    lost: int
    """By how many turns the files differ from what their processes say they wrote."""
    unended: int
    """Files without their end."""
    lost_records: int
    """Of those that workers sent to their master: lines that did not arrive, batches that came again, and one for
    each worker without an acknowledged end, of which nobody knows how much is missing."""
    lag_seconds_p99: float | None
    """Of the timers of all processes together; None where none ended."""
    imbalance: float
    """Processor time of the busiest process / that of the average one, from start to end; 1 where it is unknown."""


def read_ledger(processes: Sequence[Process], workers: int = 0) -> Ledger:
    """The counts over all files, warm-up included; `workers` of them were to be written by a master, or none."""
    ends = [end for process in processes if (end := _end_of(process))]
    streams = [line for process in processes for line in process if isinstance(line, Stream)]
    lost = sum(abs(end.turns - len(_turns(process))) for process in processes if (end := _end_of(process)))
    return Ledger(
        recorded=sum(turn.outcome != "unfinished" for process in processes for turn in _turns(process)),
        lost=lost,
        unended=len(processes) - len(ends),
        lost_records=max(0, workers - len(streams)) + sum(stream.faults for stream in streams),
        lag_seconds_p99=_lag_seconds_p99(ends),
        imbalance=_imbalance([end.cpu_seconds for end in ends]),
    )


def _lag_seconds_p99(ends: Sequence[End]) -> float | None:
    """Records from before there were histograms tell no more than the percentile of each process: then the worst."""
    if all(end.lag_histogram for end in ends):
        return percentile_seconds([end.lag_histogram for end in ends], 99)
    return max(end.lag_seconds_p99 for end in ends)


def _imbalance(shares: Sequence[float]) -> float:
    return max(shares) / fmean(shares) if sum(shares) > 0 else 1.0


def cut(processes: Sequence[Process], warm_up_seconds: float, window_seconds: float | None = None) -> list[Window]:
    """One window for each level that began, in the order of time, and none longer than `window_seconds`.

    Each process marks its own share of the people; the level is their sum.
    """
    turns = {turn.id: (number, turn) for number, process in enumerate(processes) for turn in _turns(process)}
    watched_until = min((last_moment(process) for process in processes), default=0.0)
    levels = _levels(processes, watched_until)
    windows = [_window(level, warm_up_seconds, turns, watched_until) for level in levels]
    if window_seconds is None:
        return windows
    return [
        window.narrowed(window.opened_at, min(window.closed_at, window.opened_at + window_seconds))
        for window in windows
    ]


@dataclass(frozen=True)
class _Level:
    shares: Sequence[int]
    """How many people each process wanted."""
    began_at: float
    reached_at: float | None
    """When the last process had started all its people; None where one never had."""
    ended_at: float


def _levels(processes: Sequence[Process], watched_until: float) -> list[_Level]:
    marks = sorted(
        ((line, number) for number, process in enumerate(processes) for line in process if isinstance(line, Mark)),
        key=lambda pair: pair[0].at,
    )
    stopped_at = min((_stopped_at(process) for process in processes), default=watched_until)
    shares = [0] * len(processes)
    begun: list[tuple[float, list[int]]] = []
    for mark, number in marks:
        if mark.mark == "level" and mark.at < stopped_at:
            shares = [mark.sessions if index == number else share for index, share in enumerate(shares)]
            begun.append((mark.at, shares))
    ends = [*(began_at for began_at, _ in begun), stopped_at][1:]
    return [
        _Level(shares, began_at, _reached_at(marks, shares, began_at, ended_at), ended_at)
        for (began_at, shares), ended_at in zip(begun, ends, strict=True)
    ]


def _stopped_at(process: Process) -> float:
    """A load that was killed has no stop and made load as long as it wrote."""
    stops = (line.at for line in process if isinstance(line, Mark) and line.mark == "stop")
    return next(stops, last_moment(process))


def _reached_at(
    marks: Sequence[tuple[Mark, int]], shares: Sequence[int], began_at: float, ended_at: float
) -> float | None:
    """When all processes had started their shares; one whose share did not change may have done so before."""
    moments = {
        number: mark.at
        for mark, number in reversed(marks)
        if mark.mark == "reached" and mark.sessions == shares[number] and mark.at < ended_at
    }
    return max(began_at, *moments.values()) if len(moments) == len(shares) else None


def _window(
    level: _Level, warm_up_seconds: float, turns: Mapping[str, tuple[int, Turn]], watched_until: float
) -> Window:
    """A level that was not reached in time is measured all the same: crowding is what it may be there to show."""
    in_time = level.reached_at is not None and level.reached_at + warm_up_seconds < level.ended_at
    started_at = level.reached_at if in_time and level.reached_at is not None else level.began_at
    opened_at = min(started_at + warm_up_seconds, level.ended_at)
    of_level = [turn for number, turn in turns.values() if turn.sessions == level.shares[number]]
    execution = {turn.id: turn for _, turn in turns.values()}
    whole = spanning(of_level, execution, sum(level.shares), watched_until)
    window = whole.narrowed(opened_at, level.ended_at)
    return window if in_time else replace(window, warnings=[NOT_REACHED.format(sessions=window.sessions)])


def _was_waiting(turn: Turn, at: float) -> bool:
    """Whether the turn, planned before `at`, was still without its first words then."""
    if turn.chunks_at:
        return turn.chunks_at[0] > at
    return turn.outcome == "unfinished" or (turn.ended_at is not None and turn.ended_at > at)


def last_moment(process: Process) -> float:
    """Until when a load process is known to have run, by what it wrote; 0 where that is nothing."""
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
