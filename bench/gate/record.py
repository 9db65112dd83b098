"""What a gate leaves behind: `gate.json`, schema gemini-live-bench.gate.v1.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema.
"""

import json
import sys
from typing import Literal

from pydantic import Field

from bench.gate.rule import Verdict
from bench.metrics import Unit
from bench.results import DIALECT, Case, Environment, Reason, Record, Target, Trial

SCHEMA: Literal["gemini-live-bench.gate.v1"] = "gemini-live-bench.gate.v1"
BASE, HEAD, YARDSTICK = "base", "head", "yardstick"
"""The arms, as trials name their targets. Of a gate against a baseline, `base` is what was measured before, and the
`yardstick` what is measured beside the head."""

Outcome = Literal["PASS", "FAIL", "INCONCLUSIVE", "INVALID"]


class Arm(Record):
    """One of the two that are compared."""

    ref: str
    """As it was asked for."""
    commit: str | None = None
    """Of a working tree with changes, one that was made of it and that no branch holds."""
    dirty: bool = False
    """Whether it was a working tree with changes."""
    build: str | None = None
    """What its servers have to call themselves."""
    injected: str = ""
    """A fault that was put into it on purpose."""


class Span(Record):
    """An estimate and its 95 % interval; None where there are too few blocks for one."""

    center: float
    low: float | None
    high: float | None


class Decided(Record):
    """What was decided on one metric."""

    metric: str
    statistic: str
    name: str
    """As `--accept` takes it."""
    title: str
    unit: Unit
    margin: float
    """By what share it may grow."""
    floor: float
    """Or by how much, where that is more; in the metric's unit."""
    verdict: Verdict
    accepted: bool = False
    """Whether the user takes it as it is: it does not count then."""
    blocks: int
    """In which it was measured."""
    of_blocks: int = 0
    """Of so many that count; 0 in a record from before these were noted."""
    missing: int = 0
    """In how many of those the head answered too few turns for it, which counts as the worst there is; the numbers
    below are of the rest."""
    base: float | None
    """The median over blocks."""
    head: float | None
    ratio: Span | None
    """head / base; None where one of them is 0 in some block."""
    difference: Span | None
    """head - base."""
    p_worse: float
    """How likely such blocks are, were the head no worse than allowed."""
    p_bearable: float
    """How likely they are, were it worse than twice the margin allows."""
    alpha: float
    """The p that decides."""
    scatter: float | None
    """Standard deviation of ln(head / base) over blocks: what a block is off by."""
    visible_ratio: float | None
    """The smallest head / base that would have failed, as these blocks scatter; None where none would."""


class LostTurns(Record):
    """Turns that failed, or never ended."""

    verdict: Verdict
    accepted: bool = False
    base: int
    head: int
    blocks_worse: int
    """In how many blocks the head lost more; of a baseline, more than the base lost in any."""
    failures: dict[str, int] = Field(default={})
    """Why, to how often: labels of the head's failed turns, `unfinished`, and `server died` or `cross-talk`."""


class Looked(Record):
    """A look at the blocks, after which it was decided whether to go on."""

    blocks: int
    alpha: float


class Gate(Record):
    """Everything one call of the gate measured."""

    schema_id: Literal["gemini-live-bench.gate.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    started_at: str
    finished_at: str | None = None
    command: str
    complete: bool = False
    """Whether it came to a decision; False while it runs and for ever after an interruption."""
    verdict: Outcome = "INVALID"
    headline: str = ""
    reasons: list[Reason] = Field(default=[])
    kind: Literal["revisions", "same", "baseline"]
    """What it compares: two revisions; one with itself, where every FAIL is a false alarm; or a service with an
    earlier run, both by their ratio to a yardstick that was measured beside them."""
    target: Target
    yardstick: Target | None = None
    base: Arm
    head: Arm
    packages: dict[str, tuple[str | None, str | None]] = Field(default={})
    """Those in which the environments of base and head differ."""
    seed: int
    case: Case
    fake_profile: str | None
    environment: Environment
    """Of the harness, which is the same for both."""
    blocks_planned: int
    looks: list[Looked] = Field(default=[])
    accepted: list[str] = Field(default=[])
    spoiled: list[int] = Field(default=[])
    """Blocks that the machine spoiled, and that were measured anew under other numbers."""
    decisions: list[Decided] = Field(default=[])
    lost: LostTurns | None = None
    trials: list[Trial] = Field(default=[])
    """Of `base` and `head`, or `yardstick` and `head`; `trial` is the number of the block."""
    baseline: list[Trial] = Field(default=[])
    """What was measured before, of `yardstick` and `base`."""

    @property
    def arms(self) -> tuple[str, str]:
        """Those that are measured, of which the second is judged."""
        return (YARDSTICK if self.kind == "baseline" else BASE), HEAD


def json_schema() -> str:
    """The JSON Schema of gate.json as published in `../schema`; `python -m bench.gate.record` prints it."""
    return json.dumps({"$schema": DIALECT, **Gate.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
