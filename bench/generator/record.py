"""A comparison's record: `generator.json`, schema gemini-live-bench.generator.v1, and what follows from its readings.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema. Pure.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from pydantic import Field

from bench import units
from bench.certify.certificate import Pace
from bench.generator.contenders import OURS, PLAIN
from bench.generator.reading import SCHEDULE_SECONDS, Part, Reading
from bench.results import DIALECT, Environment, Record
from bench.stats import Ratio, Summary, compare, summarise

SCHEMA: Literal["gemini-live-bench.generator.v1"] = "gemini-live-bench.generator.v1"
ERROR_RATIO, ERROR_SECONDS = 0.2, 0.005
CPU_RATIO = 0.6
CROWD_BYTES = 30 * 1024
NAMES = (PLAIN, OURS)


class Comparison(Record):
    """All that was measured in one call."""

    schema_id: Literal["gemini-live-bench.generator.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    started_at: str
    finished_at: str | None = None
    complete: bool
    """False while it is being made, and for ever after an interruption."""
    command: str
    """How to reproduce it."""
    seed: int
    crowd_sessions: int
    pace: Pace
    environment: Environment
    readings: list[Reading] = Field(default_factory=list)
    """In the order in which they were made."""

    def of(self, part: Part, contender: str) -> list[Reading]:
        return [each for each in self.readings if (each.part, each.contender) == (part, contender)]


@dataclass(frozen=True)
class Finding:
    """One target, and whether it was reached. None where that is not known."""

    target: str
    found: str
    held: bool | None


Number = Callable[[Reading], float | None]


def error_p99(reading: Reading) -> float | None:
    """Its size, whichever way it goes."""
    return None if reading.error_seconds_p99 is None else abs(reading.error_seconds_p99)


def error_p50(reading: Reading) -> float | None:
    return None if reading.error_seconds_p50 is None else abs(reading.error_seconds_p50)


def cpu_per_frame(reading: Reading) -> float | None:
    return reading.cpu_seconds_per_frame


def values(readings: Sequence[Reading], number: Number) -> dict[int, float]:
    """By round; those without the number are left out."""
    return {each.number: value for each in readings if (value := number(each)) is not None}


def summary_of(comparison: Comparison, contender: str, number: Number) -> Summary | None:
    """Over the rounds; None where there is no value."""
    found = values(comparison.of("round", contender), number)
    return summarise(list(found.values())) if found else None


def ratio_of(comparison: Comparison, number: Number) -> Ratio:
    """Ours as a share of the plain recipe's, paired by round."""
    plain, ours = (values(comparison.of("round", name), number) for name in NAMES)
    return compare(plain, ours, "lower")


def crowd(comparison: Comparison, contender: str) -> Reading | None:
    return next(iter(comparison.of("crowd", contender)), None)


def findings(comparison: Comparison) -> list[Finding]:
    """Each target, in words with its number."""
    return [_error(comparison), _cpu(comparison), _on_time(comparison), _memory(comparison)]


def is_invalid(comparison: Comparison) -> bool:
    """Whether the null chat server was the bottleneck where contenders were compared."""
    return any(each.is_server_saturated for each in comparison.readings if each.part in ("round", "crowd"))


def _error(comparison: Comparison) -> Finding:
    target = (
        f"in the median of the rounds, error of the first words' p99 at most {units.percent(ERROR_RATIO)} of the plain "
        "recipe's, and under 5 ms"
    )
    ratio, ours = ratio_of(comparison, error_p99), summary_of(comparison, OURS, error_p99)
    plain = summary_of(comparison, PLAIN, error_p99)
    if ratio.ratio is None or ours is None or plain is None:
        return Finding(target, "not known", None)
    found = f"{units.seconds(ours.center)} against {units.seconds(plain.center)}, {_share(ratio)} of it"
    return Finding(target, found, ratio.ratio <= ERROR_RATIO and ours.center < ERROR_SECONDS)


def _cpu(comparison: Comparison) -> Finding:
    target = (
        f"in the median of the rounds, processor time a frame at most {units.percent(CPU_RATIO)} of the plain recipe's"
    )
    ratio, ours = ratio_of(comparison, cpu_per_frame), summary_of(comparison, OURS, cpu_per_frame)
    plain = summary_of(comparison, PLAIN, cpu_per_frame)
    if ratio.ratio is None or ours is None or plain is None:
        return Finding(target, "not known", None)
    found = f"{microseconds(ours.center)} against {microseconds(plain.center)}, {_share(ratio)} of it"
    return Finding(target, found, ratio.ratio <= CPU_RATIO)


def _share(ratio: Ratio) -> str:
    """With its interval, where there are rounds enough for one: a bound within it is not decided."""
    assert ratio.ratio is not None
    share = units.percent(ratio.ratio)
    if ratio.low is None or ratio.high is None:
        return share
    return f"{share} [{units.percent(ratio.low)}, {units.percent(ratio.high)}]"


def _on_time(comparison: Comparison) -> Finding:
    people = f"{comparison.crowd_sessions:,} people in one process, a turn a minute each"
    target = f"{people}: prompts less than {units.seconds(SCHEDULE_SECONDS)} late (p99)"
    reading = crowd(comparison, OURS)
    if reading is None or reading.schedule_delay_seconds_p99 is None:
        return Finding(target, "not known", None)
    found = f"{units.seconds(reading.schedule_delay_seconds_p99)}, {reading.sessions_connected:,} connected"
    return Finding(target, found, reading.keeps_schedule and reading.sessions_connected >= reading.sessions)


def _memory(comparison: Comparison) -> Finding:
    target = f"the same: at most {kibibytes(CROWD_BYTES)} for each session"
    reading = crowd(comparison, OURS)
    if reading is None or reading.memory_bytes_per_session is None:
        return Finding(target, "not known", None)
    size = reading.memory_bytes_per_session
    return Finding(target, kibibytes(size), size <= CROWD_BYTES and reading.sessions_connected >= reading.sessions)


def rounds_in_time(comparison: Comparison, contender: str) -> tuple[int, int]:
    """In how many of its rounds prompts were in time, and of how many that is known."""
    known = [each for each in comparison.of("round", contender) if each.schedule_delay_seconds_p99 is not None]
    return sum(each.keeps_schedule for each in known), len(known)


def rounds(comparison: Comparison) -> int:
    """How many have both of their readings."""
    numbers = [{each.number for each in comparison.of("round", name)} for name in NAMES]
    return len(set.intersection(*numbers))


def load_share(comparison: Comparison) -> float | None:
    """What the plain recipe used of its core in the rounds."""
    shares = [each.cpu_share for each in comparison.of("round", PLAIN)]
    return median(shares) if shares else None


def microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.1f} µs"


def kibibytes(size: float) -> str:
    return f"{size / 1024:.1f} KiB"


def json_schema() -> str:
    """The JSON Schema of generator.json; `python -m bench.generator.record` prints it."""
    return json.dumps({"$schema": DIALECT, **Comparison.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
