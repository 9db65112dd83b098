"""One person alone at each address, by the first shard, before any load: the others wait for it at the barrier.

It is done once all shards have come, so that nobody waits for this in vain, and before any of them looks at the way.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench import alone, pings
from bench.crew import ALONE
from bench.progress import Step
from bench.results import Target
from bench.shards import folder as shard_folder
from bench.shards.record import BaselineRecord
from bench.trial import LOOK_SECONDS, Bench, CutShort, execute, longest_seconds

LONGEST_SECONDS = pings.LONGEST_SECONDS + longest_seconds(alone.CASE) + LOOK_SECONDS
"""What one address may take."""


def measure(targets: Sequence[Target], seed: int, bench: Bench, folder: Path, step: Step) -> None:
    """Keeps what came of it in the folder of the shard. `bench` is what all executions share.

    Raises BenchError where even that cannot be had, and CutShort at Ctrl-C; the turns until then are kept.
    """
    bench = replace(bench, crew=ALONE, looks=True)
    for number, target in enumerate(targets):
        planned = alone.plan(target, number, seed, alone.TURNS)
        step.begin(planned)
        try:
            execution = execute(planned, target, bench, step.watch)
        except CutShort as end:
            shard_folder.write_baseline(folder, number, None, end.processes)
            raise
        finally:
            shard_folder.move_logs(folder, bench.logs)
        baseline = alone.summarise(execution)
        shard_folder.write_baseline(folder, number, BaselineRecord(baseline=baseline), execution.processes)
        step.tell(baseline)
