"""What a self-test leaves behind: `selftest.json`, schema gemini-live-bench.selftest.v1.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema.
"""

import json
import sys
from typing import Literal

from pydantic import Field

from bench.gate.conclude import SPOILED
from bench.gate.record import Arm, Decided, LostTurns, Outcome
from bench.results import DIALECT, Case, Environment, Reason, Record, Target, Trial

SCHEMA: Literal["gemini-live-bench.selftest.v1"] = "gemini-live-bench.selftest.v1"


class Checked(Record):
    """One fault, and what the gate said of it."""

    fault: str
    what: str
    """The fault in words."""
    injected: str
    """As the server was told it."""
    expected: str
    """What the gate has to say."""
    shows_in: str | None
    """The metric that has to shut the gate; None where another verdict is expected."""
    proved: bool
    """Whether it said so."""
    verdict: Outcome
    headline: str
    reasons: list[Reason] = Field(default=[])
    decisions: list[Decided] = Field(default=[])
    lost: LostTurns | None = None

    @property
    def spoiled(self) -> bool:
        """Whether it is not proved because the machine spoiled too much: that says nothing of the gate."""
        return not self.proved and any(reason.check == SPOILED for reason in self.reasons)


class SelfTest(Record):
    """Everything one call of the self-test measured."""

    schema_id: Literal["gemini-live-bench.selftest.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    started_at: str
    finished_at: str | None = None
    command: str
    complete: bool = False
    headline: str = ""
    target: Target
    base: Arm
    head: Arm
    seed: int
    case: Case
    fake_profile: str
    environment: Environment
    blocks_planned: int
    checks: list[Checked] = Field(default=[])
    trials: list[Trial] = Field(default=[])
    """Of `base` and of every fault; `trial` is the number of the block."""

    @property
    def green(self) -> bool:
        """Whether all that had to be proved was."""
        return self.complete and bool(self.checks) and all(check.proved for check in self.checks)

    @property
    def spoiled(self) -> bool:
        """Whether all that is not proved was spoiled by the machine, and so nothing is said of the gate."""
        left = [check for check in self.checks if not check.proved]
        return bool(left) and all(check.spoiled for check in left)


def json_schema() -> str:
    """The JSON Schema of selftest.json as published in `../schema`; `python -m bench.selftest.record` prints it."""
    return json.dumps({"$schema": DIALECT, **SelfTest.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
