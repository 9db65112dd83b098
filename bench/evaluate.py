"""The whole way from raw records to conclusions, without a file, a clock or a process.

`trials` reads one execution; `conclude` fills in what follows from all trials of a run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench import estimates, usage, validity
from bench.cause import cause
from bench.headline import headline
from bench.metrics import measure
from bench.monitor import Sample
from bench.readings import Observed, is_attributed, ttft_from_plan
from bench.results import Reason, Run, Statistics, Trial, Turns
from bench.stats import percentile
from bench.windows import Ledger, Process, Window, cut, read_ledger
from loadtests.support.turn import Turn

DRIFT_TURNS = 20
"""Each half of a window needs as many: the medians of fewer replies differ by a factor of two by chance alone."""


TWO_CLOCKS = frozenset({"relay_seconds"})
"""Metrics that subtract a moment of the fake Gemini's from one of the load's."""


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
    window_seconds: float | None = None
    """How long a window lasts, unless its level ends before; None for as long as the level does."""
    load_cores: int = 1
    """How many cores the load and the fake Gemini share."""
    local: bool = True
    """Whether the fake Gemini's clock is the load's own: only then can stamps of the two be subtracted."""
    died: str | None = None
    """How the server ended, where it did so before it was told to."""


def trials(execution: Execution) -> list[Trial]:
    """One trial per level the execution was to go through, with its metrics and what the checks say of it."""
    # where several processes share the load, a level may also be passed through on the way to another
    windows = {
        window.sessions: window
        for window in sorted(
            cut(execution.processes, execution.warm_up_seconds, execution.window_seconds),
            key=lambda window: window.seconds,
        )
    }
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
    resources = usage.resources(execution.server, execution.idle_memory_bytes, window)
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
        metrics=_metrics(execution, Observed(window, resources, execution.objective_seconds)),
        resources=resources,
        instrument=_instrument(execution, window, ledger, crowded),
        warnings=[*window.warnings, *_omissions(window)],
    )
    warnings = [*trial.warnings, *_unwatched(execution, trial)]
    if crowded and not trial.turns.ok:
        warnings.append("no turn succeeded, though some did with fewer people: at this load that is the finding")
    return trial.model_copy(
        update={"reasons": [*_deaths(execution), *validity.judge_trial(trial)], "warnings": warnings}
    )


def _metrics(execution: Execution, observed: Observed) -> dict[str, Statistics]:
    """Without what compares moments of two clocks, where they are those of two machines."""
    return {name: found for name, found in measure(observed).items() if execution.local or name not in TWO_CLOCKS}


def _unwatched(execution: Execution, trial: Trial) -> list[str]:
    """A check that could not be made must not read as one that was passed."""
    watched = {
        "the server": (execution.server, "cpu_share" in trial.resources),
        "the load": (execution.generator, "generator_cpu_share" in trial.instrument),
        "the fake Gemini": (execution.fake, "fake_cpu_share" in trial.instrument),
    }
    return [
        f"{who} could not be watched over the whole window: its processor use is unknown"
        for who, (samples, known) in watched.items()
        if samples and not known
    ]


def _omissions(window: Window) -> list[str]:
    """What happened in the window but stands in none, or not in all, of its metrics."""
    lost_tags = sum(
        turn.outcome == "ok" and bool(turn.chunks_sent_at) and not is_attributed(turn) for turn in window.turns
    )
    cut_short = sum(barge_in.old.outcome != "ok" for barge_in in window.barge_ins)
    omissions = {
        "turns still without their first words when the window opened, which count in goodput_ratio alone: {}": len(
            window.waiting
        ),
        "replies with only part of their attribution, left out of what the server added: {}": lost_tags,
        "interrupted replies that did not end properly, left out of the interruption metrics: {}": cut_short,
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


def _instrument(execution: Execution, window: Window, ledger: Ledger, crowded: bool) -> dict[str, float]:
    """How the instrument itself did; what is unknown is left out."""
    generator_share = usage.cpu_share(execution.generator, window)
    delays = [
        turn.sent_at - turn.planned_at
        for turn in window.turns
        if turn.sent_at is not None and turn.connect_seconds is None
    ]
    lateness = (execution.fake_ledger or {}).get("lateness_seconds", {})
    numbers: dict[str, float | None] = {
        "generator_cpu_share": None if generator_share is None else generator_share / len(execution.processes),
        "generator_lag_seconds_p99": ledger.lag_seconds_p99,
        "fake_cpu_share": usage.cpu_share(execution.fake, window),
        "load_core_share": _load_core_share(execution, window),
        "fake_lag_seconds_p99": lateness.get("p99"),
        "schedule_delay_seconds_p99": percentile(delays, 99) if delays else None,
        "drift_ratio": None if crowded else _drift(window),
        "locust_turns": execution.locust_turns,
        "recorded_turns": ledger.recorded,
        "lost_turns": ledger.lost,
        "unended_files": ledger.unended,
        "foreign_chunks": sum(turn.foreign_chunks for turn in window.execution),
        "crowded": crowded,
    }
    return {name: float(number) for name, number in numbers.items() if number is not None}


def _load_core_share(execution: Execution, window: Window) -> float | None:
    """What the load and the fake Gemini, where there is one, used of the cores they share."""
    generator = usage.cpu_share(execution.generator, window)
    fake = usage.cpu_share(execution.fake, window) if execution.fake else 0.0
    return None if generator is None or fake is None else (generator + fake) / execution.load_cores


def _drift(window: Window) -> float | None:
    """How many times slower the slower half of the window was; None where a half has too few turns to tell.

    At the later steps of a climbing load nothing is steady by design, so there it is not asked.
    """
    middle = (window.opened_at + window.closed_at) / 2
    words = [(turn.planned_at, ttft_from_plan(turn)) for turn in window.turns if turn.outcome == "ok"]
    halves = [
        [seconds for planned_at, seconds in words if seconds is not None and (planned_at < middle) is early]
        for early in (True, False)
    ]
    if any(len(half) < DRIFT_TURNS for half in halves):
        return None
    slower, quicker = sorted((median(half) for half in halves), reverse=True)
    return slower / quicker if quicker > 0 else None
