"""Sessions that something between the load and the server ended because they were old, or had long been silent. Pure.

Platforms allow a connection so many seconds and then cut it, in mid-reply or not; most proxies only cut one on which
nothing was said for so long. The load sees an end without a reason. What gives such cuts away is that all sessions were
as old, or had been silent for as long, whenever they began: where the server died instead, all ended at one moment.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

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
"""And by that at least, where nobody lived on: moments that are closer together are one moment."""
LEAST_SILENCE_SECONDS = 0.9
"""Nobody allows for less; a server that drops whoever asks does so after as short a time each time."""


@dataclass(frozen=True)
class Cut:
    """All sessions that were ended at one age, or after one time of silence."""

    after_seconds: float
    """That age, or that time."""
    turns: frozenset[str]
    """The ids of those that it failed."""
    ended: frozenset[str]
    """The sessions themselves."""
    silent: bool = False
    """Whether it was the silence that ended them."""

    @property
    def sessions(self) -> int:
        return len(self.ended)

    @property
    def warning(self) -> str:
        seconds = units.seconds(self.after_seconds)
        if self.silent:
            return (
                f"{self.sessions} sessions were cut when nothing had been said on them for {seconds}, and none was "
                "heard of again that was silent for longer: something on the way ends connections that are silent for "
                "that long (a proxy's read, client or tunnel time-out; pings sent by the server keep them open)"
            )
        return (
            f"{self.sessions} sessions were cut when they were {seconds} old, and none lived "
            "longer: something on the way ends connections of that age (Cloud Run: --timeout, at most 3600 s; another "
            "proxy: its read or tunnel time-out)"
        )


def find_cut(turns: Sequence[Turn]) -> Cut | None:
    """What the sessions of an execution were cut at; None where they were not, or that cannot be told.

    Some count from when a connection was asked for, which may have had to wait, some from when it was there, and some
    from when something was last said on it.
    """
    asked = {turn.session: turn.connect_seconds for turn in turns if turn.connect_seconds is not None}
    found = [_cut(turns, _ages(turns, before), _longest(turns, before)) for before in ({}, asked)]
    silences = {name: seconds for name, seconds in _silences(turns).items() if seconds >= LEAST_SILENCE_SECONDS}
    found.append(_cut(turns, silences, _longest_silence(turns), silent=True))
    # Where two explain as many, it is the one that does so to the tenth of a second.
    best = max((one for one in found if one), key=lambda one: (one[0].sessions, -one[1]), default=None)
    return best[0] if best else None


def _cut(
    turns: Sequence[Turn], seconds: Mapping[str, float], longest: float, *, silent: bool = False
) -> tuple[Cut, float] | None:
    """All sessions that ended after the longest of these times, and how far their times are spread out.

    `longest` is what a session is known to have outlived.
    """
    most = max(seconds.values(), default=0.0)
    within = max(SPREAD_SECONDS, SPREAD_SHARE * most)
    cut = {session: each for session, each in seconds.items() if each >= most - within}
    if len(cut) < FEWEST or longest > most + within or not _is_by_time(cut, turns):
        return None
    ids = frozenset(turn.id for turn in _ended(turns) if turn.session in cut)
    times = sorted(cut.values())
    return Cut(times[len(times) // 2], ids, frozenset(cut), silent), _spread(times)


def _ended(turns: Sequence[Turn]) -> list[Turn]:
    """Those that failed with their sessions, for no reason that anybody gave."""
    return [turn for turn in turns if turn.failure in UNEXPLAINED and turn.session_seconds is not None]


def _ages(turns: Sequence[Turn], before: Mapping[str, float]) -> dict[str, float]:
    """Of the sessions that ended so. `before` says of each by how much it is older than since its upgrade."""
    return {turn.session: _age(turn) + before.get(turn.session, 0.0) for turn in _ended(turns)}


def _silences(turns: Sequence[Turn]) -> dict[str, float]:
    """For how long nothing had been said on each session that ended so, when it did."""
    said = _said(turns)
    return {
        session: at - max((moment for moment in said[session] if moment <= at), default=at)
        for session, at in _ends(_ended(turns), turns).items()
    }


def _longest_silence(turns: Sequence[Turn]) -> float:
    """The longest after which something was heard on a session all the same."""
    heard: dict[str, float] = {}
    for turn in turns:
        if turn.chunks_at:
            heard[turn.session] = max(turn.chunks_at[-1], heard.get(turn.session, 0.0))
    return max(
        (
            later - earlier
            for session, moments in _said(turns).items()
            for earlier, later in pairwise(sorted(moments))
            if later <= heard.get(session, 0.0)
        ),
        default=0.0,
    )


def _said(turns: Sequence[Turn]) -> Mapping[str, list[float]]:
    """Session to the moments at which something was said on it by either side, its upgrade among them."""
    said: dict[str, list[float]] = defaultdict(list)
    for session, at in _began(turns).items():
        said[session].append(at)
    for turn in turns:
        said[turn.session] += [*turn.chunks_at, *([turn.sent_at] if turn.sent_at is not None else [])]
    return said


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


def _is_by_time(times: Mapping[str, float], turns: Sequence[Turn]) -> bool:
    """Whether the times are alike and the moments are not: a server that dies ends all at one moment."""
    ends = _ends(_ended(turns), turns)
    moments = [ends[session] for session in times if session in ends]
    if len(moments) < FEWEST:
        return False
    least = 0.0 if _somebody_outlived(moments, turns) else LEAST_MOMENTS_SECONDS
    return _spread(moments) >= max(least, WIDER * _spread(list(times.values())))


def _somebody_outlived(moments: Sequence[float], turns: Sequence[Turn]) -> bool:
    """Whether a session that was open before them was heard of after them: then it was not the server that ended."""
    began = _began(turns)
    return any(
        turn.chunks_at[-1] > max(moments) and began[turn.session] < min(moments)
        for turn in turns
        if turn.chunks_at and turn.session in began
    )


def _spread(values: Sequence[float]) -> float:
    """From the first quartile to the third; from end to end of three."""
    return percentile(values, 75) - percentile(values, 25)
