"""What looking back leaves behind: `history.json`, schema gemini-live-bench.history.v1.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema.
"""

import json
import sys
from typing import Any, Literal

from pydantic import Field

from bench.results import DIALECT, Record, Target, Verdict

SCHEMA: Literal["gemini-live-bench.history.v1"] = "gemini-live-bench.history.v1"


class Machine(Record):
    """Runs of different machines are never compared."""

    name: str
    """A, B, ... in the order of their first runs."""
    cpu_model: str
    cpu_count: int
    system: str


class Workload(Record):
    """What was asked of a target in one scenario; runs with different ones are never compared."""

    scenario: str
    number: int
    """From 1, within the scenario, in the order of their first runs."""
    told: str
    """In words."""
    asked: dict[str, Any]
    """In full: the cases, the fake's timing profile, the objective."""


class Looked(Record):
    """One run that was looked at."""

    id: str
    folder: str
    started_at: str
    commit: str | None
    dirty: bool
    profile: str
    complete: bool
    verdict: Verdict
    machine: str

    @property
    def is_used(self) -> bool:
        """Whether changes are looked for in it: INVALID runs are only shown."""
        return self.verdict != "INVALID"

    @property
    def is_doubtful(self) -> bool:
        """Whether it is used and marked."""
        return self.is_used and (self.verdict == "SUSPECT" or not self.complete)


class Point(Record):
    """The estimate of one run, in the metric's own unit."""

    run: int
    """Its place in `runs`, from 0."""
    value: float
    low: float | None
    high: float | None
    trials: int


class Level(Record):
    """Used points that lie on one level."""

    first_run: int
    last_run: int
    value: float
    """Their median."""
    points: int


class Change(Record):
    """A step from one level to the next."""

    last_run_before: int
    first_run_after: int
    before: float
    after: float
    """The medians of the two levels."""
    ratio: float
    """after / before, of levels below the floor as if they were at it."""
    better: bool
    """Whether it is one for the better."""
    p_value: float
    """The share of shuffled runs that show a step as clear somewhere."""


class Drifted(Record):
    """A slow change all along, with no step in it, and so no levels."""

    first: float
    last: float
    """Where the line through the runs begins and ends."""
    ratio: float
    """last / first."""
    better: bool
    p_value: float


class Line(Record):
    """Runs of one machine with one workload, in the order of time."""

    machine: str
    workload: int
    points: list[Point]
    looked: bool
    """False where there were too few runs to tell a change from chance."""
    noise: float | None
    """From run to run, as a share: one standard deviation."""
    levels: list[Level] = Field(default=[])
    changes: list[Change] = Field(default=[])
    drift: Drifted | None = None


class Followed(Record):
    """One statistic of a metric, of one target in one scenario with one load."""

    target: str
    scenario: str
    sessions: int
    metric: str
    statistic: str
    margin: float
    """The share from which on a change counts."""
    floor: float
    """Values below it count as equal."""
    lines: list[Line]


class History(Record):
    """All that one call of `live-bench history` saw."""

    schema_id: Literal["gemini-live-bench.history.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    made_at: str
    command: str
    """How to reproduce it."""
    folders: list[str]
    """That were named."""
    minimum_runs: int
    """The fewest of one line in which a change is looked for."""
    alpha: float
    """About how often a line without a change shows one all the same."""
    targets: list[Target]
    """As the last run that has them tells of them."""
    machines: list[Machine]
    workloads: list[Workload]
    runs: list[Looked] = Field(min_length=1)
    """In the order in which they were started."""
    other_folders: dict[str, int] = Field(default={})
    """What lay beside the runs and is none: kind to how many."""
    warnings: list[str] = Field(default=[])
    """What could not be read, and why."""
    series: list[Followed] = Field(default=[])


def json_schema() -> str:
    """The JSON Schema of history.json; `python -m bench.history.record` prints it."""
    return json.dumps({"$schema": DIALECT, **History.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
