"""The whole way from raw records to conclusions, without a file, a clock or a process.

`trials` reads one execution; `conclude` fills in what follows from all trials of a run.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bench import absences, clocks, cold, estimates, instances, units, usage, validity
from bench.cause import cause
from bench.checks import examine
from bench.cuts import LABEL, Cut, find_cut, relabelled
from bench.elsewhere import Approach, Instances
from bench.elsewhere_words import labelled, remarks
from bench.errors import BenchError, ServerNotReady
from bench.execution import Execution
from bench.faults.record import Suffered
from bench.faults.seeing import suffered
from bench.headline import headline
from bench.instrument import read_instrument
from bench.metrics import measure
from bench.observed import observed
from bench.plan import Planned
from bench.readings import Observed, is_attributed
from bench.results import Reason, Run, Statistics, Trial, Turns
from bench.steadiness import Settled, course, settle
from bench.windows import Ledger, Window, cut, read_ledger
from loadtests.support.turn import Turn

TWO_CLOCKS = frozenset({"relay_seconds"})
"""Metrics that subtract a moment of the fake Gemini's from one of the load's."""
WATCHED = {"cpu_share": "processor use", "memory_bytes": "size"}
"""Of a server's processes: a number of `Trial.resources` to what it tells."""


def trials(execution: Execution) -> list[Trial]:
    """One trial per level the execution was to go through, with its metrics and what the checks say of it."""
    # where faults strike on purpose, nothing between load and server has to explain an end
    cut_off = None if execution.faults else find_cut(_turns(execution))
    if cut_off:
        execution = replace(execution, processes=relabelled(execution.processes, cut_off))
    # where several processes share the load, a level may also be passed through on the way to another
    windows = {
        window.sessions: window
        for window in sorted(
            cut(execution.processes, execution.warm_up_seconds, execution.window_seconds),
            key=lambda window: window.seconds,
        )
    }
    ledger = read_ledger(execution.processes, execution.workers)
    faults = _suffered(execution)
    measured: list[Trial] = []
    for sessions in execution.sessions:
        window = windows.get(sessions)
        if window is None or window.seconds <= 0:
            trial = _unmeasured(execution, sessions, window)
        else:
            crowded = any(earlier.turns.ok for earlier in measured)
            trial = _with_cut(_trial(execution, window, ledger, crowded, faults), cut_off)
        measured.append(trial)
    return measured


def not_run(planned: Planned, error: BenchError) -> list[Trial]:
    """What stands in the results for an execution that could not be brought to its end."""
    check = "server not ready" if isinstance(error, ServerNotReady) else "did not run"
    return unmeasured(planned, Reason(check=check, verdict="INVALID", message=str(error)))


def unmeasured(planned: Planned, reason: Reason) -> list[Trial]:
    """Trials without a number, one per level, that say why."""
    return [
        Trial(
            target=planned.target,
            scenario=planned.case.name,
            sessions=sessions,
            trial=planned.trial,
            order=planned.order,
            started_at=0.0,
            window_seconds=0.0,
            turns=Turns(),
            reasons=[reason],
        )
        for sessions in planned.case.levels
    ]


def conclude(run: Run) -> Run:
    """A copy of the run with everything that follows from its trials."""
    judged = run.model_copy(
        update={
            "estimates": estimates.estimate(run),
            "comparisons": estimates.compare(run),
            "validity": validity.judge_run(run),
            "targets": [labelled(target, run.trials) for target in run.targets],
        }
    )
    return judged.model_copy(update={"headline": headline(judged), "cause": cause(judged)})


def _turns(execution: Execution) -> list[Turn]:
    return [line for process in execution.processes for line in process if isinstance(line, Turn)]


def _suffered(execution: Execution) -> Suffered | None:
    """Of the execution as a whole: what strikes in its ramp is as good as what strikes in its window."""
    if execution.faults is None:
        return None
    late_seconds = execution.objective_seconds
    return suffered(execution.faults, _turns(execution), late_seconds, execution.idle, execution.after)


def _trial(
    execution: Execution, planned: Window, ledger: Ledger, crowded: bool, faults: Suffered | None = None
) -> Trial:
    # at the later steps of a climbing load nothing is steady by design
    settled = None if crowded else settle(planned)
    window = settled.window if settled else planned
    resources = usage.resources(execution.server, execution.idle, window)
    if execution.arrivals != "closed":  # nobody knows how many people are there
        resources.pop("memory_bytes_per_session", None)
    trial = Trial(
        target=execution.target,
        scenario=execution.scenario,
        sessions=window.sessions,
        trial=execution.trial,
        order=execution.order,
        build=execution.build,
        injected=execution.injected,
        started_at=window.opened_at,
        window_seconds=window.seconds,
        turns=_outcomes(window.turns),
        failures=_failures(window.turns),
        metrics=_metrics(execution, replace(observed(execution, window, resources), faults=faults)),
        faults=faults,
        resources=resources,
        instrument=read_instrument(execution, window, ledger) | _steadiness(settled),
        course=course(window),
        approach=execution.approach,
        approaches=_approaches(execution),
        instances=_instances(execution, window),
        reconnects=dict(sorted(Counter(t.reconnects_after for t in window.turns if t.reconnects_after).items())),
        warnings=[
            *window.warnings,
            *_clocks(execution),
            *_omissions(window),
            *_cut(settled),
            *remarks(execution.approach),
        ],
    )
    warnings = [*trial.warnings, *_unwatched(execution, trial)]
    if crowded and not trial.turns.ok:
        warnings.append("no turn succeeded, though some did with fewer people: at this load that is the finding")
    reasons, unchecked = examine(trial)
    return trial.model_copy(
        update={"reasons": [*_losses(execution), *reasons], "unchecked": unchecked, "warnings": warnings}
    )


def _approaches(execution: Execution) -> list[Approach]:
    """None, where one machine of several did not look."""
    return [part.approach for part in execution.parts if part.approach] if execution.approach else []


def _instances(execution: Execution, window: Window) -> Instances | None:
    """Of a target that was started here there is one, and nobody asks."""
    counted = instances.count(window)
    return counted if execution.approach or counted.sessions else None


def _with_cut(trial: Trial, cut_off: Cut | None) -> Trial:
    """With a word on what sessions were cut at, where that failed some of its turns."""
    if cut_off is None or LABEL not in trial.failures:
        return trial
    told = {"cut_seconds": cut_off.after_seconds, "cut_in_silence": cut_off.silent}
    return trial.model_copy(update={**told, "warnings": [*trial.warnings, cut_off.warning]})


def _steadiness(settled: Settled | None) -> dict[str, float]:
    """As part of `Trial.instrument`."""
    if settled is None:
        return {"crowded": 1.0}
    numbers = {"crowded": 0.0, "warm_up_cut_seconds": settled.cut_seconds}
    if settled.excess_seconds is not None:
        numbers["warm_up_excess_seconds"] = settled.excess_seconds
    return numbers


def _cut(settled: Settled | None) -> list[str]:
    if settled is None or not settled.cut_seconds:
        return []
    return [
        f"the first {units.seconds(settled.cut_seconds)} of the window was cut as warm-up: people who asked in it "
        f"waited {units.seconds(settled.cut_excess_seconds)} longer than those after (median)"
    ]


def _metrics(execution: Execution, seen: Observed) -> dict[str, Statistics]:
    """Without what compares moments of two clocks, where they are those of two machines."""
    return {name: found for name, found in measure(seen).items() if execution.local or name not in TWO_CLOCKS}


def _unwatched(execution: Execution, trial: Trial) -> list[str]:
    if not execution.server:
        return []
    unknown = [what for name, what in WATCHED.items() if name not in trial.resources]
    return [f"the server could not be watched over the whole window: its {what} is unknown" for what in unknown]


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
        "sessions that waited for their instance to start, left out of all latencies but the cold ones: {}": len(
            cold.first_turns(window)
        ),
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
        build=execution.build,
        approach=execution.approach,
        approaches=_approaches(execution),
        injected=execution.injected,
        started_at=window.opened_at if window else 0.0,
        window_seconds=0.0,
        turns=Turns(),
        reasons=[*_losses(execution), reason],
    )


def _clocks(execution: Execution) -> list[str]:
    return clocks.warnings(execution.processes) if execution.elsewhere else []


def _losses(execution: Execution) -> list[Reason]:
    """Who did not see the end of it."""
    return [*_deaths(execution), *absences.reasons(execution.processes)]


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
