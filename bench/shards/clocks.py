"""How far two machines' clocks are apart, from what each wrote and when the other saw it. Pure.

Nothing is seen before it is written. So a message each way bounds the offset from both sides, however slow the folder
is between them; the quicker of several messages bound it closer.
"""

from collections.abc import Sequence

from pydantic import BaseModel

from bench.results import Record

ROUNDING_SECONDS = 1e-6
"""A Unix moment in floating point is right to a quarter of a microsecond."""


class Meeting(Record):
    """How one shard and shard 0 met before an execution. Unix seconds, each by the clock of whom it happened to."""

    ready_at: float
    """When this shard began to say that it was ready."""
    noticed_at: float
    """When shard 0 saw that."""
    told_at: float
    """When shard 0 began to tell when to start."""
    heard_at: float
    """When this shard had read it."""
    starts_at: float
    """When all are to start, each by its own clock."""


class Offset(BaseModel):
    """This shard's clock minus that of shard 0, in seconds: it is not outside of these."""

    low_seconds: float
    high_seconds: float

    @property
    def certain_seconds(self) -> float:
        """The part of it that is certain: 0 where the two clocks may agree."""
        return min(max(0.0, self.low_seconds), self.high_seconds) if self.high_seconds >= 0 else self.high_seconds


def offset(meetings: Sequence[Meeting]) -> Offset | None:
    """None where they never met, or where a clock was set meanwhile, so that no offset explains all of it."""
    if not meetings:
        return None
    low = max(meeting.ready_at - meeting.noticed_at for meeting in meetings)
    high = min(meeting.heard_at - meeting.told_at for meeting in meetings)
    if low > high + ROUNDING_SECONDS:
        return None
    return Offset(low_seconds=min(low, high), high_seconds=max(low, high))
