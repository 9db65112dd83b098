"""The records of a target that runs elsewhere: the way there, who answers, its instances, and one person alone at it.

Seconds throughout. Append-only, as `results`, of which they are part.
"""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Base of these records. Fields of a newer writer are no obstacle."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class RoundTrip(Part):
    """What WebSocket pings took, one after another over one session on which nothing else happened."""

    pings: int
    """How many were answered."""
    p50_seconds: float
    min_seconds: float
    p95_seconds: float


class Approach(Part):
    """What one session found right before an execution: how far away the server is, and what it says of itself."""

    connect_seconds: float
    """TCP connect to the upgrade's 101, which may have waited for an instance to start."""
    round_trip: RoundTrip | None = None
    """None where the server answered too few pings, and where people came from elsewhere."""
    from_elsewhere: bool = False
    """Whether workers on other machines made the load: their way is not that of the session that looked."""
    app: str | None = None
    build: str | None = None
    revision: str | None = None
    instance: str | None = None
    cold: bool = False
    """Whether the session had to wait for its instance to start, so that those of the execution had not."""


class Instances(Part):
    """Which instances of a server the sessions that asked in a window were open on, as those say themselves."""

    sessions: dict[str, int] = {}
    """Instance to how many sessions."""
    unknown: int = 0
    """Sessions on which the server did not say."""
    first_seen_seconds: dict[str, float] = {}
    """When the first session of the execution was open on each, from the opening of the window: mostly below 0."""
    came: list[str] = []
    """Those that became ready to serve while the window lasted."""
    went: list[str] = []
    """Those that said goodbye to somebody while it lasted."""
    revisions: list[str] = []
    """Of which they were, as far as they said."""
    builds: list[str] = []
    """And of which builds."""


class Median(Part):
    count: int
    p50: float | None
    """None where there are too few values even for that."""


class Baseline(Part):
    """One person alone at an address before its first trial: what a latency is with no load at all."""

    target: str
    scenario: str = "latency"
    """What that person did."""
    order: int
    """Of its turns among the raw ones: 0 and below, for it is in no estimate."""
    started_at: float
    """Unix seconds."""
    ok: int = 0
    failed: int = 0
    unfinished: int = 0
    failures: dict[str, int] = {}
    medians: dict[str, Median] = {}
    """Metric to its median: of sessions that did not wait for an instance, and, but for connect_seconds, of turns on
    sessions that were open already."""
    approach: Approach | None = None


class Caps(Part):
    """What a run may cost at the most."""

    max_sessions: int | None = None
    max_turns: int | None = None
    turns_begun: int = 0
    """Of `max_turns`, by the load's own records."""
