"""Folders as shards leave them, of made-up executions."""

from datetime import UTC, datetime
from pathlib import Path

from hdrh.histogram import HdrHistogram
from made_up import turn

from bench.cores import Cores
from bench.environment import read_environment
from bench.plan import plan
from bench.profile import CasePlan, Profile
from bench.results import Target
from bench.run import Order
from bench.shards import folder as shard_folder
from bench.shards.clocks import Meeting
from bench.shards.configuration import configuration, digest
from bench.shards.record import EndRecord, ExecutionRecord, ShardRecord
from bench.windows import Process
from loadtests.support.shard import Shard
from loadtests.support.turn import End, Line, Mark, Turn

PEOPLE, TRIALS = 4, 2
STARTS_AT = 1000.0
"""Of the first execution; the next begin so many seconds later each."""
EVERY_SECONDS = 100.0


def order(root: Path = Path("results"), **changes: object) -> Order:
    case = CasePlan(
        scenario="latency", sessions=PEOPLE, trials=TRIALS, warm_up_seconds=2.0, window_seconds=15.0, options={}
    )
    profile = Profile(name="made-up", title="", targets=[], case=[case])
    target = Target(name="mine", style="unknown", label="mine", colour="#000000", url="ws://there")
    usual = {"profile": profile, "targets": [target], "seed": 1, "results": root, "command": "live-bench run"}
    return Order(**{**usual, **changes})  # type: ignore[arg-type]


def record(shard: Shard, **changes: object) -> ShardRecord:
    settings = configuration(order(**changes), shard.count, tags=True)
    return ShardRecord(
        index=shard.index,
        count=shard.count,
        configuration=dict(settings),
        configuration_digest=digest(settings),
        host=f"host-{shard.index}",
        environment=read_environment(Cores(frozenset(), frozenset())),
        command="live-bench run",
        started_at="2026-01-02T03:04:05Z",
    )


def process(
    shard: Shard, *, at: float = STARTS_AT, late: float = 0.0, stop_after: float = 20.0, asks_every: float = 1.0
) -> list[Line]:
    """A load process of the share of a shard, whose people ask once in a while and are answered."""
    people = shard.share(PEOPLE)
    turns = [
        turn(
            f"1.s{shard.index}-{person}.{number}",
            at + late + 0.5 + number * asks_every,
            session=f"s{shard.index}-{person}/1",
            sessions=people,
        )
        for person in range(1, people + 1)
        for number in range(int((stop_after - 2) / asks_every))
    ]
    return [
        Mark("level", at + late, people),
        Mark("reached", at + late + 0.2, people),
        *turns,
        Mark("stop", at + late + stop_after, people),
        end(turns),
    ]


def end(turns: list[Turn], *lag_microseconds: int) -> End:
    histogram = HdrHistogram(1, 3600 * 1_000_000, 3)
    for value in lag_microseconds or (1000,):
        histogram.record_value(value)
    return End(len(turns), 0.001, 0.001, 0.001, 1.0, str(histogram.encode(), "ascii"))


def execution(shard: Shard, number: int, processes: list[Process], **fields: object) -> ExecutionRecord:
    planned = plan(order().profile, ["mine"], 1)[number - 1]
    at = STARTS_AT + (number - 1) * EVERY_SECONDS
    begun = [line.at for lines in processes for line in lines if isinstance(line, Mark)]
    usual = {
        "order": number, "trial": planned.trial, "target": planned.target, "scenario": planned.case.name,
        "people": [shard.share(PEOPLE)], "lines": [len(lines) for lines in processes],
        "meeting": Meeting(ready_at=at - 9, noticed_at=at - 8.5, told_at=at - 8, heard_at=at - 7.5, starts_at=at),
        "began_at": min(begun, default=None),
        "locust_turns": sum(isinstance(line, Turn) for lines in processes for line in lines),
        "generator": [(at + second, 0.1 * second) for second in range(40)],
        "stolen": [(at + second, 0.0) for second in range(40)],
    }  # fmt: skip
    return ExecutionRecord(**{**usual, **fields})  # type: ignore[arg-type]


def left(root: Path, shard: Shard, executions: int = TRIALS, *, complete: bool = True, **changes: object) -> Path:
    """The folder of a shard that measured so many executions."""
    folder = shard_folder.create(root, record(shard, **changes))
    for number in range(1, executions + 1):
        keep(folder, shard, number)
    if complete:
        finished_at = datetime(2026, 1, 2, 4, tzinfo=UTC).isoformat()
        shard_folder.write_end(folder, EndRecord(finished_at=finished_at, complete=True))
    return folder


def keep(folder: Path, shard: Shard, number: int, *, late: float = 0.0, **fields: object) -> None:
    processes: list[Process] = [process(shard, at=STARTS_AT + (number - 1) * EVERY_SECONDS, late=late)]
    shard_folder.write_execution(folder, execution(shard, number, processes, **fields), processes)


def all_left(root: Path, count: int = 2) -> list[Path]:
    return [left(root, Shard(index, count)) for index in range(count)]
