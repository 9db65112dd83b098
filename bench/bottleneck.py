"""What binds a server at a load that it does not hold, as far as the numbers of its trials tell."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from bench import units
from bench.book import HOLDS
from bench.results import Target, Trial
from bench.validity import MACHINE
from bench.windows import LONG_CONNECT_SECONDS

FULL_CORE = 0.9
FULL_MEMORY = 0.9
"""A process that holds so much of the machine's memory is about to be swapped out, or ended."""
NEVER_CONNECTED = "connect_timeout"
"""The load's label for somebody who gave up waiting for a connection."""

Kind = Literal["threads", "processor", "memory", "errors", "machine"]


@dataclass(frozen=True)
class Bottleneck:
    kind: Kind
    because: str
    """A clause that completes '... falls behind because'."""


def bottleneck(
    target: Target, trials: Sequence[Trial], memory_bytes: int, longest_connect_seconds: float = 0.0
) -> Bottleneck | None:
    """Of a target in the trials of a load it does not hold; None where the numbers do not say.

    `memory_bytes` is what the machine has. `longest_connect_seconds` is what is known besides of people who began to
    wait for a connection before the windows, in which they stand in no metric.
    """
    reasons: Sequence[tuple[Kind, str | None]] = (
        ("threads", _threads_taken(target, trials, longest_connect_seconds)),
        ("processor", _processor_full(trials)),
        ("memory", _memory_full(trials, memory_bytes)),
        ("errors", _died(trials) or _turns_failed(trials)),
        ("machine", _machine_in_doubt(trials)),
    )
    return next((Bottleneck(kind, because) for kind, because in reasons if because), None)


def _threads_taken(target: Target, trials: Sequence[Trial], longest_connect_seconds: float) -> str | None:
    """More people than threads are no proof: somebody must have been seen to wait for one, or to give up waiting."""
    if target.threads is None or any(trial.sessions <= target.threads for trial in trials):
        return None
    taken = f"all its {target.threads} threads are taken"
    longest = max(longest_connect_seconds, *_values(trials, "connect_seconds", "max"), 0.0)
    if longest >= LONG_CONNECT_SECONDS:
        return f"{taken}: people waited up to {units.seconds(longest)} to connect"
    gave_up = sum(trial.failures.get(NEVER_CONNECTED, 0) for trial in trials)
    if gave_up:
        return f"{taken}: {units.people(gave_up)} never got connected"
    unserved = _unserved(trials)
    others_failed = any(set(trial.failures) - {NEVER_CONNECTED} for trial in trials)
    return f"{taken}: {units.people(unserved)} waited all the time" if unserved and not others_failed else None


def _processor_full(trials: Sequence[Trial]) -> str | None:
    shares = _values(trials, "cpu_share", "value")
    if not shares or median(shares) < FULL_CORE:
        return None
    return f"its core is full ({units.percent(median(shares))}): one Python process can hardly use more than one"


def _memory_full(trials: Sequence[Trial], memory_bytes: int) -> str | None:
    held = max(_values(trials, "memory_bytes", "value"), default=0.0)
    if held < FULL_MEMORY * memory_bytes:
        return None
    return f"it holds {units.size(held)} of the machine's {units.size(memory_bytes)} of memory"


def _died(trials: Sequence[Trial]) -> str | None:
    deaths = [reason for trial in trials for reason in trial.reasons if reason.check == "server died"]
    return f"it died in {len(deaths)} of {len(trials)} trials" if deaths else None


def _turns_failed(trials: Sequence[Trial]) -> str | None:
    failed = sum(trial.turns.failed for trial in trials)
    ended = failed + sum(trial.turns.ok for trial in trials)
    labels: Counter[str] = Counter()
    for trial in trials:
        labels.update(trial.failures)
    if not labels or failed <= (1 - HOLDS) * ended:
        return None
    return f"{failed} of its {ended} turns failed, most often: {labels.most_common(1)[0][0]}"


def _machine_in_doubt(trials: Sequence[Trial]) -> str | None:
    """Only where nothing about the server explains it, and most of its trials were doubtful in the same way."""
    struck = Counter(reason.check for trial in trials for reason in trial.reasons if reason.check in MACHINE)
    check, times = struck.most_common(1)[0] if struck else ("", 0)
    if 2 * times <= len(trials):
        return None
    message = next(reason.message for trial in trials for reason in trial.reasons if reason.check == check)
    return f"the machine, and perhaps not the server, was at its limit: {message}"


def _values(trials: Sequence[Trial], metric: str, statistic: str) -> list[float]:
    values = (trial.metrics[metric].values.get(statistic) for trial in trials if metric in trial.metrics)
    return [value for value in values if value is not None]


def _unserved(trials: Sequence[Trial]) -> int:
    """How many people never got a word, in the trial where they were most."""
    shares = [trial.metrics["unserved_ratio"] for trial in trials if "unserved_ratio" in trial.metrics]
    return max((round(share.count * (share.values["value"] or 0.0)) for share in shares), default=0)
