"""What a search for capacities leaves behind: `capacity.json`, schema gemini-live-bench.capacity.v1.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema.
"""

import json
import sys
from typing import Any, Literal

from pydantic import Field

from bench.book import names_of
from bench.bottleneck import Kind
from bench.capacity.search import Answer, Ending
from bench.elsewhere import Caps
from bench.results import DIALECT, Environment, Record, Target, Trial, Validity

SCHEMA: Literal["gemini-live-bench.capacity.v1"] = "gemini-live-bench.capacity.v1"


class Checked(Record):
    """What one condition of the objective came to in one probe."""

    subject: str
    """'ttft_added p95': what the condition is of, in its own words."""
    bound: str
    """'<= 0.1s': what it is held to."""
    metric: str
    statistic: str
    value: float | None
    """In the metric's own unit; None where it does not apply or there were too few values."""
    count: int
    """How many single values there were."""
    needed: int
    """How many it takes."""
    met: bool | None
    """None where it is not known."""


class Probed(Record):
    """One load that was tried on a freshly started server."""

    order: int
    """Place in the sequence of probes, from 1; as in the raw turns."""
    target: str
    search: int
    """Which of the target's searches it belongs to, from 1."""
    sessions: int
    confirms: bool
    """Whether it was sustained: a longer window, which decides."""
    answer: Answer
    because: str = ""
    """Why the answer says nothing of the server, where it is `spoiled`."""
    checked: list[Checked]
    well_answered_ratio: float | None = None
    """Turns that succeeded within every bound that the objective sets on a single turn / turns attempted. None where
    there were none."""
    longest_connect_seconds: float = 0.0
    """Of all who were there in the window, also those who were let in behind it, or never."""
    trial: Trial


class Searched(Record):
    """What one search came to."""

    target: str
    search: int
    sessions: int
    """The largest load that was confirmed; 0 where none was."""
    beyond: int | None
    """The smallest larger load that missed the objective; None where none did."""
    ended_by: Ending
    """With anything but `missed` the server may well hold more."""
    ended_at: int | None


class Held(Record):
    """How many people a target holds, over all its searches."""

    target: str
    sessions: int
    """The median of the searches, or with an even number the lower of the two in the middle: a load that was confirmed.
    0 where none was."""
    at_least: bool
    """Whether it may hold more, for searches were ended by something else than the server."""
    low: int | None
    high: int | None
    """The exact 95 % rank interval of the median. None where there are too few searches, and for `high` where one of
    them left open how much more there is."""
    searches: int
    ended_by: Ending
    """What keeps the answer from being larger."""
    beyond: int | None
    """The smallest load above it that was missed."""
    binding: Kind | None = None
    because: str = ""
    """What binds it, as a clause; empty where the numbers do not say."""
    binding_at: int | None = None
    """The load that tells what binds it: the one beyond, or where the numbers of that do not say, a larger one."""


class Capacity(Record):
    """Everything one call of `live-bench capacity` measured."""

    schema_id: Literal["gemini-live-bench.capacity.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    started_at: str
    finished_at: str | None = None
    complete: bool
    """False while it runs and for ever after an interruption."""
    ended_because: str = ""
    """Why it was ended before its last search, where nobody ended it by hand."""
    command: str
    """How to reproduce it."""
    seed: int
    objective: str
    """With what was added to it."""
    patience_seconds: float
    """A turn has failed that goes without words for longer, whatever the objective says of first words."""
    start: int
    most: int
    precision: float
    repeats: int
    """Searches for each target."""
    think_seconds: float
    processes: int
    probe_seconds: float
    """The least that the window of a probe lasts."""
    confirm_seconds: float
    """The same of one that confirms."""
    headline: str = ""
    validity: Validity = Validity()
    """INVALID where the instrument ended all searches of a target, so that nothing was found."""
    environment: Environment
    fake_gemini: dict[str, Any] = Field(default={})
    """Its timing profile and seed; empty where the servers speak to something else."""
    attribution: Literal["tags", "protocol"]
    caps: Caps | None = None
    """What it was allowed to cost; None where nobody set a limit."""
    targets: list[Target] = Field(min_length=1)
    held: list[Held] = Field(default=[])
    searches: list[Searched] = Field(default=[])
    probes: list[Probed] = Field(default=[])

    @property
    def names(self) -> dict[str, str]:
        """As in `bench.book`."""
        return names_of(self.targets)

    def searches_of(self, target: str) -> list[Searched]:
        return [search for search in self.searches if search.target == target]


def json_schema() -> str:
    """The JSON Schema of capacity.json; `python -m bench.capacity.record` prints it."""
    return json.dumps({"$schema": DIALECT, **Capacity.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
