"""The shards of one run, found to belong together, and what each has of an execution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench import alone
from bench.errors import BenchError
from bench.execution import Execution
from bench.monitor import Sample
from bench.plan import Planned, plan
from bench.profile import Profile
from bench.results import Shard, Target
from bench.shards import folder as shard_folder
from bench.shards.clocks import Offset, offset
from bench.shards.configuration import Configuration, differences
from bench.shards.lines import Recorded
from bench.shards.record import BaselineRecord, EndRecord, ExecutionRecord, ShardRecord


@dataclass(frozen=True)
class Part:
    """What one shard has of one execution."""

    index: int
    record: ExecutionRecord | None
    """None where it was cut off in the midst of it, or before."""
    processes: Sequence[Recorded]

    @property
    def missing(self) -> str:
        """What is not there of it, as a clause; nothing where it is whole."""
        if self.record is None:
            return f"shard {self.index} left only part of it" if self.processes else f"shard {self.index} left nothing"
        if self.record.error:
            return f"shard {self.index} could not measure it ({self.record.error})"
        if not self.record.whole:
            return f"shard {self.index} was ended by hand"
        lost = len(self.record.lines) - len(self.processes)
        return f"shard {self.index} lacks {lost} of its files" if lost else ""

    def execution(self, planned: Planned, objective_seconds: float) -> Execution:
        """This shard's share, of which there is a record, as an execution of its own."""
        assert self.record
        return Execution(
            target=planned.target,
            scenario=planned.case.name,
            sessions=self.record.people,
            trial=planned.trial,
            order=planned.order,
            warm_up_seconds=planned.case.warm_up_seconds,
            window_seconds=planned.case.window_seconds,
            objective_seconds=objective_seconds,
            processes=[recorded.lines for recorded in self.processes],
            generator=[Sample(at, seconds) for at, seconds in self.record.generator],
            stolen=[Sample(at, seconds) for at, seconds in self.record.stolen],
            load_cores=self.record.load_cores,
            workers=self.record.workers,
            arrivals=planned.case.arrivals,
            locust_turns=self.record.locust_turns,
            local=False,
        ).over(self.record.approach)


@dataclass(frozen=True)
class Alone:
    """What there is of one person alone at an address."""

    planned: Planned
    record: BaselineRecord | None
    """None where that was not measured, or not to its end."""
    processes: Sequence[Recorded]


@dataclass(frozen=True)
class Member:
    """One shard's folder."""

    folder: Path
    record: ShardRecord
    end: EndRecord | None

    def part(self, planned: Planned) -> Part:
        """Raises BenchError where what it has in this place is of another execution."""
        order = planned.order
        record = shard_folder.read_execution(self.folder, order)
        if record and (record.target, record.scenario, record.trial) != (
            planned.target,
            planned.case.name,
            planned.trial,
        ):
            raise BenchError(
                f"{self.folder} has {record.target} {record.scenario} trial {record.trial} as execution {order}, which "
                f"is {planned.target} {planned.case.name} trial {planned.trial} to the others: merge shards of one run"
            )
        return Part(self.record.index, record, shard_folder.read_processes(self.folder, order))

    def alone(self, number: int, planned: Planned) -> Alone:
        """Raises BenchError where what one person alone did in this place is something else."""
        record = shard_folder.read_baseline(self.folder, number)
        if record and (record.baseline.target, record.baseline.scenario) != (planned.target, planned.case.scenario):
            raise BenchError(
                f"{self.folder} has {record.baseline.target} {record.baseline.scenario} of one person alone in place "
                f"{number}, which is {planned.target} {planned.case.scenario} here: merge shards of one run"
            )
        return Alone(planned, record, shard_folder.read_lines_alone(self.folder, number))

    def summary(self, first: ShardRecord) -> Shard:
        """As a run names it, beside the first of its shards."""
        records = [shard_folder.read_execution(self.folder, order) for order in shard_folder.orders(self.folder)]
        known = [record for record in records if record]
        clock = None if self.record.index == 0 else offset([record.meeting for record in known])
        return Shard(
            index=self.record.index,
            source=str(self.folder),
            host=self.record.host,
            machine=f"{self.record.environment.cpu_model}, {self.record.environment.cpu_count} cores",
            differences=differences(_software(first), _software(self.record)),
            started_at=self.record.started_at,
            finished_at=self.end.finished_at if self.end else None,
            complete=bool(self.end and self.end.complete),
            executions=sum(record.whole for record in known),
            latest_start_seconds=max((record.late_seconds for record in known), default=0.0),
            clock_low_seconds=clock.low_seconds if clock else 0.0 if self.record.index == 0 else None,
            clock_high_seconds=clock.high_seconds if clock else 0.0 if self.record.index == 0 else None,
        )


@dataclass(frozen=True)
class Shards:
    """All that were given, by index."""

    members: Mapping[int, Member]

    @cached_property
    def first(self) -> ShardRecord:
        return next(iter(self.members.values())).record

    @property
    def count(self) -> int:
        return self.first.count

    @property
    def absent(self) -> list[int]:
        """Of which nothing was given."""
        return [index for index in range(self.count) if index not in self.members]

    @cached_property
    def profile(self) -> Profile:
        return Profile.model_validate(self.first.configuration["profile"])

    @cached_property
    def targets(self) -> list[Target]:
        return [Target.model_validate(target) for target in self.first.configuration["targets"]]

    @property
    def seed(self) -> int:
        return int(self.first.configuration["seed"])

    def alone(self) -> list[Alone]:
        """One person alone at each address, as the first shard measured it; nothing where that was not given.

        Raises BenchError as `Member.alone`.
        """
        if 0 not in self.members:
            return []
        member = self.members[0]
        plan = alone.plan(self.targets, self.profile.case, self.seed)
        return [member.alone(number, planned) for number, planned in enumerate(plan)]

    def plan(self) -> list[Planned]:
        return plan(self.profile, [target.name for target in self.targets], self.seed)

    def parts(self, planned: Planned) -> list[Part]:
        """Of an execution, from every shard there should be."""
        return [
            self.members[index].part(planned) if index in self.members else Part(index, None, ())
            for index in range(self.count)
        ]


def _software(record: ShardRecord) -> Configuration:
    return record.environment.model_dump(include={"commit", "dirty", "python", "packages"})


def certain_offset(shard: Shard) -> float:
    """By how much its clock is at least ahead of that of shard 0, or behind it; 0 where nothing is known of it."""
    low, high = shard.clock_low_seconds, shard.clock_high_seconds
    return 0.0 if low is None or high is None else Offset(low_seconds=low, high_seconds=high).certain_seconds


def read(folders: Sequence[Path]) -> Shards:
    """Raises BenchError for shards that do not belong together: other settings, the same shard twice."""
    members: dict[int, Member] = {}
    for folder in folders:
        member = Member(folder, shard_folder.read_shard(folder), shard_folder.read_end(folder))
        if twin := members.get(member.record.index):
            raise BenchError(f"{twin.folder} and {folder} are both shard {member.record.index}: leave one of them out")
        if members:
            _check_alike(next(iter(members.values())), member)
        members[member.record.index] = member
    return Shards(dict(sorted(members.items())))


def _check_alike(one: Member, other: Member) -> None:
    if one.record.configuration_digest == other.record.configuration_digest:
        return
    found = differences(one.record.configuration, other.record.configuration)
    raise BenchError(
        f"{one.folder} and {other.folder} did not measure the same ({'; '.join(found)}): merge shards of one run"
    )
