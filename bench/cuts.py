"""Sessions that something between the load and the server ended because they were old. Pure.

Platforms and proxies allow a connection so many seconds and then cut it, in mid-reply or not. The load sees an end
without a reason. What gives such cuts away is that all sessions were as old, whenever they began: where the server
died instead, all ended at the same moment, however old they were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bench import units
from bench.readings import opened
from bench.stats import percentile
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
"""By so much more than the ages must the moments be spread out, both from quartile to quartile: a few people that a
busy machine told of late do not hide a limit."""
LEAST_MOMENTS_SECONDS = 0.05
"""And by that at least: moments that are closer together are one moment."""


@dataclass(frozen=True)
class Cut:
    """All sessions that were ended at one age."""

    age_seconds: float
    turns: frozenset[str]
    """The ids of those that it failed."""
    ended: frozenset[str]
    """The sessions themselves."""

    @property
    def sessions(self) -> int:
        return len(self.ended)

    @property
    def warning(self) -> str:
        return (
            f"{self.sessions} sessions were cut when they were {units.seconds(self.age_seconds)} old, and none lived "
            "longer: something on the way ends connections of that age (Cloud Run: --timeout, at most 3600 s; another "
            "proxy: its read or tunnel time-out)"
        )


def find_cut(turns: Sequence[Turn]) -> Cut | None:
    """The age at which the sessions of an execution were cut; None where they were not, or that cannot be told.

    Some count from when a connection was asked for, which may have had to wait, and some from when it was there.
    """
    asked = {turn.session: turn.connect_seconds for turn in turns if turn.connect_seconds is not None}
    found = [cut for before in ({}, asked) if (cut := _cut_at_one_age(turns, before))]
    return max(found, key=lambda cut: cut.sessions, default=None)


def _cut_at_one_age(turns: Sequence[Turn], before: Mapping[str, float]) -> Cut | None:
    """`before` says of each session by how much it is older than since its upgrade."""
    ended = [turn for turn in turns if turn.failure in UNEXPLAINED and turn.session_seconds is not None]
    ages = {turn.session: _age(turn) + before.get(turn.session, 0.0) for turn in ended}
    oldest = max(ages.values(), default=0.0)
    within = max(SPREAD_SECONDS, SPREAD_SHARE * oldest)
    cut = {session: age for session, age in ages.items() if age >= oldest - within}
    if len(cut) < FEWEST or _longest(turns, before) > oldest + within or not _is_by_age(cut, _ends(ended, turns)):
        return None
    ids = frozenset(turn.id for turn in ended if turn.session in cut)
    return Cut(sorted(cut.values())[len(cut) // 2], ids, frozenset(cut))


def relabelled(processes: Sequence[Process], cut: Cut) -> list[Process]:
    """The same lines, with the failures that the cut explains called by their cause, and who came back after one."""
    return [[_relabelled(line, cut) if isinstance(line, Turn) else line for line in lines] for lines in processes]


def _relabelled(turn: Turn, cut: Cut) -> Turn:
    if turn.id in cut.turns:
        turn = replace(turn, failure=LABEL)
    if turn.reconnects_after in UNEXPLAINED and _session_before(turn.session) in cut.ended:
        turn = replace(turn, reconnects_after=LABEL)
    return turn


def _session_before(session: str) -> str:
    """Sessions are named by a person and a number."""
    person, _, number = session.rpartition("/")
    return f"{person}/{int(number) - 1}" if number.isdecimal() else ""


def _age(turn: Turn) -> float:
    return turn.session_seconds or 0.0


def _longest(turns: Sequence[Turn], before: Mapping[str, float]) -> float:
    """The greatest age at which a session is known to have been alive, by what it still answered."""
    began = _began(turns)
    answered = [turn for turn in turns if turn.chunks_at and turn.session in began]
    return max(
        (turn.chunks_at[-1] - began[turn.session] + before.get(turn.session, 0.0) for turn in answered), default=0.0
    )


def _began(turns: Sequence[Turn]) -> dict[str, float]:
    """Session to when it was open, in Unix seconds."""
    return {turn.session: at for turn in turns if (at := opened(turn)) is not None}


def _ends(ended: Sequence[Turn], turns: Sequence[Turn]) -> dict[str, float]:
    """Session to when it ended, which may have been in a pause."""
    began = _began(turns)
    return {turn.session: began[turn.session] + _age(turn) for turn in ended if turn.session in began}


def _is_by_age(ages: Mapping[str, float], ends: Mapping[str, float]) -> bool:
    """Whether the ages are alike and the moments are not: a server that dies ends all at one moment."""
    moments = [ends[session] for session in ages if session in ends]
    if len(moments) < FEWEST:
        return False
    return _spread(moments) >= max(LEAST_MOMENTS_SECONDS, WIDER * _spread(list(ages.values())))


def _spread(values: Sequence[float]) -> float:
    """From the first quartile to the third; from end to end of three."""
    return percentile(values, 75) - percentile(values, 25)
