"""What a soak leaves behind: `soak.json`, schema gemini-live-bench.soak.v1.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema.
"""

import json
import sys
from typing import Any, Literal

from pydantic import Field

from bench.book import names_of
from bench.results import DIALECT, Environment, Record, Target

SCHEMA: Literal["gemini-live-bench.soak.v1"] = "gemini-live-bench.soak.v1"

Quantity = Literal["memory", "threads", "descriptors", "tasks"]
SoakVerdict = Literal["CLEAN", "LEAKS", "DIED", "INVALID"]


class Look(Record):
    """What a server held at one moment, it and all processes that it started."""

    at_seconds: float
    """Since the load began; less than 0 before."""
    people: int
    """Wanted by the load at that moment; 0 before it and after it."""
    memory_bytes: int
    """Of its own, what is no file's."""
    threads: int
    descriptors: int
    tasks: int | None = None
    """Of all its event loops, as it says itself; None where it does not say."""
    sessions: int | None = None
    """Open, as it says itself."""
    cpu_seconds: float = 0.0
    """Spent so far."""

    def of(self, quantity: Quantity) -> int | None:
        match quantity:
            case "memory":
                return self.memory_bytes
            case "threads":
                return self.threads
            case "descriptors":
                return self.descriptors
            case "tasks":
                return self.tasks


class Judged(Record):
    """One thing that a server holds, and whether it gives it back."""

    quantity: Quantity
    early: float | None
    """The median under load, once it has settled; None where that was not seen."""
    late: float | None
    """The same at the end of the load."""
    rest_before: float | None = None
    rest_after: float | None = None
    """With nobody there."""
    bound: str
    """What it is held to, in words."""
    met: bool | None
    """None where it is not known."""
    message: str


class Soaked(Record):
    """What came of one server."""

    target: str
    people: int
    seconds: float
    """How long the load was to last."""
    load_seconds: float
    """How long it did."""
    rest_before: Look | None = None
    """Before anybody had come but the first session, by which a server builds what it builds once."""
    looks: list[Look] = Field(default=[])
    """Under load, in order."""
    rest_after: Look | None = None
    """When all have left; None where it did not come to that."""
    turns_ok: int = 0
    turns_failed: int = 0
    died: str | None = None
    """How the server ended, if it did."""
    verdict: SoakVerdict = "INVALID"
    why: str = ""
    """One line."""
    judged: list[Judged] = Field(default=[])


class Soak(Record):
    """Everything one call of `live-bench soak` saw."""

    schema_id: Literal["gemini-live-bench.soak.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    started_at: str
    finished_at: str | None = None
    complete: bool
    """False while it runs and for ever after an interruption."""
    command: str
    """How to reproduce it."""
    seed: int
    minutes: float
    think_seconds: float
    people_by: str = ""
    """How the numbers of people were come by."""
    headline: str = ""
    environment: Environment
    fake_gemini: dict[str, Any] = Field(default={})
    targets: list[Target] = Field(min_length=1)
    soaked: list[Soaked] = Field(default=[])

    @property
    def names(self) -> dict[str, str]:
        """As in `bench.book`."""
        return names_of(self.targets)


def json_schema() -> str:
    """The JSON Schema of soak.json; `python -m bench.soak.record` prints it."""
    return json.dumps({"$schema": DIALECT, **Soak.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
