"""One person alone at each address, by the first shard, before any load: the others wait for it at the barrier.

It is done once all shards have come, so that nobody waits for this in vain, and before any of them looks at the way.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import alone, pings
from bench.crew import ALONE
from bench.plan import Planned
from bench.progress import Step
from bench.results import Target
from bench.shards import folder as shard_folder
from bench.shards.record import BaselineRecord
from bench.trial import LOOK_SECONDS, Bench, CutShort, execute, longest_seconds


def longest(planned: Sequence[Planned]) -> float:
    """How many seconds all of it may take."""
    return sum(pings.LONGEST_SECONDS + longest_seconds(each.case) + LOOK_SECONDS for each in planned)


def measure(plan: Sequence[Planned], targets: Sequence[Target], bench: Bench, folder: Path, step: Step) -> None:
    """Does as planned, and keeps what came of it in the folder of the shard. `bench` is what all executions share.

    Raises BenchError where even that cannot be had, and CutShort at Ctrl-C; the turns until then are kept.
    """
    bench = replace(bench, crew=ALONE, looks=True)
    by_name = {target.name: target for target in targets}
    for number, planned in enumerate(plan):
        step.begin(planned)
        try:
            execution = execute(planned, by_name[planned.target], bench, step.watch)
        except CutShort as end:
            shard_folder.write_baseline(folder, number, None, end.processes)
            raise
        finally:
            shard_folder.move_logs(folder, bench.logs)
        baseline = alone.summarise(execution)
        shard_folder.write_baseline(folder, number, BaselineRecord(baseline=baseline), execution.processes)
        step.tell(baseline)
