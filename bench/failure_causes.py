"""What each failure label means and what to check: printed under the results for those that occurred.

The labels are the load's own (`loadtests/support/failures.py`), and those that the bench concludes from them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import units
from bench.cuts import LABEL as PLATFORM_TIMEOUT
from bench.results import Run, Trial


@dataclass(frozen=True)
class Cause:
    means: str
    check: str


@dataclass(frozen=True)
class Failed:
    """One label that occurred."""

    target: str
    label: str
    turns: int
    came_back: int
    """How many sessions were opened by people whose session before had ended so."""
    cause: Cause
    when: str = ""
    """'at an age of 30.0 s', where it was always then."""


CAUSES: Mapping[str, Cause] = {
    PLATFORM_TIMEOUT: Cause(
        "something between load and server ended sessions of a certain age, or that were silent for a certain time",
        "the platform's request time-out (Cloud Run: --timeout, at most 3600 s), or a proxy's read or tunnel time-out",
    ),
    "rejected_capacity": Cause(
        "the upgrade was answered 429 or 503: there was no instance with room",
        "the most instances there may be, and how many sessions each takes (Cloud Run: --max-instances, --concurrency)",
    ),
    "going_away": Cause(
        "the server said goodbye, because it stops",
        "whether instances were taken away or a revision was deployed meanwhile; people should come back by themselves",
    ),
    "upstream": Cause(
        "the server lost Gemini, or never reached it",
        "the server's log; Gemini's quotas and its limit on the length of a session",
    ),
    "lost": Cause(
        "the connection ended without a word",
        "the server's log for a crash or for too little memory, and any proxy between for a limit on idle connections",
    ),
    "closed": Cause(
        "the connection was closed in mid-reply, with a code that names no cause",
        "the close code in the load's log, and who on the way sends it",
    ),
    "unauthorized": Cause(
        "the upgrade was answered 401 or 403, or there was no token to send with it",
        "--auth, the token's audience (--audience) and age, and whether its owner may call the service (run.invoker)",
    ),
    "full": Cause(
        "the server had no room for another session",
        "its limit of sessions or threads, against how many people there were",
    ),
    "quota": Cause(
        "Gemini took no more sessions, though the server asked it several times",
        "the project's quotas of sessions and tokens at Gemini, against how many people there were",
    ),
    "rate_limited": Cause(
        "the server passed no more prompts on, for a while",
        "its limits of prompts and tokens a minute (PROMPTS_PER_MINUTE, TOKENS_PER_MINUTE)",
    ),
    "refused": Cause(
        "the server does not serve what it was asked",
        "the server's log; whether the load speaks the protocol of this server",
    ),
    "timeout": Cause(
        "nothing came for as long as a person waits",
        "whether the server hangs, or a proxy holds replies back; --reply-timeout",
    ),
    "timed_out": Cause(
        "a reply was not whole when the person gave it up, and nobody had said that it would not come",
        "whether the server notices that Gemini has fallen silent; --give-up, against how long replies take",
    ),
    "connect_timeout": Cause(
        "nobody was let in within --connect-timeout",
        "free threads (a blocking server needs one for each session), the backlog, instances that start slowly",
    ),
    "connect_failed": Cause(
        "there was no TCP connection, no TLS or no valid upgrade",
        "the load's log for which; that the server still runs, its certificate, and limits of the network between",
    ),
    "bad_packet": Cause("what came was not the protocol", "the load's log; the server's version against the load's"),
    "empty_reply": Cause("a reply was complete without any text", "the server's log, and the model's modality"),
    "cut_short": Cause("a reply was cut though nobody had interrupted it", "the server's log, and Gemini's"),
    "lost_chunk": Cause("part of a reply never arrived", "what the server does with packets it cannot send at once"),
}
_OLDER = {
    "dropped": "lost",
    "http_401": "unauthorized",
    "http_403": "unauthorized",
    "http_429": "rejected_capacity",
    "http_503": "rejected_capacity",
}
"""What labels of earlier records are called now."""


def cause_of(label: str) -> Cause:
    """A label that is not known by name is told by its kind."""
    kind, _, rest = label.partition("_")
    if kind == "http" and label not in _OLDER:
        return Cause(f"the upgrade was answered {rest}, not 101", "the address, its path, and who answers there")
    if kind == "error" and rest:
        return Cause(f"the server said {rest!r}, and no close code that says more", "the server's log")
    return CAUSES.get(_OLDER.get(label, label), Cause("nobody said why", "the logs of the load and of the server"))


def failed(run: Run) -> Sequence[Failed]:
    """What occurred in the windows of each target, the most frequent first; repeated trials left out."""
    found = []
    for target in run.targets:
        trials = [trial for trial in run.trials if trial.target == target.name and not trial.superseded]
        turns: Counter[str] = sum((Counter(trial.failures) for trial in trials), Counter())
        back: Counter[str] = sum((Counter(trial.reconnects) for trial in trials), Counter())
        found += [
            Failed(target.name, label, number, back[label], cause_of(label), _when(label, trials))
            for label, number in turns.most_common()
        ]
    return found


def _when(label: str, trials: Sequence[Trial]) -> str:
    """At what age, or after how long a silence, sessions were cut; empty for other failures."""
    if label != PLATFORM_TIMEOUT:
        return ""
    told = []
    for silent, words in ((False, "at an age of"), (True, "after a silence of")):
        cuts = [t.cut_seconds for t in trials if t.cut_seconds is not None and t.cut_in_silence == silent]
        if cuts:
            shortest, longest = units.seconds(min(cuts)), units.seconds(max(cuts))
            told.append(f"{words} {shortest}" if shortest == longest else f"{words} {shortest} to {longest}")
    return " or ".join(told)
