"""What a sizing says: `size.json`, schema gemini-live-bench.size.v1. Append-only within a version."""

import json
import sys
from typing import Literal

from pydantic import Field

from bench.book import names_of
from bench.results import DIALECT, Record, Target, Validity
from bench.size.prices import Prices

SCHEMA: Literal["gemini-live-bench.size.v1"] = "gemini-live-bench.size.v1"


class Sized(Record):
    """What one target takes."""

    target: str
    held: int
    """People that one instance may be counted on to hold; 0 where it holds none."""
    at_least: bool
    """Whether it may hold more."""
    concurrency: int
    """What to set as the most requests an instance is sent at a time; 0 where it cannot be deployed for this."""
    usual_sessions: int
    """How many sessions an instance has when the autoscaler has done its work."""
    instances: int | None
    """None where no number of them would do."""
    vcpus: float
    memory_gib: float | None
    """None where nobody knows what it needs."""
    cost_per_hour: float | None
    """Of all instances, in the currency of the prices; None without prices, and where something of it is unknown."""
    cost_per_thousand_session_hours: float | None
    reasoning: list[str]
    """Every step, in the order of thinking."""


class Size(Record):
    """Everything one call of `live-bench size` worked out."""

    schema_id: Literal["gemini-live-bench.size.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    made_at: str
    command: str
    users: int
    """Connected at the same time."""
    utilization: float
    """The share of an instance's concurrency that the autoscaler keeps in use; 1 where instances are a fixed number."""
    objective: str
    capacity_id: str
    capacity_source: str
    """The folder or file, as it was given."""
    capacity_validity: Validity
    capacity_complete: bool
    think_seconds: float
    """Of the people it was measured with."""
    cpu_model: str
    prices: Prices | None
    headline: str = ""
    warnings: list[str] = Field(default=[])
    targets: list[Target] = Field(min_length=1)
    sized: list[Sized]

    @property
    def names(self) -> dict[str, str]:
        """As in `bench.book`."""
        return names_of(self.targets)


def json_schema() -> str:
    """The JSON Schema of size.json; `python -m bench.size.record` prints it."""
    return json.dumps({"$schema": DIALECT, **Size.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
