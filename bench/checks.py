"""The named checks of a trial: of the instrument, and of the bookkeeping.

Each looks at one trial and gives a reason with the number that tripped it and what to do next; or says that it could
not be made, which is not the same as having been passed. To add a check, add an entry to `CHECKS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import clocks, drift, floors, instances, lateness, units
from bench.findings import Finding, Unmade
from bench.results import Reason, Trial, Turns

UNFINISHED = 0.10
"""A larger share of turns cut by the end would make latencies those of the quick ones."""
FULL = 0.80, 0.95
"""Suspect and invalid share of a core. Beyond the first, work begins to queue for the rest; beyond the second, what
is measured is the queue."""
QUIETER = "use fewer sessions, or quiet the machine (see live-bench doctor)"
UNWATCHED = "its processes could not be watched over the whole window"
STOLEN = 0.05, 0.20
"""Of what the cores in use could have done. A core that loses a twentieth takes a twentieth longer over everything,
which is what comparisons call a difference (`stats.MARGIN`); one that loses a fifth tells of its neighbours."""
MISSED = 0.01, 0.05
"""Of the turns that were due. That a prompt is sent late because the server let nobody in is the server's doing and no
turn missed. A load that leaves out one in a hundred leaves out what its p99 would be of; at one in twenty the rate is
another one by what comparisons call a difference (`stats.MARGIN`), and a target asked less looks better for it."""


Check = Callable[[Trial], Finding | None]
"""None where the check was passed, or has nothing to look at by design."""
Bounds = Callable[[Trial], tuple[float, float]]


def _always(_: Trial) -> bool:
    return True


def _with_fake(trial: Trial) -> bool:
    return bool(trial.instrument.get("with_fake"))


def _with_workers_elsewhere(trial: Trial) -> bool:
    return bool(trial.instrument.get("elsewhere"))


def _fixed(suspect: float, invalid: float) -> Bounds:
    return lambda _: (suspect, invalid)


@dataclass(frozen=True)
class Limit:
    """A number of `Trial.instrument` that must stay below a bound."""

    check: str
    number: str
    show: Callable[[float], str]
    bounds: Bounds
    """Beyond the first suspect, beyond the second invalid."""
    means: str
    next_step: str
    unknown: str
    """Why the number may be missing where it is expected."""
    expected: Callable[[Trial], bool] = _always
    """Where it is not, there is nothing to look at."""

    def __call__(self, trial: Trial) -> Finding | None:
        value = trial.instrument.get(self.number)
        if value is None:
            return Unmade(self.check, self.unknown) if self.expected(trial) else None
        suspect, invalid = self.bounds(trial)
        if value <= suspect:
            return None
        worse = value > invalid
        shown = f"{self.show(value)}, above {self.show(invalid if worse else suspect)}"
        message = f"{self.means}: {shown}; {self.next_step}"
        return Reason(check=self.check, verdict="INVALID" if worse else "SUSPECT", message=message)


def _ledgers_agree(trial: Trial) -> Finding | None:
    counted, recorded = trial.instrument.get("locust_turns"), trial.instrument.get("recorded_turns")
    if recorded is None:
        return Unmade("two ledgers", "nothing was recorded")
    if counted == recorded:
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


def _certified(trial: Trial) -> Finding | None:
    """Whether the generator has been seen to read right at such a load."""
    rate, people = (trial.instrument.get(name) for name in ("certified_frames_per_second", "certified_sessions"))
    if rate is None or people is None:
        return Unmade("certificate", "none was made right before")
    read = trial.instrument.get("frames_per_second", 0.0)
    if read <= rate and trial.sessions <= people:
        return None
    known = f"only up to {rate:,.0f} from {units.people(round(people))}" if rate else "for no load"
    message = (
        f"the load read {read:,.0f} chunks a second from {units.people(trial.sessions)}, and is certified {known} on "
        "this machine; use fewer sessions or more load processes, and see live-bench certify for what it reads wrong"
    )
    return Reason(check="certificate", verdict="SUSPECT", message=message)


def _no_cross_talk(trial: Trial) -> Reason | None:
    foreign = trial.instrument.get("foreign_chunks", 0)
    if not foreign:
        return None
    message = (
        f"{trial.target} sent {foreign:.0f} chunks to people they were not meant for: this is a fault of the server, "
        "and its numbers mean nothing until it is mended"
    )
    return Reason(check="cross-talk", verdict="INVALID", message=message)


def _no_bystander_hurt(trial: Trial) -> Reason | None:
    """Where faults struck on purpose: what one session suffers is to be no other's trouble."""
    wronged = trial.faults.wrongly_touched if trial.faults else {}
    if not wronged:
        return None
    labels = ", ".join(f"{number} {label}" for label, number in wronged.items())
    message = (
        f"turns failed in {sum(wronged.values())} sessions of {trial.target} that no fault had struck ({labels}), and "
        "there must be none: a fault of the server's, or of a machine too busy to tell; see the server's log"
    )
    return Reason(check="sessions wrongly touched", verdict="INVALID", message=message)


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
        "load generator CPU", "generator_cpu_share", units.percent, _fixed(*FULL),
        "the busiest load process used nearly its whole core", "use fewer sessions or more load processes", UNWATCHED,
    ),
    Limit(
        "fake Gemini CPU", "fake_cpu_share", units.percent, _fixed(*FULL),
        "the fake Gemini used nearly its whole core", "use fewer sessions", UNWATCHED, _with_fake,
    ),
    Limit(
        "load core", "load_core_share", units.percent, _fixed(*FULL),
        "the load and the fake Gemini together used nearly all of their cores", "use fewer sessions", UNWATCHED,
    ),
    Limit(
        "greenlet lag", "greenlet_lag_seconds_p99", units.seconds, lateness.READ,
        "the load's own timers fired late (p99)", QUIETER, "no load process said how late it ran",
    ),
    Limit(
        "load generator lag", "generator_lag_seconds_p99", units.seconds, lateness.READ,
        "the load read chunks later than they arrived (p99)", QUIETER, "nothing arrived in the window",
        lateness.has_kernel_stamps,
    ),
    Limit(
        "schedule", "schedule_delay_seconds_p99", units.seconds, lateness.MOVED,
        "the load set about turns later than planned (p99)", QUIETER, "nobody asked anything in the window",
    ),
    Limit(
        "missed turns", "missed_share", units.percent, _fixed(*MISSED),
        "turns were due that the load set about over a second late, or never, and so asked less than requested",
        QUIETER, "nobody asked anything in the window",
    ),
    Limit(
        "fake Gemini lag", "fake_lag_seconds_p99", units.seconds, lateness.READ,
        "the fake Gemini sent its chunks late (p99)", QUIETER, "it sent none", _with_fake,
    ),
    Limit(
        "clocks", "clock_uncertainty_seconds", units.seconds, _fixed(*clocks.UNCERTAIN),
        "a worker's clock agrees with its master's to no better than", "set the machines' clocks, or put them closer",
        "no worker said what its clock shows", _with_workers_elsewhere,
    ),
    Limit(
        "CPU steal", "steal_share", units.percent, _fixed(*STOLEN),
        "the hypervisor gave others what the cores in use wanted", "run on a quieter host, or on one of your own",
        "this system does not tell",
    ),
    _certified,
    _ledgers_agree,
    _nothing_lost,
    _every_record_arrived,
    _no_cross_talk,
    _no_bystander_hurt,
    _something_worked,
    _turns_ended,
    floors.medians,
    drift.beginning,
    drift.slope,
    instances.steady,
)  # fmt: skip


def examine(trial: Trial) -> tuple[list[Reason], dict[str, str]]:
    """What the checks say against the trial; and those that could not be made, each with why."""
    findings = [finding for check in CHECKS if (finding := check(trial)) is not None]
    reasons = [finding for finding in findings if isinstance(finding, Reason)]
    return reasons, {finding.check: finding.why for finding in findings if isinstance(finding, Unmade)}
