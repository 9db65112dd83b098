"""The record of a measurement of speed: `speed.json`, schema gemini-live-bench.speed.v1, and what follows from it.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema. Pure.
"""

import json
import sys
from collections.abc import Sequence
from statistics import median
from typing import Literal

from pydantic import Field

from bench.results import DIALECT, Environment, Record
from bench.stats import Ratio, compare

SCHEMA: Literal["gemini-live-bench.speed.v1"] = "gemini-live-bench.speed.v1"
FAKE, SILENCED = "fake", "demo-silenced"
PAIRS = (("demo", "quart"), (SILENCED, "quart"), ("quart", "raw"), ("flask", "quart"), ("flask", "flask-duplex"))
"""Whose speed is held against whose: the other's as a multiple of the first's."""


class Speed(Record):
    """What was carried in a window of time."""

    name: str
    """Of a deployment, or `fake`, or `demo-silenced`."""
    round: int
    """From 1."""
    sessions: int
    """That asked without pause: no more than it has threads for."""
    window_seconds: float
    chunks: int
    cpu_seconds: float

    @property
    def chunks_per_second(self) -> float:
        return self.chunks / self.window_seconds

    @property
    def chunks_per_cpu_second(self) -> float:
        """What one core could carry with someone fast enough to ask."""
        return self.chunks / self.cpu_seconds


class Speeds(Record):
    """All that was measured in one call."""

    schema_id: Literal["gemini-live-bench.speed.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    started_at: str
    finished_at: str | None = None
    complete: bool
    """False while it is being made, and for ever after an interruption."""
    command: str
    """How to reproduce it."""
    environment: Environment
    speeds: list[Speed] = Field(default_factory=list)
    """In the order in which they were measured."""

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(speed.name for speed in self.speeds))

    def of(self, name: str) -> list[Speed]:
        return [speed for speed in self.speeds if speed.name == name]


def ratio_of(speeds: Speeds, base: str, other: str) -> Ratio:
    """The chunks that `other` carries for a second of processor time, as a multiple of those of `base`: by round."""
    first, second = ({each.round: each.chunks_per_cpu_second for each in speeds.of(name)} for name in (base, other))
    return compare(first, second, "higher")


def table(speeds: Speeds) -> list[list[str]]:
    """Medians over the rounds, with a head."""
    lines = [["", "people", "chunks/s", "CPU a chunk", "chunks/CPU-s", "the fake: times as many"]]
    for name in speeds.names:
        of_a_core = _median_of(speeds.of(name))
        rate = median(each.chunks_per_second for each in speeds.of(name))
        fake = f"{_median_of(speeds.of(FAKE)) / of_a_core:.1f}" if speeds.of(FAKE) else "-"
        people = f"{speeds.of(name)[0].sessions}"
        lines.append([name, people, f"{rate:,.0f}", f"{1e6 / of_a_core:.0f} µs", f"{of_a_core:,.0f}", fake])
    return lines


def sentences(speeds: Speeds) -> list[str]:
    """Who carries how many times as much as whom, in the median of the rounds."""
    found = ((base, other, ratio_of(speeds, base, other)) for base, other in PAIRS)
    return [_sentence(base, other, ratio) for base, other, ratio in found if ratio.ratio is not None]


def _sentence(base: str, other: str, ratio: Ratio) -> str:
    interval = "" if ratio.low is None or ratio.high is None else f" [{ratio.low:.2f}, {ratio.high:.2f}]"
    rounds = "1 round" if ratio.trials == 1 else f"{ratio.trials} rounds"
    times = f"{ratio.ratio:.2f}{interval} times"
    return f"{other} carries {times} the chunks of {base} for a second of processor time ({rounds})"


def _median_of(speeds: Sequence[Speed]) -> float:
    return median(each.chunks_per_cpu_second for each in speeds)


def summary(speeds: Speeds) -> str:
    """`speed.md`."""
    head, *lines = table(speeds)
    rows = [head, [":--", *["--:"] * (len(head) - 1)], *lines]
    environment = speeds.environment
    cut = "" if speeds.complete else "**Incomplete**: it ended before its time.\n\n"
    return (
        f"{cut}"
        + "".join(f"- {sentence}\n" for sentence in sentences(speeds))
        + "\n"
        + "".join(f"| {' | '.join(row)} |\n" for row in rows)
        + "\nMedians over the rounds: people who ask without pause a model that never waits, "
        "one core for who is measured, the order turned round from round to round. Intervals are at 95 %.\n\n"
        f"`{speeds.command}`{_build(environment)}, on {environment.cpu_model} with {environment.cpu_count} cores.\n"
    )


def _build(environment: Environment) -> str:
    commit = f" at commit `{environment.commit[:12]}`" if environment.commit else ""
    return commit + (" with uncommitted changes" if environment.dirty else "")


def json_schema() -> str:
    """The JSON Schema of speed.json; `python -m bench.speed.record` prints it."""
    return json.dumps({"$schema": DIALECT, **Speeds.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
