"""What one shard does: every execution of the plan in order, begun together with the others, kept as it was seen.

Nothing is concluded here. A shard looks only at its own load generator: what the servers did is for `bench.merge` to
say, which sees all the people.
"""

import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench import evaluate, validity
from bench.backend import is_gone, speaks_to_fake
from bench.caps import NO_CAPS
from bench.cores import Cores, held_to, share_out_machine
from bench.crew import check_processes
from bench.environment import read_environment
from bench.errors import BenchError
from bench.execution import Execution
from bench.limits import allow_sessions
from bench.load import check_scenario
from bench.moments import iso
from bench.plan import Planned, plan
from bench.progress import Progress, Step
from bench.results import Reason, Trial
from bench.run import Order, bench_of
from bench.shards import folder as shard_folder
from bench.shards.barrier import Barrier
from bench.shards.clocks import Meeting
from bench.shards.configuration import configuration, digest
from bench.shards.record import EndRecord, ExecutionRecord, ShardRecord
from bench.trial import Bench, CutShort, execute
from bench.windows import Process
from loadtests.support.shard import Shard
from loadtests.support.turn import Mark

OF_THE_GENERATOR = validity.MACHINE | {"two ledgers", "lost turns", "lost records", "no window"}
"""Checks that look at the load and not at what was loaded."""
BY_HAND = "it was ended by hand"


@dataclass(frozen=True)
class Sharding:
    """Which shard, and how it meets the others."""

    shard: Shard
    barrier: Path
    limit_seconds: float
    lead_seconds: float


@dataclass(frozen=True)
class Left:
    """What a shard left behind."""

    folder: Path
    complete: bool
    findings: Sequence[Reason]
    """What is to be said against its load generator."""

    @property
    def healthy(self) -> bool:
        return not any(reason.verdict == "INVALID" for reason in self.findings)


def make(order: Order, sharding: Sharding, progress: Progress) -> Left:
    """Measures this shard's share.

    Raises BenchError where the others do not come, its first execution cannot be brought to its end, or a target has
    gone; what was measured before is kept.
    """
    _check(order, sharding.shard)
    fakes = [speaks_to_fake(target, order.allow_real_model, order.auth) for target in order.targets]
    if not all(fakes) or order.caps != NO_CAPS:
        raise BenchError(
            "what a load may cost is counted by one run, and shards know nothing of one another: leave out "
            "--max-sessions and --max-turns, and load a real model without --shard"
        )
    cores = share_out_machine()
    settings = configuration(order, sharding.shard.count, all(fakes))
    barrier = Barrier(sharding.barrier, sharding.shard, settings, sharding.limit_seconds, sharding.lead_seconds)
    barrier.enter()
    record = ShardRecord(
        index=sharding.shard.index,
        count=sharding.shard.count,
        configuration=dict(settings),
        configuration_digest=digest(settings),
        host=socket.gethostname(),
        environment=read_environment(cores),
        command=order.command,
        started_at=iso(datetime.now(UTC)),
    )
    folder = shard_folder.create(order.results, record)
    with tempfile.TemporaryDirectory(prefix="live-bench-logs-") as logs, held_to(cores.load):
        measuring = _Measuring(order, sharding.shard, barrier, folder, Path(logs), cores, all(fakes))
        return measuring.all_of_it(progress)


def _check(order: Order, shard: Shard) -> None:
    """Raises BenchError for what cannot be divided."""
    for case in order.profile.case:
        check_scenario(case.scenario)
        if min(case.levels) < shard.count:
            raise BenchError(
                f"{case.name} begins with {min(case.levels)} people, too few for {shard.count} shards: take fewer "
                "shards, or a profile with more people"
            )
    if here := [target.name for target in order.targets if target.url is None]:
        raise BenchError(
            f"target {here[0]!r} would be started by each shard for itself: give the address of one that all of them "
            f"reach, as in --target {here[0]}-there=wss://chat.example.com"
        )
    check_processes(order.profile.processes)
    allow_sessions(max(shard.share(case.sessions) for case in order.profile.case))


@dataclass
class _Measuring:
    order: Order
    shard: Shard
    barrier: Barrier
    folder: Path
    logs: Path
    """Written to as long as a load runs, which a bucket is not made for: copied when it has ended."""
    cores: Cores
    tags: bool

    def all_of_it(self, progress: Progress) -> Left:
        targets = {target.name: target for target in self.order.targets}
        executions = plan(self.order.profile, list(targets), self.order.seed)
        findings: list[Reason] = []
        try:
            with progress.over(executions, targets) as step:
                step.say(f"shard {self.shard} waits for the others at {self.barrier.folder} before each execution")
                if self.order.profile.certify:
                    step.say("no certificate: see live-bench certify for what such a machine reads wrong")
                for planned in executions:
                    findings += self._one(planned, step)
        except (CutShort, KeyboardInterrupt):
            self._leave(BY_HAND)
            return Left(self.folder, complete=False, findings=findings)
        except BenchError as error:
            self._leave(str(error))
            kept = shard_folder.orders(self.folder)
            more = f"; what was measured before is in {self.folder}, for live-bench merge" if kept else ""
            raise BenchError(f"{error}{more}") from error
        shard_folder.write_end(self.folder, EndRecord(finished_at=iso(datetime.now(UTC)), complete=True))
        return Left(self.folder, complete=True, findings=findings)

    def _leave(self, why: str) -> None:
        self.barrier.leave(why)
        shard_folder.write_end(self.folder, EndRecord(finished_at=iso(datetime.now(UTC)), complete=False, why=why))

    def _one(self, planned: Planned, step: Step) -> Sequence[Reason]:
        """Measures one execution and keeps it; gives what is to be said against the load generator."""
        target = next(target for target in self.order.targets if target.name == planned.target)
        meeting = self.barrier.meet(planned.order)
        step.begin(planned)
        try:
            execution = execute(planned, target, self._bench(meeting), step.watch)
        except CutShort as end:
            self._keep(self._record(planned, meeting, end.processes, whole=False), end.processes)
            raise
        except BenchError as error:
            error = self._with_lasting_log(error)
            if planned.order == 1 or is_gone(target, self.order.auth):
                raise error from error.__cause__
            findings = [Reason(check="did not run", verdict="INVALID", message=str(error))]
            record = self._record(planned, meeting, [], whole=False, error=str(error), findings=findings)
            self._keep(record, [])
            step.end(evaluate.not_run(planned, error))
            return findings
        finally:
            shard_folder.move_logs(self.folder, self.logs)
        trials = self._own_trials(planned, execution)
        findings = _against_generator(trials)
        self._keep(self._whole_record(planned, meeting, execution, findings), execution.processes)
        step.end(trials)
        return findings

    def _bench(self, meeting: Meeting) -> Bench:
        shared = bench_of(self.order, self.cores, self.logs, self.tags)
        return replace(shared, shard=self.shard, starts_at=meeting.starts_at)

    def _own_trials(self, planned: Planned, execution: Execution) -> list[Trial]:
        """As if this shard were all of the load: what the display shows, and what its generator is judged by."""
        return evaluate.trials(replace(execution, sessions=self._people(planned)))

    def _people(self, planned: Planned) -> list[int]:
        return [self.shard.share(level) for level in planned.case.levels]

    def _with_lasting_log(self, error: BenchError) -> BenchError:
        """The same error, leading to where its log is kept."""
        said = type(error)(str(error).replace(str(self.logs), str(self.folder / shard_folder.LOGS)))
        said.__cause__ = error
        return said

    def _keep(self, record: ExecutionRecord, processes: Sequence[Process]) -> None:
        shard_folder.write_execution(self.folder, record, processes)

    def _whole_record(
        self, planned: Planned, meeting: Meeting, execution: Execution, findings: Sequence[Reason]
    ) -> ExecutionRecord:
        return self._record(planned, meeting, execution.processes).model_copy(
            update={
                "workers": execution.workers,
                "load_cores": execution.load_cores,
                "locust_turns": execution.locust_turns,
                "generator": [(sample.at, sample.cpu_seconds) for sample in execution.generator],
                "stolen": [(sample.at, sample.cpu_seconds) for sample in execution.stolen],
                "findings": list(findings),
            }
        )

    def _record(
        self,
        planned: Planned,
        meeting: Meeting,
        processes: Sequence[Process],
        *,
        whole: bool = True,
        error: str = "",
        findings: Sequence[Reason] = (),
    ) -> ExecutionRecord:
        begun = [line.at for process in processes for line in process if isinstance(line, Mark)]
        return ExecutionRecord(
            order=planned.order,
            trial=planned.trial,
            target=planned.target,
            scenario=planned.case.name,
            people=self._people(planned),
            meeting=meeting,
            began_at=min(begun, default=None),
            lines=[len(process) for process in processes],
            whole=whole,
            error=error,
            findings=list(findings),
        )


def _against_generator(trials: Sequence[Trial]) -> list[Reason]:
    """Each check once, as the worst of the windows has it."""
    reasons = [reason for trial in trials for reason in trial.reasons if reason.check in OF_THE_GENERATOR]
    worst: dict[str, Reason] = {}
    for reason in sorted(reasons, key=lambda reason: validity.SEVERITY[reason.verdict]):
        worst[reason.check] = reason
    return list(worst.values())
