"""A whole run: every execution of the plan in order, stored one by one, whatever comes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench import alone, caps, evaluate, store, validity
from bench.backend import described, is_gone, speaks_to_fake
from bench.caps import NO_CAPS, TurnsLeft
from bench.certify import words
from bench.certify.brief import certify_briefly
from bench.cores import Cores, held_to, share_out_machine
from bench.crew import ALONE, Crew, Here, check_reach
from bench.elsewhere import Approach, Baseline, Caps
from bench.environment import read_environment
from bench.errors import BenchError, ServerNotReady
from bench.execution import Execution
from bench.fake import FakeGemini
from bench.faults.reach import check_faults
from bench.following import Followed
from bench.health import NOBODY
from bench.limits import allow_sessions
from bench.load import check_scenario, scenario_title
from bench.moments import iso
from bench.plan import Planned, plan
from bench.profile import CasePlan, Profile
from bench.progress import Progress, Step
from bench.results import Case, Run, Target, Trial
from bench.trial import Bench, CutShort, execute
from loadtests.support.identity import Auth

REPEATED_SHARE = 0.1
"""At most so much of the plan is repeated at its end, where the machine and not the target spoiled a trial."""


class Broken(BenchError):
    """A run that could not be brought to its end, though something had been measured by then."""

    def __init__(self, why: str, folder: Path, record: Run) -> None:
        super().__init__(f"{why}; {folder} holds what was measured before")
        self.folder = folder
        self.record = record


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    profile: Profile
    targets: Sequence[Target]
    seed: int
    results: Path
    command: str
    """The command line, for the report's reader."""
    allow_real_model: bool = False
    auth: Auth = NOBODY
    """How it shows who it is at targets that are addresses."""
    crew: Crew | None = None
    """Who makes the load; as many processes of this machine as the profile says, where nobody is named."""
    caps: Caps = NO_CAPS

    @property
    def makers(self) -> Crew:
        return self.crew or Here(self.profile.processes)


def run(order: Order, progress: Progress) -> tuple[Path, Run]:
    """Measures, and gives the results folder and what it holds.

    An execution that cannot be brought to its end is told in the results, and the rest goes on. Raises BenchError where
    the first cannot, and Broken where the fake, a target elsewhere or a worker has gone after it; then, as at Ctrl-C,
    what was measured before is kept and marked incomplete.
    """
    for case in order.profile.case:
        check_scenario(case.scenario)
    check_reach(order.makers, order.targets)
    check_faults(order.profile, order.targets)
    workers = order.makers.gather()
    allow_sessions(max(case.sessions for case in order.profile.case))
    # every address is asked
    fakes = [speaks_to_fake(target, order.allow_real_model, order.auth) for target in order.targets]
    tags = all(fakes)
    caps.check(order.caps, order.profile, real_model=not tags, workers=order.makers.workers)
    cores = share_out_machine(with_server=any(target.url is None for target in order.targets))
    started_at = datetime.now(UTC)
    folder = store.create(order.results, order.profile.name, started_at)
    record = _new_record(order, folder.name, started_at, cores, tags).model_copy(update={"workers": list(workers)})
    store.write_run(folder, record)
    with held_to(cores.load):  # so that looking on takes nothing from the server
        try:
            record = _certified(order, record, folder, cores, progress)
        except (CutShort, KeyboardInterrupt):
            return folder, _keep(folder, record)
        return folder, _with_fake(order, record, folder, cores, progress)


def _certified(order: Order, record: Run, folder: Path, cores: Cores, progress: Progress) -> Run:
    """With a certificate of the load generator, where the profile asks for one and this machine can give it."""
    if not order.profile.certify:
        return record
    with progress.of_certificate() as display:
        if order.makers.elsewhere:
            display.say("no certificate: the load is made on other machines")
            return record
        try:
            shared = cores if cores.server else share_out_machine()  # the null chat server runs on this machine
            certificate = certify_briefly(order.profile, order.seed, shared, folder / "logs", display.watch)
        except BenchError as error:
            display.say(f"no certificate: {error}")
            return record
        display.say(f"{words.headline(certificate)}.")
    record = record.model_copy(update={"certificate": certificate})
    store.write_run(folder, record)
    return record


def _with_fake(order: Order, record: Run, folder: Path, cores: Cores, progress: Progress) -> Run:
    """Starts the fake where a target of the table needs it, and measures."""
    bench = replace(
        bench_of(order, cores, folder / "logs", record.attribution == "tags"),
        certificate=record.certificate,
        looks=True,
    )
    if all(target.url for target in order.targets):
        return _measure(order, record, folder, bench, progress)
    profile = order.profile.fake_profile
    with FakeGemini(profile, order.seed, bench.logs, cores.load) as fake:
        record = record.model_copy(update={"fake_gemini": {"profile": profile, "seed": order.seed}})
        return _measure(order, record, folder, replace(bench, fake=fake), progress)


def bench_of(order: Order, cores: Cores, logs: Path, tags: bool) -> Bench:
    """What all executions share, without a fake Gemini of our own."""
    return Bench(
        fake=None,
        cores=cores,
        logs=logs,
        objective_seconds=order.profile.objective_seconds,
        tags=tags,
        crew=order.makers,
        auth=order.auth,
    )


def _measure(order: Order, record: Run, folder: Path, bench: Bench, progress: Progress) -> Run:
    targets = {target.name: target for target in order.targets}
    executions = plan(order.profile, list(targets), order.seed)
    repeats_left = int(len(executions) * REPEATED_SHARE)
    left = TurnsLeft(order.caps)
    with progress.over(executions, targets) as step:
        try:
            for grown in _with_baselines(order, record, folder, bench, left, step):
                record = grown
        except (CutShort, KeyboardInterrupt):
            step.say("ended by hand")
            return _keep(folder, record)
        except BenchError:
            _keep(folder, record)
            raise
        for planned in executions:  # which may grow meanwhile
            if left.are_used_up:
                step.say(left.because)
                break
            step.begin(planned)
            try:
                trials = _trials(planned, targets[planned.target], bench, folder, step.watch, left)
            except (CutShort, KeyboardInterrupt) as end:
                if isinstance(end, CutShort):
                    store.append_execution(folder, planned, end.processes)
                step.say("ended by hand")
                break
            except BenchError as error:
                gone = (bench.fake and not bench.fake.alive) or is_gone(targets[planned.target], bench.auth)
                lost = gone or error.ends_the_run
                if not record.trials:
                    _keep(folder, record)
                    raise
                if lost:
                    raise Broken(str(error), folder, _keep(folder, record)) from error
                trials = evaluate.not_run(planned, error)
                if not isinstance(error, ServerNotReady):  # else there was no load yet
                    left.take_all()
            record = record.model_copy(update={"trials": [*_superseded(record.trials, trials), *trials]})
            if bench.crew.away and (found := trials[0].approach):  # which no person alone came to know before
                record = acquainted(record, planned.target, found)
            record = caps.charged(record, left)
            store.write_run(folder, record)
            store.point_latest_at(folder)
            step.end(trials)
            block = [other for other in executions if (other.case, other.trial) == (planned.case, planned.trial)]
            if len(block) <= min(repeats_left, len(targets)) and validity.is_worth_repeating(trials):
                repeats_left -= len(block)
                executions += [replace(other, order=len(executions) + place) for place, other in enumerate(block, 1)]
        else:
            record = record.model_copy(update={"complete": not left.are_used_up})
    return _keep(folder, record)


def _with_baselines(
    order: Order, record: Run, folder: Path, bench: Bench, left: TurnsLeft, step: Step
) -> Iterator[Run]:
    """With one person alone at one address after another, made by this machine; unless others make the load, with whom
    that person could not be compared.

    Raises BenchError where even that cannot be had.
    """
    addresses = [target for target in order.targets if target.url is not None]
    if addresses and bench.crew.away:
        step.say("nobody is sent to an address alone: the load comes from other machines, and another way")
        return
    bench = replace(bench, crew=ALONE)
    targets = {target.name: target for target in addresses}
    executions = alone.affordable(alone.plan(addresses, order.profile.case, order.seed), left.number)
    if addresses and not executions:
        step.say("nobody is sent to an address alone: that would take more than half of the turns of --max-turns")
    for planned in executions:
        step.begin(planned)
        try:
            baseline = alone.summarise(_executed(planned, targets[planned.target], bench, folder, step.watch, left))
        except CutShort as end:
            store.append_execution(folder, planned, end.processes)
            raise
        record = caps.charged(with_baseline(record, baseline), left)
        store.write_run(folder, record)
        store.point_latest_at(folder)
        step.tell(baseline)
        yield record


def with_baseline(record: Run, baseline: Baseline) -> Run:
    """With what one person alone got at an address, and what that said of itself then."""
    record = acquainted(record, baseline.target, baseline.approach)
    return record.model_copy(update={"baselines": [*record.baselines, baseline]})


def acquainted(record: Run, name: str, found: Approach | None) -> Run:
    """With what a target said of itself."""
    known = [described(target, found) if target.name == name else target for target in record.targets]
    return record.model_copy(update={"targets": known})


def _trials(
    planned: Planned,
    target: Target,
    bench: Bench,
    folder: Path,
    watch: Callable[[Followed], None],
    left: TurnsLeft,
) -> list[Trial]:
    """Executes, stores the raw turns, and gives what was found."""
    return evaluate.trials(_executed(replace(planned, max_turns=left.number), target, bench, folder, watch, left))


def _executed(
    planned: Planned,
    target: Target,
    bench: Bench,
    folder: Path,
    watch: Callable[[Followed], None],
    left: TurnsLeft,
) -> Execution:
    execution = execute(planned, target, bench, watch)
    left.take(execution.processes)
    store.append_execution(folder, planned, execution.processes)
    return execution


def _superseded(before: Sequence[Trial], trials: Sequence[Trial]) -> list[Trial]:
    """The trials so far; those that these repeat are marked, unless a repetition turned out no better."""
    usable = [trial for trial in trials if validity.is_usable(trial)]
    again = {(trial.target, trial.scenario, trial.sessions, trial.trial) for trial in usable}
    return [
        trial.model_copy(update={"superseded": True})
        if (trial.target, trial.scenario, trial.sessions, trial.trial) in again
        else trial
        for trial in before
    ]


def _keep(folder: Path, record: Run) -> Run:
    """Draws the conclusions from what there is, and stores them."""
    record = evaluate.conclude(record.model_copy(update={"finished_at": iso(datetime.now(UTC))}))
    store.write_run(folder, record)
    return record


def _new_record(order: Order, name: str, started_at: datetime, cores: Cores, tags: bool) -> Run:
    return Run(
        id=name,
        started_at=iso(started_at),
        profile=order.profile.name,
        seed=order.seed,
        complete=False,
        command=order.command,
        objective_seconds=order.profile.objective_seconds,
        environment=read_environment(cores),
        attribution="tags" if tags else "protocol",
        caps=None if order.caps == NO_CAPS else order.caps,
        targets=list(order.targets),
        cases=[case_record(case, order.makers.workers or 1) for case in order.profile.case],
    )


def case_record(case: CasePlan, processes: int = 1) -> Case:
    """What a case was told to do, as it is stored."""
    return Case(
        scenario=case.name,
        title=scenario_title(case.scenario),
        sessions=case.levels,
        trials=case.trials,
        warm_up_seconds=case.warm_up_seconds,
        window_seconds=case.window_seconds,
        processes=processes,
        arrivals=case.arrivals,
        arrival_rate=case.arrival_rate,
        faults=case.faults,
        options={name: str(value) for name, value in case.options.items()},
    )
