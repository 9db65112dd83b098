"""The metrics: one entry each, with the words, the unit and the formula that the report prints beside it.

A latency comes from turns that ended properly; failed and unfinished turns are counted beside it, never in it. To
add a metric, add an entry.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Literal

from bench.results import Statistics
from bench.stats import Better, percentile, sample_floor
from bench.windows import BargeIn, Window
from loadtests.support.turn import Turn

Unit = Literal["s", "B", "ratio", "count", "per second", "cores"]

PERCENTILES: Mapping[str, float] = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "p99.9": 99.9}
LATENCY = ("p50", "p95", "p99", "max")
NUMBER = ("value",)


@dataclass(frozen=True)
class Observed:
    """What a metric is computed from: one window, and the target's processes over it."""

    window: Window
    resources: Mapping[str, float]
    """As `Trial.resources`."""
    objective_seconds: float


@dataclass(frozen=True)
class Metric:
    """`values` gives every single value of a window; no values mean that the metric does not apply to it."""

    name: str
    title: str
    unit: Unit
    better: Better | None
    """None where neither direction is good in itself: such a metric is not compared."""
    statistics: Sequence[str]
    formula: str
    values: Callable[[Observed], list[float]]


def measure(observed: Observed) -> dict[str, Statistics]:
    """Every metric that applies to the window."""
    measured = {metric.name: (metric, metric.values(observed)) for metric in METRICS.values()}
    return {name: describe(values, metric.statistics) for name, (metric, values) in measured.items() if values}


def describe(values: Sequence[float], statistics: Sequence[str]) -> Statistics:
    """The named statistics of `values`; None for a percentile that there are too few values for."""
    return Statistics(count=len(values), values={name: _statistic(name, values) for name in statistics})


def floor_of(statistic: str) -> int:
    """How many values a statistic needs in one window."""
    return sample_floor(PERCENTILES[statistic]) if statistic in PERCENTILES else 1


def _statistic(name: str, values: Sequence[float]) -> float | None:
    if len(values) < floor_of(name):
        return None
    if name in PERCENTILES:
        return percentile(values, PERCENTILES[name])
    return _WHOLE[name](values)


_WHOLE: Mapping[str, Callable[[Sequence[float]], float]] = {
    "max": max,
    "total": sum,
    "value": fmean,  # of the single value there is, or of zeros and ones: a share
}


def _of_turns(value: Callable[[Turn], float | None]) -> Callable[[Observed], list[float]]:
    """One value per turn that ended properly, where `value` has one."""

    def values(observed: Observed) -> list[float]:
        found = (value(turn) for turn in observed.window.turns if turn.outcome == "ok")
        return [number for number in found if number is not None]

    return values


def _of_barge_ins(
    value: Callable[[Turn, float], float | None], side: Literal["old", "new"]
) -> Callable[[Observed], list[float]]:
    """One value per barge-in, from one of its two turns, which ended properly, and the moment of the barge-in."""

    def values(observed: Observed) -> list[float]:
        found = []
        for barge_in in observed.window.barge_ins:
            turn = barge_in.old if side == "old" else barge_in.new
            moment = _moment(barge_in)
            if turn.outcome == "ok" and moment is not None:
                found.append(value(turn, moment))
        return [number for number in found if number is not None]

    return values


def _of_resource(name: str) -> Callable[[Observed], list[float]]:
    return lambda observed: [observed.resources[name]] if name in observed.resources else []


def _moment(barge_in: BargeIn) -> float | None:
    return barge_in.old.interrupted_at


def _ttft(turn: Turn) -> float | None:
    return turn.chunks_at[0] - turn.sent_at if turn.chunks_at and turn.sent_at is not None else None


def _ttft_from_plan(turn: Turn) -> float | None:
    return turn.chunks_at[0] - turn.planned_at if turn.chunks_at else None


def _ttft_added(turn: Turn) -> float | None:
    ttft = _ttft(turn)
    return ttft - turn.chunks_spent_seconds[0] if ttft is not None and turn.chunks_spent_seconds else None


def _whole_turn(turn: Turn) -> float | None:
    if turn.interrupted_at is not None or turn.ended_at is None or turn.sent_at is None:
        return None
    return turn.ended_at - turn.sent_at


def _schedule_delay(turn: Turn) -> float | None:
    if turn.connect_seconds is not None or turn.sent_at is None:
        return None
    return turn.sent_at - turn.planned_at


def _stop(old: Turn, moment: float) -> float | None:
    return max(0.0, old.chunks_at[-1] - moment) if old.chunks_at else 0.0


def _stale(old: Turn, moment: float) -> float:
    return sum(at > moment for at in old.chunks_at)


def _acknowledgement(old: Turn, moment: float) -> float | None:
    return old.acknowledged_at - moment if old.acknowledged_at is not None else None


def _acknowledged(old: Turn, _: float) -> float:
    return float(old.acknowledged_at is not None)


def _leaked(old: Turn, _: float) -> float | None:
    acknowledged_at = old.acknowledged_at
    return None if acknowledged_at is None else sum(at > acknowledged_at for at in old.chunks_at)


def _resume(new: Turn, moment: float) -> float | None:
    return new.chunks_at[0] - moment if new.chunks_at else None


def _resume_added(new: Turn, moment: float) -> float | None:
    resume = _resume(new, moment)
    return resume - new.chunks_spent_seconds[0] if resume is not None and new.chunks_spent_seconds else None


def _gaps(observed: Observed) -> list[float]:
    turns = (turn for turn in observed.window.turns if turn.outcome == "ok")
    return [later - earlier for turn in turns for earlier, later in pairwise(turn.chunks_at)]


def _relays(observed: Observed) -> list[float]:
    turns = (turn for turn in observed.window.turns if turn.outcome == "ok" and turn.chunks_sent_at)
    return [at - sent_at for turn in turns for at, sent_at in zip(turn.chunks_at, turn.chunks_sent_at, strict=True)]


def _goodput(observed: Observed) -> list[float]:
    """One or zero per turn that was attempted and of which it is known whether it was good."""
    window = observed.window
    judged = (_is_good(turn, observed) for turn in (*window.turns, *window.waiting))
    return [float(good) for good in judged if good is not None]


def _is_good(turn: Turn, observed: Observed) -> bool | None:
    """None for a turn cut by the end of the load before it could miss the objective."""
    words = _ttft_from_plan(turn)
    waited = observed.window.watched_until - turn.planned_at if words is None else words
    if turn.outcome == "unfinished":
        return False if waited > observed.objective_seconds else None
    return turn.outcome == "ok" and words is not None and words <= observed.objective_seconds


def _turns_per_second(observed: Observed) -> list[float]:
    if observed.window.seconds <= 0:
        return []
    return [sum(turn.outcome == "ok" for turn in observed.window.turns) / observed.window.seconds]


def _cpu_per_turn(observed: Observed) -> list[float]:
    turns = sum(turn.outcome == "ok" for turn in observed.window.turns)
    return [observed.resources["cpu_seconds"] / turns] if turns and "cpu_seconds" in observed.resources else []


_TABLE = (
    Metric(
        "ttft_seconds", "Time to first words", "s", "lower", LATENCY,
        "first chunk - prompt sent", _of_turns(_ttft),
    ),
    Metric(
        "ttft_from_plan_seconds", "Time to first words, waiting included", "s", "lower", LATENCY,
        "first chunk - moment the person meant to ask", _of_turns(_ttft_from_plan),
    ),
    Metric(
        "ttft_added_seconds", "Time to first words that the server added", "s", "lower", LATENCY,
        "first chunk - prompt sent - what the fake Gemini spent until that chunk", _of_turns(_ttft_added),
    ),
    Metric(
        "turn_seconds", "Time to the end of a reply", "s", "lower", LATENCY,
        "reply complete - prompt sent, of replies nobody interrupted", _of_turns(_whole_turn),
    ),
    Metric(
        "chunk_gap_seconds", "Gap between chunks", "s", "lower", LATENCY,
        "chunk i+1 - chunk i, all gaps of all replies pooled", _gaps,
    ),
    Metric(
        "relay_seconds", "Time a chunk spends in the server", "s", "lower", LATENCY,
        "chunk received - chunk sent by the fake Gemini; on one machine only", _relays,
    ),
    Metric(
        "stop_seconds", "Time to silence after an interruption", "s", "lower", LATENCY,
        "max(0, last chunk of the old reply - interruption sent)", _of_barge_ins(_stop, "old"),
    ),
    Metric(
        "stale_chunks", "Chunks of the old reply after an interruption", "count", "lower", LATENCY,
        "chunks of the old reply received after the interruption was sent", _of_barge_ins(_stale, "old"),
    ),
    Metric(
        "ack_seconds", "Time to the word that a reply was cut", "s", "lower", LATENCY,
        "`interrupted` packet - interruption sent, where there is one", _of_barge_ins(_acknowledgement, "old"),
    ),
    Metric(
        "acknowledged_ratio", "Interruptions that were acknowledged", "ratio", "higher", NUMBER,
        "interrupted replies with an `interrupted` packet / interrupted replies",
        _of_barge_ins(_acknowledged, "old"),
    ),
    Metric(
        "leaked_chunks", "Chunks of the old reply after its acknowledgement", "count", "lower", ("total", "max"),
        "chunks of the old reply received after its `interrupted` packet; must be 0", _of_barge_ins(_leaked, "old"),
    ),
    Metric(
        "resume_seconds", "Time to the new reply after an interruption", "s", "lower", LATENCY,
        "first chunk of the new reply - interruption sent", _of_barge_ins(_resume, "new"),
    ),
    Metric(
        "resume_added_seconds", "Time to the new reply that the server added", "s", "lower", LATENCY,
        "first chunk of the new reply - interruption sent - what the fake Gemini spent until that chunk",
        _of_barge_ins(_resume_added, "new"),
    ),
    Metric(
        "connect_seconds", "Time to connect", "s", "lower", LATENCY,
        "TCP connect to the upgrade's 101", _of_turns(lambda turn: turn.connect_seconds),
    ),
    Metric(
        "schedule_delay_seconds", "How late the load asked", "s", None, LATENCY,
        "prompt sent - moment the person meant to ask, of turns that did not connect first",
        _of_turns(_schedule_delay),
    ),
    Metric(
        "goodput_ratio", "Turns answered well", "ratio", "higher", NUMBER,
        "turns that succeeded with first words within the objective, waiting included / turns attempted; people "
        "already waiting when the window opens count, turns cut by the end count once they have missed it",
        _goodput,
    ),
    Metric(
        "turns_per_second", "Turns completed", "per second", "higher", NUMBER,
        "successful turns / length of the window", _turns_per_second,
    ),
    Metric(
        "cpu_seconds_per_turn", "Processor time per turn", "s", "lower", NUMBER,
        "processor time of the server's processes in the window / successful turns", _cpu_per_turn,
    ),
    Metric(
        "cpu_share", "Processor in use", "cores", None, NUMBER,
        "processor time of the server's processes in the window / length of the window", _of_resource("cpu_share"),
    ),
    Metric(
        "memory_bytes", "Memory in use", "B", "lower", NUMBER,
        "median over the window, all of the server's processes", _of_resource("memory_bytes"),
    ),
    Metric(
        "memory_bytes_per_session", "Memory per connected person", "B", "lower", NUMBER,
        "(memory in use - memory before anybody connected) / people connected",
        _of_resource("memory_bytes_per_session"),
    ),
    Metric(
        "threads", "Threads", "count", None, NUMBER,
        "most threads seen in the window, all of the server's processes", _of_resource("threads"),
    ),
    Metric(
        "descriptors", "Open files and sockets", "count", None, NUMBER,
        "most descriptors seen in the window, all of the server's processes", _of_resource("descriptors"),
    ),
)  # fmt: skip
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _TABLE}
