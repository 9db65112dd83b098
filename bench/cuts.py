"""Sessions that something between the load and the server ended because they were old. Pure.

Platforms and proxies allow a connection so many seconds and then cut it, in mid-reply or not. The load sees an end
without a reason. What gives such cuts away is that all sessions were as old, whenever they began: where the server
died instead, all ended at the same moment, however old they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench import units
from bench.readings import opened
from bench.windows import Process
from loadtests.support.turn import Turn

LABEL = "platform_timeout"
UNEXPLAINED = frozenset({"lost", "closed", "going_away"})
"""How the load calls the ends that may have been such cuts."""
FEWEST = 3
"""Two sessions may be as old by chance."""
SPREAD_SECONDS, SPREAD_SHARE = 0.25, 0.01
"""Ages that differ by no more than the larger of the two are the same age: a timer's, and not people's."""
WIDER = 4.0
"""By so much more than the ages must the moments be spread out, and by a tenth of a second at least."""
LEAST_MOMENTS_SECONDS = 0.1


@dataclass(frozen=True)
class Cut:
    """All sessions that were ended at one age."""

    age_seconds: float
    turns: frozenset[str]
    """The ids of those that it failed."""
    sessions: int

    @property
    def warning(self) -> str:
        return (
            f"{self.sessions} sessions were cut when they were {units.seconds(self.age_seconds)} old, and none lived "
            "longer: something on the way ends connections of that age (Cloud Run: --timeout, at most 3600 s; another "
            "proxy: its read or tunnel time-out)"
        )


def find_cut(turns: Sequence[Turn]) -> Cut | None:
    """The age at which the sessions of an execution were cut; None where they were not, or that cannot be told."""
    ended = [turn for turn in turns if turn.failure in UNEXPLAINED and turn.session_seconds is not None]
    oldest = max((_age(turn) for turn in ended), default=0.0)
    within = max(SPREAD_SECONDS, SPREAD_SHARE * oldest)
    cut = [turn for turn in ended if _age(turn) >= oldest - within]
    began = {turn.session: at for turn in turns if (at := opened(turn)) is not None}
    sessions = {turn.session: _age(turn) for turn in cut}
    if len(sessions) < FEWEST or _longest(turns, began) > oldest + within or not _is_by_age(sessions, began):
        return None
    ages = sorted(sessions.values())
    return Cut(ages[len(ages) // 2], frozenset(turn.id for turn in cut), len(sessions))


def relabelled(processes: Sequence[Process], cut: Cut) -> list[Process]:
    """The same lines, with the failures that the cut explains called by their cause."""
    return [
        [replace(line, failure=LABEL) if isinstance(line, Turn) and line.id in cut.turns else line for line in lines]
        for lines in processes
    ]


def _age(turn: Turn) -> float:
    return turn.session_seconds or 0.0


def _longest(turns: Sequence[Turn], began: Mapping[str, float]) -> float:
    """The greatest age at which a session is known to have been alive, by what it still answered."""
    return max(
        (turn.chunks_at[-1] - began[turn.session] for turn in turns if turn.chunks_at and turn.session in began),
        default=0.0,
    )


def _is_by_age(sessions: Mapping[str, float], began: Mapping[str, float]) -> bool:
    """Whether the ages are alike and the moments are not: a server that dies ends all at one moment."""
    ages = list(sessions.values())
    moments = [began[session] + age for session, age in sessions.items() if session in began]
    if len(moments) < FEWEST:
        return False
    width = max(moments) - min(moments)
    return width >= max(LEAST_MOMENTS_SECONDS, WIDER * (max(ages) - min(ages)))
