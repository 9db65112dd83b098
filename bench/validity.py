"""Whether a run may be believed, from what the checks said of its trials.

INVALID trials are left out of every estimate; the run names them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from bench import distance, drift, floors, units
from bench.findings import Finding, Unmade
from bench.results import Reason, Run, Trial, Validity, Verdict
from bench.stats import MINIMUM_TRIALS
from bench.steadiness import CONFIDENCE

SEVERITY: dict[Verdict, int] = {"VALID": 0, "SUSPECT": 1, "INVALID": 2}
NOISE = frozenset(
    {
        *("load generator CPU", "load generator lag", "greenlet lag", "fake Gemini CPU", "fake Gemini lag"),
        *("load core", "CPU steal", "schedule", "missed turns", "server died", "shards missing", "shards apart"),
    }
)
"""Checks that spoil the trial they fall on and no other: a run survives them while its case has valid trials."""
MACHINE = NOISE - {"server died", "shards missing", "shards apart"}
"""Those that look at the instrument alone and never at the target: a trial that only they spoil may be repeated, and
whether it is cannot depend on how the target did."""
NAMED = 6
"""How many of the windows that a check fell on are named in its reason."""


def is_usable(trial: Trial) -> bool:
    """Whether a trial may stand in an estimate."""
    return not trial.superseded and worst(reason.verdict for reason in trial.reasons) != "INVALID"


def is_worth_repeating(trials: Sequence[Trial]) -> bool:
    """Whether the windows of one execution were spoiled by the machine, and by nothing else."""
    invalid = {reason.check for trial in trials for reason in trial.reasons if reason.verdict == "INVALID"}
    return bool(invalid) and invalid <= MACHINE


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=SEVERITY.__getitem__, default="VALID")


def judge_run(run: Run) -> Validity:
    """The worst of all trials, each check told once; and whether the run is whole."""
    checks = dict.fromkeys(reason.check for trial in run.trials for reason in trial.reasons)
    reasons = [_over_trials(check, run) for check in checks]
    usable = [trial for trial in run.trials if is_usable(trial)]
    findings = [finding for check in RUN_CHECKS for finding in check(usable)]
    reasons += [finding for finding in findings if isinstance(finding, Reason)]
    if not run.trials:
        reasons.append(_reason("no trials", "INVALID", "nothing was measured; see logs/ for what went wrong"))
    elif not any(trial.turns.ok for trial in run.trials):
        reasons.append(_reason("no success", "INVALID", "not one turn of the whole run succeeded; see logs/"))
    elif not run.complete:
        why = run.ended_because or "the run was interrupted"
        what = "allow more, or use a smaller profile" if run.ended_because else "run it again to the end"
        message = f"{why}, so some trials are missing; {what}"
        reasons.append(_reason("complete", "SUSPECT", message))
    few = [f"{case.scenario} ({case.trials})" for case in run.cases if case.trials < MINIMUM_TRIALS]
    if few:
        message = (
            f"too few trials for an interval at 95 % or a comparison: {', '.join(few)}; "
            f"use a profile with at least {MINIMUM_TRIALS}"
        )
        reasons.append(_reason("number of trials", "VALID", message))
    reasons += _unmade(usable, [finding for finding in findings if isinstance(finding, Unmade)])
    return Validity(verdict=worst(reason.verdict for reason in reasons), reasons=reasons)


def _unmade(usable: Sequence[Trial], of_cases: Sequence[Unmade]) -> list[Reason]:
    """One note on all checks that could not be made, each with why and where: they were not passed."""
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for trial in usable:
        for check, why in trial.unchecked.items():
            places[check, why].append(_name(trial))
    for unmade in of_cases:
        places[unmade.check, unmade.why].append(unmade.where)
    if not places:
        return []
    told = [f"{check} ({why}: {_listed(names, len(usable))})" for (check, why), names in places.items()]
    return [_reason("not checked", "VALID", f"not checked, and so not passed: {'; '.join(told)}")]


def _listed(names: Sequence[str], windows: int) -> str:
    if len(names) == windows:
        return "every window"
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _cut(usable: Sequence[Trial]) -> list[Finding]:
    """Which windows lost their beginning, for a cut flatters whom it falls on."""
    cut = [trial for trial in usable if trial.instrument.get("warm_up_cut_seconds")]
    if not cut:
        return []
    longest = max(trial.instrument["warm_up_cut_seconds"] for trial in cut)
    message = (
        f"{len(cut)} of {len(usable)} windows were still slower at their beginning, of which up to "
        f"{units.seconds(longest)} was cut (chance alone cuts {units.percent(1 - CONFIDENCE)}): "
        f"{_listed([_name(trial) for trial in cut], len(usable))}; a longer warm-up (warm_up_seconds) spares it"
    )
    return [_reason("warm-up", "VALID", message)]


RUN_CHECKS: Sequence[Callable[[Sequence[Trial]], Sequence[Finding]]] = (
    drift.slopes,
    floors.percentiles,
    _cut,
    distance.moved,
    distance.deployed,
)
"""What only shows over all usable trials."""


def _over_trials(check: str, run: Run) -> Reason:
    """One reason for all trials that a check fell on: what it said of one of the worst, how often, and where.

    Trials that were repeated are told of only where no other was struck: they no longer mean anything to the run.
    """
    struck = [(trial, reason) for trial in run.trials for reason in trial.reasons if reason.check == check]
    standing = [(trial, reason) for trial, reason in struck if not trial.superseded]
    _, worst_reason = max(standing or struck, key=lambda pair: SEVERITY[pair[1].verdict])
    left_out = [trial for trial, reason in standing if reason.verdict == "INVALID"]
    names = [_name(trial) for trial in left_out or [trial for trial, _ in standing or struck]]
    outcome = "left out of every estimate" if left_out else "kept" if standing else "left out and repeated"
    share = f"{len(names)} of {len(run.trials)} windows {outcome}: {_listed(names, 0)}"
    verdict = worst(_weight(trial, reason, run) for trial, reason in standing)
    return _reason(check, verdict, f"{worst_reason.message} ({share})")


def _weight(trial: Trial, reason: Reason, run: Run) -> Verdict:
    """What a reason of a trial's means to the run, in which others may still speak for its case."""
    if reason.verdict != "INVALID" or reason.check not in NOISE:
        return reason.verdict
    return "SUSPECT" if _has_usable_peer(trial, run) else "INVALID"


def _has_usable_peer(trial: Trial, run: Run) -> bool:
    return any(
        is_usable(peer)
        for peer in run.trials
        if (peer.target, peer.scenario, peer.sessions) == (trial.target, trial.scenario, trial.sessions)
    )


def _name(trial: Trial) -> str:
    return f"{trial.target} {trial.scenario} at {trial.sessions} in trial {trial.trial}"


def _reason(check: str, verdict: Verdict, message: str) -> Reason:
    return Reason(check=check, verdict=verdict, message=message)
