"""A whole merge: what was found, judged as if one machine had made all of the load, in a results folder of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import evaluate, store
from bench.errors import BenchError
from bench.merge import records, shards as found_shards, sources, ways
from bench.merge.records import Given
from bench.merge.shards import Part, Shards, certain_offset
from bench.merge.together import joined, with_findings, with_overlap
from bench.plan import Planned
from bench.results import Reason, Run, Trial
from bench.run import case_record, with_baseline
from bench.shards.lines import Recorded

NAME = "merge"


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    folders: Sequence[Path]
    results: Path
    given: Given
    """What records of a stock Locust do not tell themselves."""


def make(order: Order, say: Callable[[str], None]) -> tuple[Path, Run]:
    """Gives the folder and what it holds; `say` is told of what is missing or cut.

    Raises BenchError where what was given does not belong together; nothing is made then.
    """
    shards = sources.shards_in(order.folders)
    if not shards:
        return _of_records(order, say)
    if named := order.given.named:
        raise BenchError(f"{named[0]} is of records that do not say it, and shards do: leave it out")
    return _of_shards(found_shards.read(shards), order.results, say)


def _of_shards(shards: Shards, results: Path, say: Callable[[str], None]) -> tuple[Path, Run]:
    plan = shards.plan()
    for planned in plan:  # all are looked at before anything is made
        shards.parts(planned)
    people_alone = shards.alone()
    for index in shards.absent:
        say(f"shard {index} of {shards.count} is missing: nothing of it was given")
    folder = store.create(results, shards.profile.name, datetime.now(UTC))
    run = _new_run(shards, folder.name)
    for one in people_alone:
        _keep_turns(folder, one.planned, one.processes, say)
        run = with_baseline(run, one.record.baseline) if one.record else run
    whole = True
    for planned in plan:
        parts = shards.parts(planned)
        _keep_turns(folder, planned, [recorded for part in parts for recorded in part.processes], say)
        missing = [part.missing for part in parts if part.missing]
        whole = whole and not missing
        trials = _without(planned, missing) if missing else _together(planned, parts, run)
        run = run.model_copy(update={"trials": [*run.trials, *trials]})
    run = evaluate.conclude(run.model_copy(update={"complete": whole}))
    store.write_run(folder, run)
    store.point_latest_at(folder)
    return folder, run


def _new_run(shards: Shards, name: str) -> Run:
    members = list(shards.members.values())
    profile, first = shards.profile, shards.first
    cases = [case_record(case, profile.processes * shards.count) for case in profile.case]
    summaries = [member.summary(first) for member in members]
    return Run(
        id=name,
        started_at=min(summary.started_at for summary in summaries),
        finished_at=max((summary.finished_at for summary in summaries if summary.finished_at), default=None),
        profile=profile.name,
        seed=shards.seed,
        complete=False,
        command=first.command,
        objective_seconds=profile.objective_seconds,
        environment=first.environment,
        attribution="tags" if first.configuration["tags"] else "protocol",
        shards=summaries,
        targets=shards.targets,
        cases=cases,
    )


def _together(planned: Planned, parts: Sequence[Part], run: Run) -> list[Trial]:
    """Judged as one load. All shards have a part in it."""
    shares = [part.execution(planned, run.objective_seconds) for part in parts]
    ahead_seconds = [certain_offset(shard) for shard in run.shards]
    trials = with_overlap(evaluate.trials(joined(shares, planned.case.levels)), shares, ahead_seconds)
    findings = [(part.index, reason) for part in parts if part.record for reason in part.record.findings]
    cut = [recorded.told for part in parts for recorded in part.processes if recorded.told]
    told = [*ways.remarks(shares), *cut]
    trials = with_findings(trials, findings)
    return [trial.model_copy(update={"warnings": [*trial.warnings, *told]}) for trial in trials]


def _without(planned: Planned, missing: Sequence[str]) -> list[Trial]:
    """What stands for an execution of which a share is missing: the rest of it is another load than was asked for."""
    message = f"not all of the load was measured: {'; '.join(missing)}"
    return evaluate.unmeasured(planned, Reason(check="shards missing", verdict="INVALID", message=message))


def _of_records(order: Order, say: Callable[[str], None]) -> tuple[Path, Run]:
    files = sources.records_in(order.folders)
    read = records.read(files)
    run, planned = records.run_of(read, order.given)
    folder = store.create(order.results, NAME, datetime.now(UTC))
    _keep_turns(folder, planned, read.processes, say)
    run = evaluate.conclude(run.model_copy(update={"id": folder.name}))
    store.write_run(folder, run)
    store.point_latest_at(folder)
    return folder, run


def _keep_turns(folder: Path, planned: Planned, processes: Sequence[Recorded], say: Callable[[str], None]) -> None:
    for recorded in processes:
        if recorded.told:
            say(f"warning: {recorded.told}")
    store.append_execution(folder, planned, [recorded.lines for recorded in processes])
