"""What one shard leaves behind: `shard.json`, one `execution.json` for each execution, and `end.json`.

The first shard leaves one `alone.json` for each address, too.

Schema gemini-live-bench.shard.v1, append-only within a version, as `bench.results`. Seconds throughout; moments are
Unix seconds by the clock of the shard's own machine.
"""

import json
import sys
from typing import Any, Literal

from pydantic import Field
from pydantic.json_schema import models_json_schema

from bench.elsewhere import Approach, Baseline
from bench.results import DIALECT, Environment, Reason, Record
from bench.shards.clocks import Meeting

SCHEMA: Literal["gemini-live-bench.shard.v1"] = "gemini-live-bench.shard.v1"


class ShardRecord(Record):
    """What it was told to do, and where."""

    schema_id: Literal["gemini-live-bench.shard.v1"] = Field(default=SCHEMA, alias="schema")
    index: int
    count: int
    configuration: dict[str, Any]
    """What has to be the same for all shards."""
    configuration_digest: str
    host: str
    environment: Environment
    command: str
    started_at: str


class ExecutionRecord(Record):
    """What is known of one execution besides the lines of its load processes, which lie beside it."""

    schema_id: Literal["gemini-live-bench.shard.v1"] = Field(default=SCHEMA, alias="schema")
    order: int
    trial: int
    target: str
    scenario: str
    people: list[int]
    """This shard's, at each level."""
    meeting: Meeting
    began_at: float | None = None
    """When its load really did; None where it never did."""
    lines: list[int] = Field(default=[])
    """How many each process's file has."""
    whole: bool = True
    """False where it was ended by hand, or by a mistake."""
    error: str = ""
    workers: int = 0
    load_cores: int = 1
    locust_turns: int | None = None
    generator: list[tuple[float, float]] = Field(default=[])
    """Moment, and processor time of all load processes up to it."""
    stolen: list[tuple[float, float]] = Field(default=[])
    """Moment, and what each core lost up to it."""
    findings: list[Reason] = Field(default=[])
    """What is to be said against this load generator."""
    approach: Approach | None = None
    """What this shard found on the way to the target right before; None in records from before shards looked."""

    @property
    def late_seconds(self) -> float:
        """How long after the moment agreed on its load began."""
        return 0.0 if self.began_at is None else max(0.0, self.began_at - self.meeting.starts_at)


class BaselineRecord(Record):
    """One person alone at an address, beside whom lie the lines of the one load process."""

    schema_id: Literal["gemini-live-bench.shard.v1"] = Field(default=SCHEMA, alias="schema")
    baseline: Baseline


class EndRecord(Record):
    """The last thing a shard writes."""

    schema_id: Literal["gemini-live-bench.shard.v1"] = Field(default=SCHEMA, alias="schema")
    finished_at: str
    complete: bool
    why: str = ""
    """Why not."""


def json_schema() -> str:
    """The JSON Schema of all its files, as published; `python -m bench.shards.record` prints it."""
    kinds = (ShardRecord, BaselineRecord, ExecutionRecord, EndRecord)
    _, schema = models_json_schema([(kind, "validation") for kind in kinds], by_alias=True)
    choice = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds]
    return json.dumps({"$schema": DIALECT, "anyOf": choice, **schema}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
