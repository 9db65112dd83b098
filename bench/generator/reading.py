"""What one execution of a contender came to: from its turns and from what was watched beside it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bench.certify.judgement import SATURATED_CPU_SHARE, SATURATED_LATENESS_SECONDS
from bench.results import Record
from bench.stats import percentile, sample_floor

Part = Literal["search", "round", "climb", "crowd"]


@dataclass(frozen=True)
class Timed:
    """One turn that ended properly, as a contender recorded it."""

    due_at: float
    """When the person meant to ask. Unix seconds."""
    begun_at: float
    """When the contender set about it."""
    reported_seconds: float
    """To the first words, as it was read."""
    true_seconds: float
    """What the server had spent by then, from the kernel's receipt of the prompt to the sending."""


@dataclass(frozen=True)
class Watched:
    """What was seen from outside over the window of an execution."""

    opened_at: float
    closed_at: float
    cpu_seconds: float
    """Of the contender's process, in the window."""
    memory: Sequence[tuple[int, int]]
    """Sessions that were open, and the bytes that the process held then; in order of time, the last at the end."""
    account: Mapping[str, Any]
    """The null chat server's own, of the window."""


class Reading(Record):
    """One execution, read. Numbers are None where there are too few turns for them."""

    contender: str
    part: Part
    number: int
    """Of the round; of the step, in a search or a climb."""
    sessions: int
    sessions_connected: int
    """When the window closed, by the server's count."""
    window_seconds: float
    turns: int
    frames: int
    """Sent to it in the window, by the server's count."""
    cpu_share: float
    """Of one core."""
    cpu_seconds_per_frame: float | None
    memory_bytes_per_session: float | None
    """By how much the process grew, for each session, from few of them to all."""
    error_seconds_p50: float | None
    """By how much the 50th percentile of first words was misreported: reported less true."""
    error_seconds_p99: float | None
    true_seconds_p99: float | None
    schedule_delay_seconds_p99: float | None
    server_cpu_share: float
    server_lateness_seconds_p50: float | None
    server_lateness_seconds_p99: float | None

    @property
    def frames_per_second(self) -> float:
        return self.frames / self.window_seconds

    @property
    def is_server_saturated(self) -> bool:
        """Whether the null chat server was the bottleneck, so that this says nothing of the contender."""
        late = self.server_lateness_seconds_p50
        return self.server_cpu_share > SATURATED_CPU_SHARE or (late is not None and late > SATURATED_LATENESS_SECONDS)

    @property
    def keeps_schedule(self) -> bool:
        """Whether prompts were sent when people meant to."""
        delay = self.schedule_delay_seconds_p99
        return delay is not None and delay < SCHEDULE_SECONDS


SCHEDULE_SECONDS = 0.010
"""A 99th percentile of lateness below this is no other load than the one that was meant."""


def read(contender: str, part: Part, number: int, sessions: int, turns: Sequence[Timed], watched: Watched) -> Reading:
    """`turns` are all of the execution; those that began in the window count."""
    account, seconds = watched.account, watched.closed_at - watched.opened_at
    inside = [turn for turn in turns if watched.opened_at <= turn.begun_at < watched.closed_at]
    frames = account["chunks"] + account["turns_completed"]
    reported, true = [turn.reported_seconds for turn in inside], [turn.true_seconds for turn in inside]
    return Reading(
        contender=contender,
        part=part,
        number=number,
        sessions=sessions,
        sessions_connected=account["sessions_open"],
        window_seconds=seconds,
        turns=len(inside),
        frames=frames,
        cpu_share=watched.cpu_seconds / seconds,
        cpu_seconds_per_frame=watched.cpu_seconds / frames if frames else None,
        memory_bytes_per_session=slope(watched.memory),
        error_seconds_p50=_difference(_percentile(reported, 50), _percentile(true, 50)),
        error_seconds_p99=_difference(_percentile(reported, 99), _percentile(true, 99)),
        true_seconds_p99=_percentile(true, 99),
        schedule_delay_seconds_p99=_percentile([turn.begun_at - turn.due_at for turn in inside], 99),
        server_cpu_share=account["cpu_seconds"] / account["elapsed_seconds"],
        server_lateness_seconds_p50=account["lateness_seconds"]["p50"],
        server_lateness_seconds_p99=account["lateness_seconds"]["p99"],
    )


def slope(memory: Sequence[tuple[int, int]]) -> float | None:
    """Bytes for each session more, from the first look at which some were open to the last; None without two such."""
    begun = [(sessions, size) for sessions, size in memory if sessions]
    if len(begun) < 2 or begun[-1][0] <= begun[0][0]:
        return None
    return (begun[-1][1] - begun[0][1]) / (begun[-1][0] - begun[0][0])


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return percentile(values, percent) if len(values) >= sample_floor(percent) else None


def _difference(reported: float | None, true: float | None) -> float | None:
    return None if reported is None or true is None else reported - true
