"""Whether a trial may be believed: named checks of the instrument, and of the bookkeeping.

Each check looks at one trial and gives a reason with the number that tripped it and what to do next. INVALID trials
are left out of every estimate; the run names them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench import units
from bench.results import Reason, Run, Trial, Turns, Validity, Verdict
from bench.stats import MINIMUM_TRIALS

Check = Callable[[Trial], Reason | None]

SEVERITY: dict[Verdict, int] = {"VALID": 0, "SUSPECT": 1, "INVALID": 2}
NOISE = frozenset(
    {
        *("load generator CPU", "load generator lag", "greenlet lag", "fake Gemini CPU", "fake Gemini lag"),
        *("load core", "CPU steal", "server died"),
    }
)
"""Checks that spoil the trial they fall on and no other: a run survives them while its case has valid trials."""
MACHINE = NOISE - {"server died"}
"""Those that look at the instrument alone and never at the target: a trial that only they spoil may be repeated, and
whether it is cannot depend on how the target did."""
STEAL_SUSPECT, STEAL_INVALID = 0.05, 0.20
"""Of what the cores in use could have done. A core that loses a twentieth takes a twentieth longer over everything,
which is what comparisons call a difference (`stats.MARGIN`); one that loses a fifth tells of its neighbours."""
UNFINISHED = 0.10
"""A larger share of turns cut by the end would make latencies those of the quick ones."""
NAMED = 6
"""How many of the windows that a check fell on are named in its reason."""


@dataclass(frozen=True)
class Limit:
    """A number of `Trial.instrument` that must stay below a bound."""

    check: str
    number: str
    show: Callable[[float], str]
    suspect: float
    invalid: float | None
    means: str
    next_step: str

    def __call__(self, trial: Trial) -> Reason | None:
        value = trial.instrument.get(self.number)
        if value is None or value <= self.suspect:
            return None
        worse = self.invalid is not None and value > self.invalid
        bound = self.invalid if worse and self.invalid is not None else self.suspect
        shown = f"{self.show(value)}, above {self.show(bound)}"
        message = f"{self.means}: {shown}; {self.next_step}"
        return Reason(check=self.check, verdict="INVALID" if worse else "SUSPECT", message=message)


def _ledgers_agree(trial: Trial) -> Reason | None:
    counted, recorded = trial.instrument.get("locust_turns"), trial.instrument.get("recorded_turns")
    if recorded is None or counted == recorded:
        return None
    if counted is None:
        message = f"Locust left no count beside the recorder's {recorded:.0f} turns; see the load's log"
    else:
        message = (
            f"Locust counted {counted:.0f} turns and the recorder {recorded:.0f}; "
            "one of them lost some, so see the load's log for an error in a listener"
        )
    return Reason(check="two ledgers", verdict="INVALID", message=message)


def _nothing_lost(trial: Trial) -> Reason | None:
    lost, unended = trial.instrument.get("lost_turns", 0), trial.instrument.get("unended_files", 0)
    if not lost and not unended:
        return None
    message = (
        f"lost turns: {unended:.0f} load processes did not finish their file, and {lost:.0f} turns differ from their "
        "own counts; see the load's log for what stopped them"
    )
    return Reason(check="lost turns", verdict="INVALID", message=message)


def _every_record_arrived(trial: Trial) -> Reason | None:
    lost = trial.instrument.get("lost_records", 0)
    if not lost:
        return None
    message = (
        f"not all records of the load's workers arrived: at least {lost:.0f} are missing or came twice; see the load's "
        "log for a worker that died or could not reach its master"
    )
    return Reason(check="lost records", verdict="INVALID", message=message)


def _no_cross_talk(trial: Trial) -> Reason | None:
    foreign = trial.instrument.get("foreign_chunks", 0)
    if not foreign:
        return None
    message = (
        f"{trial.target} sent {foreign:.0f} chunks to people they were not meant for: this is a fault of the server, "
        "and its numbers mean nothing until it is mended"
    )
    return Reason(check="cross-talk", verdict="INVALID", message=message)


def _something_worked(trial: Trial) -> Reason | None:
    """Unless a smaller load worked: then the silence is what the step was there to find (see `evaluate`)."""
    if trial.turns.ok or trial.instrument.get("crowded"):
        return None
    if trial.turns == Turns():
        message = "nobody asked anything in the window; give it more time, or people less to think (think-seconds)"
    else:
        failed, unfinished = trial.turns.failed, trial.turns.unfinished
        message = f"no turn succeeded ({failed} failed, {unfinished} unfinished); see the server's log"
    return Reason(check="nothing succeeded", verdict="SUSPECT", message=message)


def _turns_ended(trial: Trial) -> Reason | None:
    """In a crowd people who wait to the end are what the step was there to find."""
    turns = trial.turns
    planned = turns.ok + turns.failed + turns.unfinished
    if not turns.ok or trial.instrument.get("crowded") or turns.unfinished <= UNFINISHED * planned:
        return None
    message = (
        f"{turns.unfinished} of {planned} turns were unfinished when the load ended, above {units.percent(UNFINISHED)}"
        ": the latencies are of the others; allow more time to drain"
    )
    return Reason(check="unfinished", verdict="SUSPECT", message=message)


CHECKS: Sequence[Check] = (
    Limit(
        "load generator CPU", "generator_cpu_share", units.percent, 0.80, 0.95,
        "the busiest load process used nearly its whole core", "use fewer sessions or more load processes",
    ),
    Limit(
        "greenlet lag", "greenlet_lag_seconds_p99", units.seconds, 0.010, 0.050,
        "the load's own timers fired late (p99)", "use fewer sessions, or quiet the machine",
    ),
    Limit(
        "load generator lag", "generator_lag_seconds_p99", units.seconds, 0.010, 0.050,
        "the load read chunks later than they arrived (p99)", "use fewer sessions, or quiet the machine",
    ),
    Limit(
        "fake Gemini CPU", "fake_cpu_share", units.percent, 0.80, 0.95,
        "the fake Gemini used nearly its whole core", "use fewer sessions",
    ),
    Limit(
        "fake Gemini lag", "fake_lag_seconds_p99", units.seconds, 0.010, 0.050,
        "the fake Gemini sent its chunks late (p99)", "use fewer sessions, or quiet the machine",
    ),
    Limit(
        "load core", "load_core_share", units.percent, 0.80, 0.95,
        "the load and the fake Gemini together used nearly all of their cores", "use fewer sessions",
    ),
    Limit(
        "CPU steal", "steal_share", units.percent, STEAL_SUSPECT, STEAL_INVALID,
        "the hypervisor gave the cores in use to others", "run on a quieter host, or on one of your own",
    ),
    Limit(
        "schedule", "schedule_delay_seconds_p99", units.seconds, 0.020, None,
        "prompts were sent later than planned (p99)", "use fewer sessions, or quiet the machine",
    ),
    Limit(
        "drift", "drift_ratio", units.ratio, 2.0, None,
        "one half of the window was slower than the other (median time to first words)", "use a longer warm-up",
    ),
    _ledgers_agree,
    _nothing_lost,
    _every_record_arrived,
    _no_cross_talk,
    _something_worked,
    _turns_ended,
)  # fmt: skip


def judge_trial(trial: Trial) -> list[Reason]:
    """What the checks say; the reasons the trial already has are not repeated."""
    return [reason for check in CHECKS if (reason := check(trial)) is not None]


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
    if not run.trials:
        reasons.append(_reason("no trials", "INVALID", "nothing was measured; see logs/ for what went wrong"))
    elif not any(trial.turns.ok for trial in run.trials):
        reasons.append(_reason("no success", "INVALID", "not one turn of the whole run succeeded; see logs/"))
    elif not run.complete:
        message = "the run was interrupted, so some trials are missing; run it again to the end"
        reasons.append(_reason("complete", "SUSPECT", message))
    few = [f"{case.scenario} ({case.trials})" for case in run.cases if case.trials < MINIMUM_TRIALS]
    if few:
        message = (
            f"too few trials for an interval at 95 % or a comparison: {', '.join(few)}; "
            f"use a profile with at least {MINIMUM_TRIALS}"
        )
        reasons.append(_reason("number of trials", "VALID", message))
    return Validity(verdict=worst(reason.verdict for reason in reasons), reasons=reasons)


def _over_trials(check: str, run: Run) -> Reason:
    """One reason for all trials that a check fell on: what it said of one of the worst, how often, and where.

    Trials that were repeated are told of only where no other was struck: they no longer mean anything to the run.
    """
    struck = [(trial, reason) for trial in run.trials for reason in trial.reasons if reason.check == check]
    standing = [(trial, reason) for trial, reason in struck if not trial.superseded]
    _, worst_reason = max(standing or struck, key=lambda pair: SEVERITY[pair[1].verdict])
    left_out = [trial for trial, reason in standing if reason.verdict == "INVALID"]
    names = [_name(trial) for trial in left_out or [trial for trial, _ in standing or struck]]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    outcome = "left out of every estimate" if left_out else "kept" if standing else "left out and repeated"
    share = f"{len(names)} of {len(run.trials)} windows {outcome}: {', '.join(names[:NAMED])}{more}"
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
