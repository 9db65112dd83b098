"""The record of one turn, raw: what happened when, and no opinion about it.

There is one file per load process, with one JSON object per line: a `turn`, a `mark` (when the load reached which
level) and, last, the `end` with the process's own count, so that a reader knows that nothing is missing. The records of
a worker are written by its master, who says before them, in a `worker` line, whose they are, and behind them, in a
`stream` line, whether all of them arrived. This module knows nothing of Locust, so that the bench can read what it
defines.

All moments are Unix seconds, taken from one monotonic clock per process that is set to the wall clock once, so
that they never run backwards and still line up with the server's monitor and with the fake Gemini's stamps. Workers
that were forked share that clock; a worker on another machine sets its own by its master's, as well as the network
between them allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

Outcome = Literal["ok", "failed", "unfinished"]
Level = Literal["level", "reached", "stop"]


@dataclass(slots=True)
class Turn:
    """One prompt and its streamed reply, as one simulated person saw it."""

    id: str
    """Names the turn within a run; sent along as the attribution tag."""
    session: str
    """Names the WebSocket it went over."""
    sessions: int
    """How many people the scenario wanted connected when this turn was planned; from as many sources they came where
    arrivals are open."""
    prompt_characters: int
    planned_at: float
    """When the person meant to ask. The first turn of a session is planned before connecting, so waiting counts."""
    begun_at: float | None = None
    """When the load set about it: before connecting where there was no session yet, else before sending. None where it
    never did, though the moment had come."""
    connect_seconds: float | None = None
    """TCP connect to the upgrade's 101; on the first turn of a session only."""
    sent_at: float | None = None
    """When the prompt was handed to the socket."""
    barges_in_on: str | None = None
    """The id of the turn whose reply was still arriving when this prompt was sent."""
    interrupted_at: float | None = None
    """When a barge-in on this turn's reply was sent: the `sent_at` of the turn that barges in."""
    acknowledged_at: float | None = None
    """When the packet arrived that says this reply was cut."""
    ended_at: float | None = None
    """When the turn was over: the packet that completes it arrived, or it was given up. None when unfinished."""
    chunks_at: list[float] = field(default_factory=list)
    """When each chunk with text arrived."""
    chunks_lag_seconds: list[float] = field(default_factory=list)
    """How much later than it arrived each chunk was read; empty where arrivals are stamped in user time."""
    chunks_sent_at: list[float] = field(default_factory=list)
    """When the fake Gemini handed each chunk to its socket; empty where chunks carry no attribution."""
    chunks_spent_seconds: list[float] = field(default_factory=list)
    """What the fake itself had spent on the turn by each chunk; empty where chunks carry no attribution."""
    characters: int = 0
    """Length of the reply, attribution left out."""
    foreign_chunks: int = 0
    """Chunks tagged with a turn that is not this person's: cross-talk, and must be 0."""
    clock: Literal["user", "kernel"] = "user"
    """Where the arrival stamps come from."""
    outcome: Outcome = "unfinished"
    failure: str | None = None
    """A short label of why it failed, None unless `outcome` is failed."""
    instance: str | None = None
    """Which instance of the server the session was opened on, as that says itself; on the first turn of a session."""
    instance_serving_seconds: float | None = None
    """For how long that instance had been ready to serve when it said so: shorter than `connect_seconds` means that
    the session had to wait for it to start. On the first turn of a session."""
    instance_build: str | None = None
    """Names the code that the instance says it runs; on the first turn of a session."""
    instance_revision: str | None = None
    """And the deployment that it says it is of, where it is of one."""
    reconnects_after: str | None = None
    """The label of the failure that ended the last session this person had open, if one did, on the first turn of the
    session that is to take its place; on that of each attempt, where the first ones come to nothing."""
    session_seconds: float | None = None
    """How long after its upgrade the session ended that failed this turn; None where none was open."""
    told: str | None = None
    """The code of the error packet that said why it failed; None where nothing did."""
    asks_again: str | None = None
    """The id of the turn that failed and whose question this one repeats."""


@dataclass(slots=True, frozen=True)
class Mark:
    """A moment in the life of the load."""

    mark: Level
    """level: this many people are wanted from now on; reached: they have all started; stop: no new turns."""
    at: float
    sessions: int


@dataclass(slots=True, frozen=True)
class End:
    """What a load process says, last, of what it recorded, and of how late it ran itself."""

    turns: int
    lag_seconds_p50: float
    """How late a short timer fired in this process while it made load."""
    lag_seconds_p99: float
    lag_seconds_max: float
    cpu_seconds: float
    """What the process spent between the first level and the end."""
    lag_histogram: str = ""
    """All that lateness as an HDR histogram of microseconds, in base64; empty in records from before there was one."""
    cpu_at: list[float] = field(default_factory=list)
    """When the process looked at what it had spent, about once a second; empty in records from before it did."""
    cpu_seconds_by: list[float] = field(default_factory=list)
    """What it had spent by each of these moments."""


@dataclass(slots=True, frozen=True)
class Worker:
    """What a worker tells its master of itself before it makes load."""

    worker: int
    """Its index."""
    host: str
    """The name of its machine."""
    pid: int
    build: str
    """Names the code of the load that it runs."""
    python: str
    locust: str
    clock_offset_seconds: float = 0.0
    """By how much the master's clock was ahead of this one."""
    clock_uncertainty_seconds: float = 0.0
    """By how much that may be wrong: half of the shortest round trip."""
    clock_set: bool = False
    """Whether this worker's clock was put forward by the offset: where that could be told from none."""


@dataclass(slots=True, frozen=True)
class Stream:
    """What the master received of a worker's records: the last line of a file that a master wrote."""

    worker: int
    """Its index."""
    batches: int
    lines: int
    missing: int
    """Lines that were sent, by the numbers of those around them, and did not arrive."""
    repeated: int
    """Batches that came again, and were left out."""
    ended: bool
    """Whether the last batch came."""
    acknowledged: bool
    """Whether the worker was told so."""
    heard_at: float = 0.0
    """When it was last heard of, by the master's clock; 0 in records from before that was told."""
    told_at: float = 0.0
    """When the latest of its batches came; 0 where none did."""
    open: list[str] = field(default_factory=list)
    """The ids of the turns that were under way by that batch."""
    unsent: int = 0
    """Lines that the worker then still had to send."""

    @property
    def faults(self) -> int:
        """0 where every line came once. Of a stream without its end, how much is missing cannot be known: that is 1."""
        return self.missing + self.repeated + (not self.ended or not self.acknowledged)


Line = Turn | Mark | End | Worker | Stream
_KINDS: dict[str, type[Line]] = {
    "turn": Turn,
    "mark": Mark,
    "end": End,
    "worker": Worker,
    "stream": Stream,
}


def to_line(record: Line) -> bytes:
    """One line of JSON, newline included."""
    kind = next(name for name, cls in _KINDS.items() if isinstance(record, cls))
    return b'{"kind":"%s",%s\n' % (kind.encode(), orjson.dumps(record)[1:])


def from_line(line: str | bytes) -> Line:
    """The record on a line. Raises ValueError where the line is not one of ours."""
    return from_mapping(orjson.loads(line))


def from_mapping(values: Mapping[str, Any]) -> Line:
    """As `from_line`, from the parsed JSON object."""
    fields = dict(values)
    try:
        return _KINDS[fields.pop("kind")](**fields)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a turn record: {error}") from error
