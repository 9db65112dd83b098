"""The metrics: one entry each, with the words, the unit and the formula that the report prints beside it.

A latency comes from turns that ended properly; failed and unfinished turns are counted beside it, never in it. To
add a metric, add an entry.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from bench import cold, readings, round_trips
from bench.readings import Observed
from bench.results import Statistics
from bench.stats import Better, percentile, sample_floor

Unit = Literal["s", "B", "ratio", "count", "per second", "cores"]

PERCENTILES: Mapping[str, float] = {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "p99.9": 99.9}
LATENCY = ("p50", "p90", "p95", "p99", "max")
NUMBER = ("value",)


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
    round_trips: int | None = 0
    """How many round trips between load and server each value contains; None where nobody can say."""


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


_TABLE = (
    Metric(
        "ttft_seconds", "Time to first words", "s", "lower", LATENCY,
        "first chunk - prompt sent",
        readings.of_turns(readings.ttft), 1,
    ),
    Metric(
        "ttft_from_plan_seconds", "Time to first words, waiting included", "s", "lower", LATENCY,
        "first chunk - moment the person meant to ask",
        readings.of_turns(readings.ttft_from_plan), None,
    ),
    Metric(
        "ttft_added_seconds", "Time to first words that the server added", "s", "lower", LATENCY,
        "first chunk - prompt sent - what the fake Gemini spent until that chunk",
        readings.of_turns(readings.ttft_added), 1,
    ),
    Metric(
        "turn_seconds", "Time to the end of a reply", "s", "lower", LATENCY,
        "reply complete - prompt sent, of replies nobody interrupted",
        readings.of_turns(readings.whole_turn), 1,
    ),
    Metric(
        "chunk_gap_seconds", "Gap between chunks", "s", "lower", LATENCY,
        "chunk i+1 - chunk i, all gaps of all replies pooled",
        readings.gaps,
    ),
    Metric(
        "relay_seconds", "Time a chunk spends in the server", "s", "lower", LATENCY,
        "chunk received - chunk sent by the fake Gemini; on one machine only",
        readings.relays,
    ),
    Metric(
        "stop_seconds", "Time to silence after an interruption", "s", "lower", LATENCY,
        "max(0, last chunk of the old reply - interruption sent)",
        readings.of_barge_ins(readings.stop, "old"), 1,
    ),
    Metric(
        "stale_chunks", "Chunks of the old reply after an interruption", "count", "lower", LATENCY,
        "chunks of the old reply received after the interruption was sent",
        readings.of_barge_ins(readings.stale, "old"),
    ),
    Metric(
        "ack_seconds", "Time to the word that a reply was cut", "s", "lower", LATENCY,
        "`interrupted` packet - interruption sent, where there is one",
        readings.of_barge_ins(readings.acknowledgement, "old"), 1,
    ),
    Metric(
        "acknowledged_ratio", "Interruptions that were acknowledged", "ratio", "higher", NUMBER,
        "interrupted replies with an `interrupted` packet / interrupted replies",
        readings.of_barge_ins(readings.acknowledged, "old"),
    ),
    Metric(
        "leaked_chunks", "Chunks of the old reply after its acknowledgement", "count", "lower", ("total", "max"),
        "chunks of the old reply received after its `interrupted` packet; must be 0",
        readings.of_barge_ins(readings.leaked, "old"),
    ),
    Metric(
        "resume_seconds", "Time to the new reply after an interruption", "s", "lower", LATENCY,
        "first chunk of the new reply - interruption sent",
        readings.of_barge_ins(readings.resume, "new"), 1,
    ),
    Metric(
        "resume_added_seconds", "Time to the new reply that the server added", "s", "lower", LATENCY,
        "first chunk of the new reply - interruption sent - what the fake Gemini spent until that chunk",
        readings.of_barge_ins(readings.resume_added, "new"), 1,
    ),
    Metric(
        "connect_seconds", "Time to connect", "s", "lower", LATENCY,
        "TCP connect to the upgrade's 101, of sessions that did not wait for an instance to start",
        readings.of_turns(lambda turn: turn.connect_seconds), None,
    ),
    Metric(
        "cold_connect_seconds", "Time to connect where an instance had to start", "s", "lower", ("p50", "max"),
        "TCP connect to the upgrade's 101, of sessions whose instance was ready for less time than that; all that were "
        "opened before the window closed",
        lambda observed: cold.connects(observed.window), None,
    ),
    Metric(
        "cold_ttft_from_plan_seconds", "Time to first words where an instance had to start", "s", "lower",
        ("p50", "max"),
        "first chunk - moment the person meant to ask, of the first turns of those sessions, which stand in no other "
        "latency",
        lambda observed: cold.waits(observed.window), None,
    ),
    Metric(
        "schedule_delay_seconds", "How late the load asked", "s", None, LATENCY,
        "moment the load set about a turn - moment the person meant to ask",
        lambda observed: readings.schedule_delays(observed.window.turns),
    ),
    Metric(
        "generator_lag_seconds", "How late the load read", "s", None, LATENCY,
        "chunk read - chunk received by the kernel, all chunks pooled; unknown where arrivals are stamped in user time",
        lambda observed: readings.lags(observed.window.turns),
    ),
    Metric(
        "goodput_ratio", "Turns answered well", "ratio", "higher", NUMBER,
        "turns that succeeded with first words within the objective, waiting included / turns attempted; people "
        "already waiting when the window opens count, turns cut by the end count once they have missed it",
        readings.goodput,
    ),
    Metric(
        "failures_ratio", "Turns that failed", "ratio", "lower", NUMBER,
        "turns that failed, or had missed the objective where no percentile shows it (cut by the end, or planned "
        "before the window and still waiting when it opened) / turns attempted",
        readings.failures,
    ),
    Metric(
        "unserved_ratio", "People left without an answer", "ratio", "lower", NUMBER,
        "people who had missed the objective or failed with every turn they attempted and never got a word / people "
        "who attempted one",
        readings.unserved,
    ),
    Metric(
        "turns_per_second", "Turns completed", "per second", "higher", NUMBER,
        "successful turns / length of the window",
        readings.turns_per_second,
    ),
    Metric(
        "requested_turns_per_second", "Turns requested", "per second", None, NUMBER,
        "turns planned in the window / length of the window",
        readings.requested_turns,
    ),
    Metric(
        "achieved_turns_per_second", "Turns asked", "per second", None, NUMBER,
        "prompts sent in the window, whenever they were planned / length of the window",
        readings.achieved_turns,
    ),
    Metric(
        "requested_sessions_per_second", "Sessions requested", "per second", None, NUMBER,
        "sessions whose first turn was planned in the window / length of the window",
        readings.requested_sessions,
    ),
    Metric(
        "achieved_sessions_per_second", "Sessions opened", "per second", None, NUMBER,
        "sessions opened in the window, whenever they were planned / length of the window",
        readings.achieved_sessions,
    ),
    Metric(
        "time_to_know_seconds", "Time until the client knows of a fault", "s", "lower", LATENCY,
        "the session ended, an error came or the person gave up - fault struck, of faults that failed a turn and did "
        "not leave a reply that looks whole; on one machine only",
        readings.of_strikes(lambda strike: strike.known_seconds), None,
    ),
    Metric(
        "time_to_recover_seconds", "Time from a fault to the answer", "s", "lower", LATENCY,
        "first chunk of the answer to the question, asked again - fault struck, the person's pause included; on one "
        "machine only",
        readings.of_strikes(lambda strike: strike.recovered_seconds), None,
    ),
    Metric(
        "faults_lost_ratio", "Faults that cost a turn", "ratio", "lower", NUMBER,
        "faults by which a turn failed / faults that struck and of which it is known what people saw",
        readings.of_strikes(lambda strike: float(strike.lost > 0)),
    ),
    Metric(
        "faults_untold_ratio", "Faults that nobody told of", "ratio", "lower", NUMBER,
        "faults by which a reply was cut short as if it were whole, or was waited for until the person gave up / "
        "faults that struck",
        readings.of_strikes(lambda strike: float(strike.seen in ("cut_short", "given_up"))),
    ),
    Metric(
        "cpu_seconds_per_turn", "Processor time per turn", "s", "lower", NUMBER,
        "processor time of the server's processes in the window / turns, each counted with the share of its chunks "
        "that arrived in the window, whenever it was planned",
        readings.cpu_per_turn,
    ),
    Metric(
        "cpu_seconds_per_chunk", "Processor time per chunk", "s", "lower", NUMBER,
        "processor time of the server's processes in the window / chunks that arrived in the window",
        readings.cpu_per_chunk,
    ),
    Metric(
        "cpu_share", "Processor in use", "cores", None, NUMBER,
        "processor time of the server's processes in the window / length of the window",
        readings.of_resource("cpu_share"),
    ),
    Metric(
        "memory_bytes", "Memory in use", "B", "lower", NUMBER,
        "median over the window, all of the server's processes",
        readings.of_resource("memory_bytes"),
    ),
    Metric(
        "memory_bytes_per_session", "Memory per connected person", "B", "lower", NUMBER,
        "memory that is no file's, less the same before anybody connected / people connected, where nobody had to wait "
        "to connect",
        readings.of_resource("memory_bytes_per_session"),
    ),
    Metric(
        "threads", "Threads", "count", None, NUMBER,
        "most threads seen in the window, all of the server's processes",
        readings.of_resource("threads"),
    ),
    Metric(
        "descriptors", "Open files and sockets", "count", None, NUMBER,
        "most descriptors seen in the window, all of the server's processes",
        readings.of_resource("descriptors"),
    ),
)  # fmt: skip
_LEAST_SECONDS = {"stop_seconds": 0.0}
"""Metrics that are never less than that, their round trip taken off or not."""


def _derived(metric: Metric) -> Metric:
    return replace(
        metric,
        name=round_trips.less_round_trip(metric.name),
        title=f"{metric.title}, less the round trip",
        formula=f"the same - the median round trip of WebSocket pings right before the trial: {metric.formula}",
        values=round_trips.without(metric.values, _LEAST_SECONDS.get(metric.name)),
        round_trips=0,
    )


_ALL = [*_TABLE, *(_derived(metric) for metric in _TABLE if metric.round_trips == 1)]
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
