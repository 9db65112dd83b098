"""What a run leaves behind: `run.json`, schema gemini-live-bench.run.v1.

Append-only within a version: fields may be added, none changes its meaning. `schema/` beside this file holds the
JSON Schema. Seconds, bytes and ratios throughout; nothing in here is rounded.
"""

import json
import sys
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from bench.certify.certificate import Certificate
from bench.elsewhere import Approach, Baseline, Caps, Instances
from bench.faults.record import Suffered

SCHEMA: Literal["gemini-live-bench.run.v1"] = "gemini-live-bench.run.v1"

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""What pydantic writes."""

WEBSOCKET_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
"""What an address may begin with, to what the same one begins with as a WebSocket's."""

Verdict = Literal["VALID", "SUSPECT", "INVALID"]
Judgement = Literal["better", "worse", "no difference", "inconclusive"]


class Record(BaseModel):
    """Base of all that is stored: unknown fields of a newer writer are kept out of the way, not refused."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, serialize_by_alias=True)


class Reason(Record):
    """Why a measurement is not simply valid: the check, the number that tripped it, and what to do next."""

    check: str
    verdict: Verdict
    message: str


class Validity(Record):
    verdict: Verdict = "VALID"
    reasons: list[Reason] = []


class Environment(Record):
    """The machine and software, so that a reader years later knows what was measured."""

    commit: str | None
    dirty: bool
    cpu_model: str
    cpu_count: int
    memory_bytes: int
    system: str
    python: str
    pinning: dict[str, list[int]]
    """Role (server, load, fake) to the cores it was held to; empty where nothing was pinned."""
    packages: dict[str, str]


class Written(Record):
    """What a target took to write: lines of code, its own files and the options of its deployment together."""

    lines: int
    added: int | None = None
    """How many of them its twin has not; None where it is the twin of nothing."""
    removed: int | None = None
    """And how many of its twin's it has not."""


class Target(Record):
    """A chat server as deployed, or an address."""

    name: str
    style: Literal["blocking", "non-blocking", "unknown"]
    label: str
    colour: str
    threads: int | None = None
    """How many sessions can be served at a time, where that is bounded by threads."""
    command: str | None = None
    url: str | None = None
    """As it was typed."""
    deployment: str | None = None
    """Which entry of the table of deployments is started; None for an address, and in records that have no such field
    and only entries under their own names."""
    app: str | None = None
    """Which app an address says it is."""
    revision: str | None = None
    """And which revision of a deployed service."""
    about: str = ""
    """What it is, in a sentence; empty for an address, and in records that do not tell."""
    twin: str | None = None
    """The deployment that it is to be read and measured beside."""
    sources: list[str] = []
    """The files that it took to write."""
    written: Written | None = None

    @property
    def websocket_url(self) -> str | None:
        """As a WebSocket's, whatever way it was typed: the same address is the same one."""
        parts = urlsplit(self.url or "")
        return parts._replace(scheme=WEBSOCKET_SCHEMES.get(parts.scheme, parts.scheme)).geturl() or None


class Statistics(Record):
    """One metric in one window: how many values, and the percentiles there are enough values for."""

    count: int
    values: dict[str, float | None]
    """Statistic name (p50, p95, p99, max, total, value) to number; None where the sample floor is not met."""


class Turns(Record):
    ok: int = 0
    failed: int = 0
    unfinished: int = 0


class Second(Record):
    """What people waited for first words who meant to ask in one second of a window."""

    at_seconds: float
    """Its middle, from the opening of the window."""
    center_seconds: float
    """The median."""
    count: int


class Course(Record):
    """A window second by second; one in which nobody got an answer is left out."""

    metric: str
    """Of turns that barge in on nobody: ttft_added_seconds, or without attribution ttft_from_plan_seconds."""
    seconds: list[Second]


class Trial(Record):
    """One window of one execution of a case against a freshly started server.

    The latency and interruption scenarios have one window per trial; concurrency has one per step, each with the
    same `trial` and `order` and its own `sessions`.
    """

    target: str
    scenario: str
    sessions: int
    trial: int
    order: int
    """Place in the sequence of executions of the run, from 1."""
    superseded: bool = False
    """A repetition stands in for it."""
    build: str | None = None
    """What the server called its own build; None for an address, and in records that do not tell."""
    injected: str = ""
    """The fault that it said it has, put in on purpose."""
    started_at: float
    """When the window opened, Unix seconds."""
    window_seconds: float
    turns: Turns
    failures: dict[str, int] = {}
    """Label to count, of the failed turns."""
    metrics: dict[str, Statistics] = {}
    resources: dict[str, float] = {}
    """The target's whole process tree over the window: cpu_share, memory_bytes, threads, descriptors, ..."""
    instrument: dict[str, float] = {}
    """Generator and fake over the window: generator_cpu_share, greenlet_lag_seconds_p99, fake_lag_seconds_p99, ..."""
    course: Course | None = None
    approach: Approach | None = None
    """The way to an address right before the execution; None for a server that was started here."""
    approaches: list[Approach] = []
    """That of each shard, where several made the load: `approach` is then what they have in common."""
    instances: Instances | None = None
    """None where no session said which it was on, or nobody looked."""
    reconnects: dict[str, int] = {}
    """Label to how many sessions were opened in the window by people whose session before had failed so."""
    cut_seconds: float | None = None
    """Where sessions were cut, and turns of the window failed by that: how old they were, or how long silent."""
    cut_in_silence: bool = False
    """Whether that is how long nothing had been said on them."""
    faults: Suffered | None = None
    """What struck on purpose during the whole execution, and what people saw of it; None where nothing was armed."""
    reasons: list[Reason] = []
    unchecked: dict[str, str] = {}
    """Checks that could not be made, each with why: they were not passed."""
    warnings: list[str] = []


class Estimate(Record):
    """A metric over trials: the median, with the exact rank interval of the median where there are trials enough."""

    target: str
    scenario: str
    sessions: int
    metric: str
    statistic: str
    center: float | None
    low: float | None
    high: float | None
    trials: int
    count: int
    """How many single values stand behind it, all trials together."""
    warnings: list[str] = []


class Comparison(Record):
    """other / base, paired by trial."""

    scenario: str
    sessions: int
    metric: str
    statistic: str
    base: str
    other: str
    ratio: float | None
    """None where no trial measured both, or where it is infinite because the base is 0: the warnings tell which."""
    low: float | None
    high: float | None
    trials: int
    verdict: Judgement
    """Of `other` against `base`."""
    warnings: list[str] = []


class Case(Record):
    """What a scenario was told to do."""

    scenario: str
    title: str
    sessions: list[int]
    """One level, or the steps of a step load."""
    trials: int
    warm_up_seconds: float
    window_seconds: float
    processes: int = 1
    """How many made the load."""
    arrivals: Literal["closed", "open", "partly-open"] = "closed"
    """Whether that many people were there all the time, or came from that many sources whatever the server did."""
    arrival_rate: float | None = None
    """Sessions per second that were to come at the last step; None where the number of sources alone says how many."""
    faults: str | None = None
    """The fault script that was armed meanwhile."""
    options: dict[str, str] = {}
    """Options of the locustfile, as given."""


class LoadWorker(Record):
    """Another machine that made load for the run."""

    host: str
    """Its name."""
    address: str
    """Where it came from."""
    processes: int
    """How many of them made load there."""
    build: str
    """Names the load code it ran."""
    python: str
    locust: str


class Shard(Record):
    """One of several loads that this run was made of, each on a machine of its own."""

    index: int
    source: str
    """The folder that it left."""
    host: str
    machine: str
    """Its processor and number of cores."""
    differences: list[str] = []
    """In what its software differs from that of the first."""
    started_at: str
    finished_at: str | None
    """None where it was cut off."""
    complete: bool
    executions: int
    """How many it measured whole."""
    latest_start_seconds: float
    """How long after the moment agreed on its load began, at most."""
    clock_low_seconds: float | None
    """Its clock minus that of shard 0 is this at least; None where that is not known."""
    clock_high_seconds: float | None


class Run(Record):
    """Everything one call of the bench measured."""

    schema_id: Literal["gemini-live-bench.run.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    started_at: str
    finished_at: str | None = None
    profile: str
    seed: int
    complete: bool
    """False while it runs and for ever after an interruption."""
    ended_because: str = ""
    """Why it was ended before its last trial, where nobody ended it by hand."""
    command: str
    """How to reproduce it."""
    objective_seconds: float
    """A turn is good when it succeeded and its ttft_from_plan_seconds is at most this."""
    headline: str = ""
    cause: str = ""
    validity: Validity = Validity()
    environment: Environment
    fake_gemini: dict[str, Any] = {}
    """Its timing profile and seed; empty where the servers speak to something else."""
    attribution: Literal["tags", "protocol"] = "tags"
    """How chunks were told apart: by the fake's tags, or by `interrupted` and `turn_complete` alone."""
    shards: list[Shard] = []
    """Whose loads were added up; none where one command made all of it."""
    certificate: Certificate | None = None
    """What the load generator itself read wrong right before; None where nobody looked."""
    caps: Caps | None = None
    """What it was allowed to cost; None where nobody set a limit."""
    baselines: list[Baseline] = []
    """One person alone at each address, before all trials there."""
    targets: list[Target] = Field(min_length=1)
    cases: list[Case]
    workers: list[LoadWorker] = []
    """Those that were there when the run began; empty where its own machine made the load."""
    estimates: list[Estimate] = []
    comparisons: list[Comparison] = []
    trials: list[Trial] = []


def json_schema() -> str:
    """The JSON Schema of run.json as published in `schema/`; `python -m bench.results` prints it."""
    return json.dumps({"$schema": DIALECT, **Run.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
