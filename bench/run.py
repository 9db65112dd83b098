"""A whole run: every execution of the plan in order, stored one by one, whatever comes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench import evaluate, store, validity
from bench.chat_server import health_of
from bench.cores import Cores, held_to, share_out, usable_cores
from bench.environment import read_environment
from bench.errors import BenchError
from bench.fake import FakeGemini
from bench.limits import allow_sessions
from bench.load import check_scenario, scenario_title
from bench.plan import Planned, plan
from bench.profile import CasePlan, Profile
from bench.progress import Progress
from bench.results import Case, Run, Target
from bench.trial import Bench, CutShort, execute
from bench.windows import Process
from loadtests.support.turn import Turn

REPEATED_SHARE = 0.1
"""At most so much of the plan is repeated at its end, where the machine and not the target spoiled a trial."""
REAL_BACKENDS = {"developer", "vertex"}
"""What `/healthz` says of a server that speaks to a model that costs money."""


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


def run(order: Order, progress: Progress) -> tuple[Path, Run]:
    """Measures, and gives the results folder and what it holds.

    Raises BenchError where nothing could be measured. At Ctrl-C, and when an execution cannot even start, what was
    measured before is kept and the run stays marked incomplete.
    """
    for case in order.profile.case:
        check_scenario(case.scenario)
    allow_sessions(max(case.sessions for case in order.profile.case))
    fakes = [_speaks_to_fake(target, order.allow_real_model) for target in order.targets]  # every address is asked
    tags = all(fakes)
    cores = share_out(usable_cores())
    started_at = datetime.now(UTC)
    folder = store.create(order.results, order.profile.name, started_at)
    record = _new_record(order, folder.name, started_at, cores, tags)
    store.write_run(folder, record)
    store.point_latest_at(folder)
    with held_to(cores.load):  # so that looking on takes nothing from the server
        return folder, _with_fake(order, record, folder, cores, progress)


def _with_fake(order: Order, record: Run, folder: Path, cores: Cores, progress: Progress) -> Run:
    """Starts the fake where a target of the table needs it, and measures."""
    bench = Bench(None, cores, folder / "logs", record.objective_seconds, record.attribution == "tags")
    if all(target.url for target in order.targets):
        return _measure(order, record, folder, bench, progress)
    profile = order.profile.fake_profile
    with FakeGemini(profile, order.seed, bench.logs, cores.load) as fake:
        record = record.model_copy(update={"fake_gemini": {"profile": profile, "seed": order.seed}})
        return _measure(order, record, folder, replace(bench, fake=fake), progress)


def _measure(order: Order, record: Run, folder: Path, bench: Bench, progress: Progress) -> Run:
    targets = {target.name: target for target in order.targets}
    executions = plan(order.profile, list(targets), order.seed)
    repeats_left = int(len(executions) * REPEATED_SHARE)
    with progress.over(executions, targets) as step:
        for planned in executions:  # which may grow meanwhile
            step.begin(planned)
            try:
                execution = execute(planned, targets[planned.target], bench, step.watch)
            except CutShort as cut:
                _store_turns(folder, planned, cut.processes)
                step.say("ended by hand; what was measured is kept")
                break
            except KeyboardInterrupt:
                step.say("ended by hand; what was measured is kept")
                break
            except BenchError as error:
                if not record.trials:
                    raise
                step.say(f"error: {error}")
                break
            _store_turns(folder, planned, execution.processes)
            trials = evaluate.trials(execution)
            record = record.model_copy(update={"trials": [*record.trials, *trials]})
            store.write_run(folder, record)
            step.end(trials)
            if repeats_left and validity.is_worth_repeating(trials):
                repeats_left -= 1
                executions.append(replace(planned, order=len(executions) + 1))
        else:
            record = record.model_copy(update={"complete": True})
    record = record.model_copy(update={"finished_at": _iso(datetime.now(UTC))})
    record = evaluate.conclude(record)
    store.write_run(folder, record)
    return record


def _store_turns(folder: Path, planned: Planned, processes: Sequence[Process]) -> None:
    turns = [line for process in processes for line in process if isinstance(line, Turn)]
    store.append_turns(folder, planned.target, planned.case.scenario, planned.trial, turns)


def _speaks_to_fake(target: Target, allow_real_model: bool) -> bool:
    """Whether a target's chunks will carry attribution. Raises BenchError for an address that must not be loaded."""
    if target.url is None:
        return True
    health = health_of(target.url, timeout_seconds=10)
    if health is None:
        raise BenchError(
            f"nobody answers at {target.url}/healthz: is the server of target {target.name!r} running, and is the "
            "address right?"
        )
    if health.get("backend") in REAL_BACKENDS and not allow_real_model:
        raise BenchError(
            f"target {target.name!r} speaks to a real Gemini model, which costs money and has quotas: add "
            "--allow-real-model to load it all the same"
        )
    return health.get("backend") == "custom"


def _new_record(order: Order, name: str, started_at: datetime, cores: Cores, tags: bool) -> Run:
    return Run(
        id=name,
        started_at=_iso(started_at),
        profile=order.profile.name,
        seed=order.seed,
        complete=False,
        command=order.command,
        objective_seconds=order.profile.objective_seconds,
        environment=read_environment(cores),
        attribution="tags" if tags else "protocol",
        targets=list(order.targets),
        cases=[_case(case) for case in order.profile.case],
    )


def _case(case: CasePlan) -> Case:
    return Case(
        scenario=case.scenario,
        title=scenario_title(case.scenario),
        sessions=case.levels,
        trials=case.trials,
        warm_up_seconds=case.warm_up_seconds,
        window_seconds=case.window_seconds,
        options={name: str(value) for name, value in case.options.items()},
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
