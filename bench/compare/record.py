"""What a comparison of two runs leaves behind: `compare.json`, schema gemini-live-bench.compare.v1.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema. Of the two runs A is the base, and
every ratio is B / A.
"""

import json
import sys
from math import inf
from typing import Literal

from pydantic import Field

from bench.book import names_of
from bench.results import DIALECT, Judgement, Record, Target, Validity

SCHEMA: Literal["gemini-live-bench.compare.v1"] = "gemini-live-bench.compare.v1"
End = Literal["ratio", "low", "high"]


class Side(Record):
    """One of the two runs."""

    source: str
    """The folder or file, as it was given."""
    id: str
    started_at: str
    finished_at: str | None
    profile: str
    complete: bool
    validity: Validity
    commit: str | None
    dirty: bool
    cpu_model: str
    cpu_count: int
    command: str


class Difference(Record):
    """A setting that is not the same in both, as people read it."""

    setting: str
    base: str
    other: str


class Change(Record):
    """B / A over two independent samples of trials: what Hodges and Lehmann estimate, of the logarithms."""

    ratio: float | None
    """None where there is none, or where it is infinite."""
    low: float | None
    """The exact 95 % rank interval; None where there are too few trials, or where it is infinite."""
    high: float | None
    infinite: list[End] = Field(default=[])
    """Which of the three are infinite, because A is 0 or next to it: JSON has no number for it."""
    base_trials: int
    other_trials: int
    verdict: Judgement | None
    """Of B against A; None where neither direction is good in itself."""
    warnings: list[str] = Field(default=[])

    def number(self, end: End) -> float | None:
        """With the infinities back in."""
        ends: dict[End, float | None] = {"ratio": self.ratio, "low": self.low, "high": self.high}
        return inf if end in self.infinite else ends[end]


class Compared(Record):
    """One statistic of one metric of one target, in both runs."""

    target: str
    scenario: str
    sessions: int
    metric: str
    statistic: str
    is_key: bool
    """Whether it is one of the few that tell most."""
    base: float | None
    """The center over the trials of A; None where too few have the statistic."""
    other: float | None
    change: Change
    beside: Change | None = None
    """The same of the ratios to the first target that both runs have, paired by trial within each run: what the machine
    did to all targets of a trial is not in it. None for that target itself, and where no direction is good."""

    @property
    def in_both(self) -> bool:
        """Whether there is a number on either side."""
        return self.base is not None and self.other is not None


class Comparison(Record):
    """Everything that one call of `live-bench compare` found."""

    schema_id: Literal["gemini-live-bench.compare.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    made_at: str
    command: str
    headline: str = ""
    base: Side
    other: Side
    targets: list[Target] = Field(min_length=1)
    """Those that both runs have, as in A."""
    across_machines: list[Difference]
    """In what the machines differ. Where they do, absolute times prove nothing."""
    differences: list[Difference]
    """In what else the runs differ; the workload is the same."""
    warnings: list[str]
    """Of both runs and of the comparison as a whole."""
    compared: list[Compared]

    @property
    def names(self) -> dict[str, str]:
        """As in `bench.book`."""
        return names_of(self.targets)

    def key_rows(self, target: str | None = None) -> list[Compared]:
        """The few that tell most and have a number in both, of one target or of all."""
        return [row for row in self.compared if row.is_key and row.in_both and target in (None, row.target)]


def json_schema() -> str:
    """The JSON Schema of compare.json; `python -m bench.compare.record` prints it."""
    return json.dumps({"$schema": DIALECT, **Comparison.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
