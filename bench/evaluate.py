"""The whole way from raw records to conclusions, without a file, a clock or a process.

`trials` reads one execution; `conclude` fills in what follows from all trials of a run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np

from bench import estimates, validity
from bench.cause import cause
from bench.headline import headline
from bench.metrics import measure
from bench.monitor import Sample
from bench.readings import Observed, is_attributed
from bench.results import Reason, Run, Trial, Turns
from bench.stats import percentile
from bench.windows import Ledger, Process, Window, cut, read_ledger
from loadtests.support.turn import Turn


@dataclass(frozen=True)
class Execution:
    """Everything raw that one execution of a scenario against a freshly started server left behind."""

    target: str
    scenario: str
    sessions: Sequence[int]
    """The levels it was told to go through."""
    trial: int
    order: int
    warm_up_seconds: float
    objective_seconds: float
    processes: Sequence[Process]
    """One per load process: the lines of its file."""
    server: Sequence[Sample] = ()
    """In order of time, from before the load to after it; empty for a target that runs elsewhere."""
    idle_memory_bytes: float | None = None
    """Of the server, when it was ready and nobody had connected yet."""
    generator: Sequence[Sample] = ()
    fake: Sequence[Sample] = ()
    fake_ledger: Mapping[str, Any] | None = None
    """As the fake Gemini reports it; None where the servers speak to something else."""
    locust_turns: int | None = None
    """How many turns Locust itself counted, failures included."""
    died: str | None = None
    """How the server ended, where it did so before it was told to."""


def trials(execution: Execution) -> list[Trial]:
    """One trial per level the execution was to go through, with its metrics and what the checks say of it."""
    windows = {window.sessions: window for window in cut(execution.processes, execution.warm_up_seconds)}
    ledger = read_ledger(execution.processes)
    measured: list[Trial] = []
    for sessions in execution.sessions:
        window = windows.get(sessions)
        if window is None or window.seconds <= 0:
            trial = _unmeasured(execution, sessions, window)
        else:
            crowded = any(earlier.turns.ok for earlier in measured)
            trial = _trial(execution, window, ledger, crowded)
        measured.append(trial)
    return measured


def conclude(run: Run) -> Run:
    """A copy of the run with everything that follows from its trials."""
    judged = run.model_copy(
        update={
            "estimates": estimates.estimate(run),
            "comparisons": estimates.compare(run),
            "validity": validity.judge_run(run),
        }
    )
    return judged.model_copy(update={"headline": headline(judged), "cause": cause(judged)})


def _trial(execution: Execution, window: Window, ledger: Ledger, crowded: bool) -> Trial:
    resources = _resources(execution, window)
    trial = Trial(
        target=execution.target,
        scenario=execution.scenario,
        sessions=window.sessions,
        trial=execution.trial,
        order=execution.order,
        started_at=window.opened_at,
        window_seconds=window.seconds,
        turns=_outcomes(window.turns),
        failures=_failures(window.turns),
        metrics=measure(Observed(window, resources, execution.objective_seconds)),
        resources=resources,
        instrument={**_instrument(execution, window, ledger), "crowded": float(crowded)},
        warnings=[*window.warnings, *_omissions(window)],
    )
    warnings = list(trial.warnings)
    if execution.server and not resources:
        warnings.append("the server was not watched over the whole window, so its resources are unknown")
    if crowded and not trial.turns.ok:
        warnings.append("no turn succeeded, though some did with fewer people: at this load that is the finding")
    return trial.model_copy(
        update={"reasons": [*_deaths(execution), *validity.judge_trial(trial)], "warnings": warnings}
    )


def _omissions(window: Window) -> list[str]:
    """What happened in the window but stands in none, or not in all, of its metrics."""
    lost_tags = sum(
        turn.outcome == "ok" and bool(turn.chunks_sent_at) and not is_attributed(turn) for turn in window.turns
    )
    cut_short = sum(barge_in.old.outcome != "ok" for barge_in in window.barge_ins)
    omissions = {
        "{} people were waiting for their first words when the window opened: they count in goodput_ratio alone": len(
            window.waiting
        ),
        "{} replies carry only part of their attribution and are left out of what the server added": lost_tags,
        "{} interrupted replies did not end properly and are left out of the interruption metrics": cut_short,
    }
    return [text.format(number) for text, number in omissions.items() if number]


def _unmeasured(execution: Execution, sessions: int, window: Window | None) -> Trial:
    """A level without a window still stands in the results: what is missing must be seen to be missing."""
    why = "the load never came to this level" if window is None else "the level ended before its warm-up"
    reason = Reason(check="no window", verdict="INVALID", message=f"{why}; see the load's log, or give it more time")
    return Trial(
        target=execution.target,
        scenario=execution.scenario,
        sessions=sessions,
        trial=execution.trial,
        order=execution.order,
        started_at=window.opened_at if window else 0.0,
        window_seconds=0.0,
        turns=Turns(),
        reasons=[*_deaths(execution), reason],
    )


def _deaths(execution: Execution) -> list[Reason]:
    if execution.died is None:
        return []
    message = f"{execution.target} died under load: {execution.died}; see its log"
    return [Reason(check="server died", verdict="INVALID", message=message)]


def _outcomes(turns: Sequence[Turn]) -> Turns:
    outcomes = [turn.outcome for turn in turns]
    return Turns(ok=outcomes.count("ok"), failed=outcomes.count("failed"), unfinished=outcomes.count("unfinished"))


def _failures(turns: Sequence[Turn]) -> dict[str, int]:
    labels = [turn.failure or "unknown" for turn in turns if turn.outcome == "failed"]
    return {label: labels.count(label) for label in sorted(set(labels))}


def _resources(execution: Execution, window: Window) -> dict[str, float]:
    """Of the server's whole process tree; empty where the samples do not span the window."""
    cpu_seconds = _cpu_seconds(execution.server, window)
    inside = [sample for sample in execution.server if window.opened_at <= sample.at <= window.closed_at]
    if cpu_seconds is None or not inside:
        return {}
    memory_bytes = median(sample.memory_bytes for sample in inside)
    resources = {
        "cpu_seconds": cpu_seconds,
        "cpu_share": cpu_seconds / window.seconds,
        "memory_bytes": memory_bytes,
        "threads": float(max(sample.threads for sample in inside)),
        "descriptors": float(max(sample.descriptors for sample in inside)),
        "processes": float(max(sample.processes for sample in inside)),
    }
    if execution.idle_memory_bytes is not None:
        resources["idle_memory_bytes"] = execution.idle_memory_bytes
        resources["memory_bytes_per_session"] = (memory_bytes - execution.idle_memory_bytes) / window.sessions
    return resources


def _cpu_seconds(samples: Sequence[Sample], window: Window) -> float | None:
    """Used over the window, by interpolation; None where the samples do not span it or a process in it ended."""
    if not samples or samples[0].at > window.opened_at or samples[-1].at < window.closed_at:
        return None
    if any(later.cpu_seconds < earlier.cpu_seconds for earlier, later in pairwise(samples)):
        return None
    moments = [sample.at for sample in samples]
    used = [sample.cpu_seconds for sample in samples]
    return float(np.interp(window.closed_at, moments, used) - np.interp(window.opened_at, moments, used))


def _instrument(execution: Execution, window: Window, ledger: Ledger) -> dict[str, float]:
    """How the instrument itself did; what is unknown is left out."""
    generator, fake = _cpu_seconds(execution.generator, window), _cpu_seconds(execution.fake, window)
    delays = [
        turn.sent_at - turn.planned_at
        for turn in window.turns
        if turn.sent_at is not None and turn.connect_seconds is None
    ]
    lateness = (execution.fake_ledger or {}).get("lateness_seconds", {})
    numbers: dict[str, float | None] = {
        "generator_cpu_share": None if generator is None else generator / window.seconds / len(execution.processes),
        "generator_lag_seconds_p99": ledger.lag_seconds_p99,
        "fake_cpu_share": None if fake is None else fake / window.seconds,
        "fake_lag_seconds_p99": lateness.get("p99"),
        "schedule_delay_seconds_p99": percentile(delays, 99) if delays else None,
        "locust_turns": execution.locust_turns,
        "recorded_turns": ledger.recorded,
        "lost_turns": ledger.lost,
        "unended_files": ledger.unended,
        "foreign_chunks": sum(turn.foreign_chunks for turn in window.turns),
    }
    return {name: float(number) for name, number in numbers.items() if number is not None}
