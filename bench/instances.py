"""How many instances of a server there were, by what it said on each session; and whether they stayed. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from bench.elsewhere import Instances
from bench.readings import opened
from bench.results import Reason, Trial
from bench.windows import Window
from loadtests.support.turn import Turn

GOODBYE = "going_away"
"""The label of a session that an instance ended because it stops."""


def count(window: Window) -> Instances:
    """By the sessions on which somebody asked, or still waited, in the window."""
    firsts = {turn.session: turn for turn in window.first_turns}
    asking = dict.fromkeys(turn.session for turn in (*window.turns, *window.waiting))
    # whoever never got in was on no instance
    opened_there = [first for session in asking if (first := firsts[session]).connect_seconds is not None]
    there = Counter(first.instance for first in opened_there if first.instance is not None)
    seen = _first_seen(firsts.values())
    return Instances(
        sessions=dict(sorted(there.items())),
        unknown=sum(first.instance is None for first in opened_there),
        first_seen_seconds={name: seen[name] - window.opened_at for name in sorted(there) if name in seen},
        came=sorted({name for name, at in _ready_at(firsts.values()).items() if window.holds(at)}),
        went=sorted(_gone(window, firsts)),
        revisions=sorted({first.instance_revision for first in opened_there if first.instance_revision}),
        builds=sorted({first.instance_build for first in opened_there if first.instance_build}),
    )


def spread(sessions: Mapping[str, int]) -> str:
    """How sessions were divided among instances: '3 instances with 4 to 9 sessions, median 6'."""
    counts = sorted(sessions.values())
    if not counts:
        return "unknown"
    noun = "instance" if len(counts) == 1 else "instances"
    if counts[0] == counts[-1]:
        each = "" if len(counts) == 1 else " each"
        return f"{len(counts)} {noun} with {counts[0]} session{'' if counts[0] == 1 else 's'}{each}"
    return f"{len(counts)} {noun} with {counts[0]} to {counts[-1]} sessions, median {counts[len(counts) // 2]}"


def course(there: Instances) -> str:
    """Which of them came, went, or were first seen within the window; empty where they were there all along."""
    late = [name for name, at in there.first_seen_seconds.items() if at >= 0 and name not in there.came]
    said = [
        f"{len(there.came)} came" if there.came else "",
        f"{len(there.went)} went" if there.went else "",
        f"{len(late)} first seen in the window" if late else "",
        f"{there.unknown} sessions unknown" if there.unknown and there.sessions else "",
    ]
    return ", ".join(part for part in said if part)


def steady(trial: Trial) -> Reason | None:
    """Whether the same instances served the whole window."""
    there = trial.instances
    if there is None or not (there.came or there.went):
        return None
    moved = [f"{len(names)} {verb}" for names, verb in ((there.came, "came"), (there.went, "went")) if names]
    message = (
        f"instances of {trial.target} {' and '.join(moved)} while the window lasted, so nothing in it is of a steady "
        "service; hold their number (Cloud Run: --scaling=N, or --min equal to --max), or use a longer warm-up"
    )
    return Reason(check="instances", verdict="SUSPECT", message=message)


def _first_seen(firsts: Iterable[Turn]) -> dict[str, float]:
    """Instance to when its first session was open, in Unix seconds."""
    return _earliest((turn.instance, opened(turn)) for turn in firsts)


def _ready_at(firsts: Iterable[Turn]) -> dict[str, float]:
    """Instance to when it became ready to serve, by what it said of that to the sessions on it."""
    return _earliest(
        (turn.instance, at - turn.instance_serving_seconds)
        for turn in firsts
        if turn.instance_serving_seconds is not None and (at := opened(turn)) is not None
    )


def _earliest(moments: Iterable[tuple[str | None, float | None]]) -> dict[str, float]:
    earliest: dict[str, float] = {}
    for name, at in moments:
        if name is not None and at is not None:
            earliest[name] = min(at, earliest.get(name, at))
    return earliest


def _gone(window: Window, firsts: Mapping[str, Turn]) -> set[str]:
    """Of those that said goodbye in the window; to whom in a pause, his next turn tells."""
    farewells = [
        turn
        for turn in window.execution
        if turn.failure == GOODBYE and turn.ended_at is not None and window.holds(turn.ended_at)
    ]
    return {name for turn in farewells if (name := firsts[turn.session].instance) is not None}
