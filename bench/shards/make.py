"""What one shard does: every execution of the plan in order, begun together with the others, kept as it was seen.

Before each it looks at the way to the target, while no shard makes load, for each has a way of its own. What a person
gets who is alone there is found by the first shard, before any load.

Nothing is concluded here. A shard looks only at its own load generator: what the servers did is for `bench.merge` to
say, which sees all the people.
"""

import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bench import evaluate, pings
from bench.alone import plan as plan_alone
from bench.backend import is_gone, speaks_to_fake
from bench.caps import NO_CAPS
from bench.cores import Cores, held_to, share_out_machine
from bench.crew import check_processes
from bench.elsewhere import Approach
from bench.environment import read_environment
from bench.errors import BenchError
from bench.execution import Execution
from bench.limits import allow_sessions
from bench.load import check_scenario
from bench.moments import iso
from bench.pings import approach
from bench.plan import Planned, plan
from bench.progress import Progress, Step
from bench.results import Reason, Target, Trial
from bench.run import Order, bench_of
from bench.shards import alone, execution_record, folder as shard_folder, generator
from bench.shards.barrier import Barrier
from bench.shards.clocks import Meeting
from bench.shards.configuration import configuration, digest
from bench.shards.record import EndRecord, ExecutionRecord, ShardRecord
from bench.trial import Bench, CutShort, execute
from bench.windows import Process
from loadtests.support.shard import Shard

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
                self._alone(step)
                for planned in executions:
                    findings += self._one(planned, targets[planned.target], step)
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

    def _alone(self, step: Step) -> None:
        """Comes back when it is known what one person alone gets, whoever of the shards finds that out."""
        self.barrier.meet(1, "here")
        if self.shard.index == 0:
            bench = bench_of(self.order, self.cores, self.logs, self.tags)
            try:
                alone.measure(self._plan_alone(), self.order.targets, bench, self.folder, step)
            except BenchError as error:
                raise self._with_lasting_log(error) from error.__cause__
        else:
            step.say("shard 0 first measures one person alone at each address")

    def _plan_alone(self) -> Sequence[Planned]:
        return plan_alone(self.order.targets, self.order.profile.case, self.order.seed)

    def _one(self, planned: Planned, target: Target, step: Step) -> Sequence[Reason]:
        """Measures one execution and keeps it; gives what is to be said against the load generator."""
        way, meeting = self._met(planned, target)
        place = planned, self._people(planned), meeting
        step.begin(planned)
        try:
            if isinstance(way, BenchError):
                raise way
            execution = execute(planned, target, self._bench(meeting), step.watch).over(way)
        except CutShort as end:
            self._keep(execution_record.cut_short(*place, end.processes), end.processes)
            raise
        except BenchError as error:
            error = self._with_lasting_log(error)
            if planned.order == 1 or is_gone(target, self.order.auth):
                raise error from error.__cause__
            findings = [Reason(check="did not run", verdict="INVALID", message=str(error))]
            self._keep(execution_record.failed(*place, error, findings), [])
            step.end(evaluate.not_run(planned, error))
            return findings
        finally:
            shard_folder.move_logs(self.folder, self.logs)
        trials = self._own_trials(planned, execution)
        findings = generator.against(trials)
        self._keep(execution_record.of(*place, execution, findings), execution.processes)
        step.end(trials)
        return findings

    def _met(self, planned: Planned, target: Target) -> tuple[Approach | BenchError, Meeting]:
        """The way to the target, looked at while nobody makes load, and how all met to begin to."""
        busy_seconds = alone.longest(self._plan_alone()) if planned.order == 1 else 0.0
        self.barrier.meet(planned.order, "quiet", busy_seconds)
        way = self._look(target)
        return way, self.barrier.meet(planned.order, "ready", pings.LONGEST_SECONDS)

    def _look(self, target: Target) -> Approach | BenchError:
        """What it found, or why nothing: the others, who wait already, are then met all the same."""
        assert target.url
        try:
            return approach(target.url, self.order.auth)
        except BenchError as error:
            return error

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
