"""Everything raw that an execution leaves behind for the pure half of the bench."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.certify.certificate import Certificate
from bench.elsewhere import Approach
from bench.faults.account import Account
from bench.monitor import Sample, Size
from bench.windows import Process
from loadtests.support.arrivals import Mode


@dataclass(frozen=True)
class Execution:
    """Everything raw that one execution of a scenario against a freshly started server left behind."""

    target: str
    scenario: str
    sessions: Sequence[int]
    """The levels it was told to go through."""
    trial: int
    order: int
    warm_up_seconds: float
    objective_seconds: float
    processes: Sequence[Process]
    """One per load process: the lines of its file."""
    server: Sequence[Sample] = ()
    """In order of time, from before the load to after it; empty for a target that runs elsewhere."""
    idle: Size | None = None
    """Of the server, when it was ready and nobody had connected yet."""
    generator: Sequence[Sample] = ()
    fake: Sequence[Sample] = ()
    stolen: Sequence[Sample] = ()
    """What each core in use lost on average to others than this machine."""
    fake_ledger: Mapping[str, Any] | None = None
    """As the fake Gemini reports it; None where the servers speak to something else."""
    locust_turns: int | None = None
    """How many turns Locust itself counted, failures included."""
    window_seconds: float | None = None
    """How long a window lasts, unless its level ends before; None for as long as the level does."""
    load_cores: int = 1
    """How many cores the load and the fake Gemini share."""
    workers: int = 0
    """How many worker processes made the load and sent their records to a master; 0 where one did all by itself."""
    elsewhere: bool = False
    """Whether they ran where nobody could watch them: what they spent is then known from what they say alone."""
    certificate: Certificate | None = None
    """Of the load generator on this machine; None where there is none."""
    arrivals: Mode = "closed"
    """How people came: of levels that are not closed only the number of their sources is known."""
    local: bool = True
    """Whether the fake Gemini's clock is the load's own: only then can stamps of the two be subtracted."""
    approach: Approach | None = None
    """The way to a target that runs elsewhere; None for one that was started here, and where nobody looked."""
    build: str | None = None
    """What the server called its own build; None where nobody asked or it does not say."""
    injected: str = ""
    """The fault that it said it has."""
    parts: Sequence["Execution"] = ()
    """What each of several machines knows of its share of the load, where this one is their sum."""
    faults: Account | None = None
    """What struck whom on purpose; None where no fault script was armed."""
    after: Size | None = None
    """Of the server once the load had left it, where faults had struck."""
    died: str | None = None
    """How the server ended, where it did so before it was told to."""

    def over(self, way: Approach | None) -> "Execution":
        """The same, with what was found right before it, and what the server said of its build then."""
        return replace(self, approach=way, build=way.build) if way else self
