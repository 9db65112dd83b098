"""The checks of steadiness: of a window that is long enough, and of all windows of a case together."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from bench import units
from bench.findings import Finding, Unmade
from bench.results import Reason, Trial
from bench.steadiness import CONFIDENCE, Trend, trend


def beginning(trial: Trial) -> Finding | None:
    """Whether what is left of the window begins as it goes on."""
    if _is_climbing(trial):
        return None
    excess = trial.instrument.get("warm_up_excess_seconds")
    if excess is None:
        return Unmade("warm-up", "too few turns in the first second of the window, or in the rest")
    if not excess:
        return None
    cut = trial.instrument.get("warm_up_cut_seconds")
    though = f", though its first {units.seconds(cut)} was cut" if cut else ""
    message = (
        f"people who asked at the beginning of the window waited {units.seconds(excess)} longer than the rest "
        f"(median){though}; use a longer warm-up (warm_up_seconds)"
    )
    return Reason(check="warm-up", verdict="SUSPECT", message=message)


def slope(trial: Trial) -> Finding | None:
    """Whether one window drifts. Where it is too short to tell, those of its case are asked together."""
    found = trend([trial.course]) if trial.course and not _is_climbing(trial) else None
    return _reason(found, trial.window_seconds, "") if found else None


def slopes(usable: Sequence[Trial]) -> list[Finding]:
    """Whether all windows of a case, each with a level of its own, drift the same way."""
    cases: dict[tuple[str, str, int], list[Trial]] = defaultdict(list)
    for trial in usable:
        if not _is_climbing(trial):
            cases[trial.target, trial.scenario, trial.sessions].append(trial)
    findings = [
        _over_case(f"{scenario} at {sessions} with {target}", cases[target, scenario, sessions])
        for target, scenario, sessions in cases
    ]
    return [finding for finding in findings if finding]


def _over_case(name: str, trials: Sequence[Trial]) -> Finding | None:
    courses = [trial.course for trial in trials if trial.course and trial.course.seconds]
    metric = courses[0].metric if courses else ""
    found = trend([course for course in courses if course.metric == metric])
    if found is None:
        return Unmade("drift", "too few seconds and trials for a slope", name)
    return _reason(found, fmean(trial.window_seconds for trial in trials), f" in the {len(trials)} trials of {name}")


def _is_climbing(trial: Trial) -> bool:
    """At the later steps of a climbing load, and where faults strike, nothing is steady by design."""
    return bool(trial.instrument.get("crowded")) or trial.faults is not None


def _reason(found: Trend, window_seconds: float, where: str) -> Reason | None:
    change = found.change_seconds(window_seconds)
    if change is None:
        return None
    span = sorted((abs(found.low), abs(found.high)))
    low, high = (units.seconds(end * window_seconds) for end in span)
    grows = change > 0
    message = (
        f"who asked at the end of a window of {units.seconds(window_seconds)} waited {units.seconds(abs(change))} "
        f"{'longer' if grows else 'less'} than who asked at its beginning{where}, with {units.percent(CONFIDENCE)} "
        f"confidence {low} to {high}; "
        f"{'use fewer sessions: work piles up' if grows else 'use a longer warm-up (warm_up_seconds)'}"
    )
    return Reason(check="drift", verdict="SUSPECT", message=message)
