"""What is stored of the faults of an execution. Append-only, as `bench.results`, of which it is part."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

Seen = Literal["unnoticed", "late", "told", "closed", "cut_short", "given_up", "unknown"]
"""unnoticed: the reply came, whole and in time; late: whole, but the words after the fault came later than the
objective; told: the turn failed, and an error packet or the status of the upgrade said why; closed: the session ended
without a word; cut_short: the reply stopped and nothing said that it was not all; given_up: nothing came until the
person gave up; unknown: nobody asked any more, the load ended first, the turn failed by another fault, or it is not
known whose it was."""
SEEN: tuple[Seen, ...] = get_args(Seen)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Struck(_Part):
    """One fault that struck, and what became of the person."""

    fault: str
    moment: str
    """When in the life of a session: connect, setup, prompt, mid_reply, turn_end, idle; or limit."""
    at: float
    """Unix seconds."""
    session: str | None
    """The client's; None where it is not known whom it struck."""
    turn: str | None
    """The id of the turn that it fell on; None where the session had no further one."""
    seen: Seen
    code: str | None = None
    """Of the error packet, or the label of a failure that had none."""
    known_seconds: float | None = None
    """Until the client knew; None where nothing failed, and where nothing said that a reply was cut short."""
    lost: int = 0
    """Turns that failed by it."""
    recovered: bool = False
    """Whether the question was answered when it was asked again."""
    recovered_seconds: float | None = None
    """Until the first words of that answer."""


class Holding(_Part):
    """What a server's processes hold while nobody is there."""

    memory_bytes: int
    threads: int
    descriptors: int


class Suffered(_Part):
    """What one execution suffered, all of it, inside its window and outside."""

    script: str
    struck: list[Struck]
    touched: int
    """Sessions that a fault struck."""
    untouched: int
    """Sessions that none did."""
    wrongly_touched: dict[str, int] = {}
    """Of the latter, those of which a turn failed all the same: label to how many sessions. There must be none."""
    before: Holding | None = None
    """Before anybody came."""
    after: Holding | None = None
    """After everybody had gone."""
