"""The records of a certificate. What follows from them is told by `judgement`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Clock = Literal["kernel", "user", "mixed"]
TITLES = {"ttft_seconds": "first words", "chunk_gap_seconds": "gaps"}
"""The metrics that are certified, by their names in the table of metrics, and what people call them."""


class Part(BaseModel):
    """Base of what a certificate is made of. Fields of a newer writer are no obstacle."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Bounds(Part):
    """What readings may be wrong by at a load that is certified."""

    bias_seconds: float = 0.001
    """Of the median error, either way: well below what servers differ by."""
    error_seconds: float = 0.005
    """Of the 99th percentile of the error's size."""
    schedule_delay_seconds: float = 0.010
    """Of the 99th percentile: prompts are sent when people mean to."""


class Pace(Part):
    """How the null chat server answers (see `servers.null_chat.timing`) and how long people think; in seconds.

    As a Live model that answers in text, but for what load tools lie about: some replies stall, and now and then the
    whole server stands still and then sends at once what had been held up.
    """

    first_seconds: float = 0.55
    gap_seconds: float = 0.09
    chunks: int = 11
    spread: float = 0.5
    stall_share: float = 0.03
    stall_seconds: float = 0.25
    freeze_every_seconds: float = 2.0
    freeze_seconds: float = 0.1
    think_seconds: float = 0.3

    @property
    def turn_seconds(self) -> float:
        """From one prompt of a person's to the next, in the mean."""
        reply_seconds = self.first_seconds + (self.chunks - 1) * self.gap_seconds
        return reply_seconds + self.stall_share * self.stall_seconds + self.think_seconds


class Reading(Part):
    """One metric as the generator reported it, against the truth. None where there are too few values to tell."""

    count: int
    bias_seconds: float | None
    """The median of reported less true."""
    error_seconds_p99: float | None
    """Of the error's size."""
    reported_seconds_p50: float | None
    true_seconds_p50: float | None
    reported_seconds_p99: float | None
    true_seconds_p99: float | None


class Level(Part):
    """One execution of the load against a fresh null chat server."""

    sessions: int
    window_seconds: float
    frames_per_second: float
    """Chunks read in the window."""
    turns_ok: int
    turns_lost: int
    """Failed, or cut by the end."""
    clock: Clock
    readings: dict[str, Reading]
    """By the names of `TITLES`."""
    generator_cpu_share: float | None
    """Of its busiest process, in cores."""
    greenlet_lag_seconds_p99: float | None
    generator_lag_seconds_p99: float | None
    """How much later than they arrived chunks were read; None where the clock is the user's."""
    schedule_delay_seconds_p99: float | None
    steal_share: float | None
    server_cpu_share: float | None
    server_lateness_seconds_p50: float | None
    server_lateness_seconds_p99: float | None
    server_handover_seconds_p99: float | None
    """How long handing a chunk to the socket took: the truth is known no better than that."""
    server_saturated: bool = False
    """Whether the null chat server was the bottleneck, so that this says nothing of the generator."""
    beyond: list[str] = []
    """Each bound that was not kept, or is not known to have been, in words with the number."""


class Range(Part):
    """The load up to which readings stay within the bounds."""

    frames_per_second: float
    sessions: int


class Certificate(Part):
    """What one generator on one machine reads wrong."""

    started_at: str
    seed: int
    short: bool
    """Whether only the load that a run needs was looked at, so that the range may be wider than is known here."""
    processes: int = 1
    """How many made the load."""
    bounds: Bounds
    pace: Pace
    levels: list[Level] = []
    """In the order in which they were measured."""
    certified: Range | None = None
    """None where not even the smallest load kept within the bounds."""
