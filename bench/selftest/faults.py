"""The faults, each with what the gate has to say of it. To try another, add an entry. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench import units
from bench.gate import words
from bench.results import Trial

MORE_CPU = 0.30
"""Of what a chunk costs without."""
MORE_MEMORY = 0.50
"""Of what a session holds without."""
SLEEP_MILLISECONDS = 3
ONE_LOST_OF = 50
SAME, BLIND = "same", "blind"


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a head, or nothing."""

    name: str
    what: str
    """In words, for the one who reads the result."""
    injected: Callable[[Sequence[Trial]], str]
    """What goes into `SERVERS_INJECT`, from trials of the base: some are shares of what it costs."""
    shows_in: str | None
    """The metric that has to shut the gate, as `--accept` calls it; None where nothing may."""


def _cpu(base: Sequence[Trial]) -> str:
    return f"cpu={max(1, round(_value(base, 'cpu_seconds_per_chunk') * MORE_CPU * 1e6))}us"


def _memory(base: Sequence[Trial]) -> str:
    return f"memory={max(1, round(_value(base, 'memory_bytes_per_session') * MORE_MEMORY / 1000))}kB"


def _value(trials: Sequence[Trial], metric: str) -> float:
    """The median of those that have it; of none 0, which makes a fault too small to be found, and so not proved."""
    found = [trial.metrics[metric].values["value"] or 0.0 for trial in trials if metric in trial.metrics]
    return median(found) if found else 0.0


FAULTS: Sequence[Fault] = (
    Fault(SAME, "nothing: the same code twice", lambda _: "", None),
    Fault("cpu", f"{units.percent(MORE_CPU)} more processor time for each chunk", _cpu, "cpu_seconds_per_turn"),
    Fault(
        "sleep",
        f"each chunk blocks thread or loop {SLEEP_MILLISECONDS} ms",
        lambda _: f"sleep={SLEEP_MILLISECONDS}ms",
        "ttft_added_seconds.p50",
    ),
    Fault("memory", f"{units.percent(MORE_MEMORY)} more memory for each session", _memory, "memory_bytes_per_session"),
    Fault("drop", f"one chunk of {ONE_LOST_OF} is lost", lambda _: f"drop={ONE_LOST_OF}", words.LOST),
)
