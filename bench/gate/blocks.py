"""Blocks: in each every arm is measured once, on a freshly started server, one right after the other.

What the machine does to one it mostly does to its neighbours in the block, so that ratios within a block hold still
where times do not.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import evaluate, store
from bench.errors import BenchError
from bench.following import Followed
from bench.plan import Planned
from bench.profile import CasePlan
from bench.results import Target, Trial
from bench.trial import Bench, CutShort, execute

Watch = Callable[[int, str, Followed], None]
"""Told several times a second which arm of which block goes on, and what the load has recorded of it so far."""
WARM_UP = 0
"""The number of a block before all others, which is measured and counts for nothing."""


def orders(arms: Sequence[str], seed: int) -> Iterator[list[str]]:
    """In which order the arms of each block are measured: at random, and in the next block the other way round."""
    dice = random.Random(seed)
    while True:
        order = dice.sample(arms, len(arms))
        yield order
        yield order[::-1]


@dataclass(frozen=True)
class Blocks:
    """Measures block after block. What all of them share."""

    bench: Bench
    folder: Path
    case: CasePlan
    targets: Mapping[str, Target]
    """Arm to what is measured as it."""
    seed: int
    watch: Watch

    def measure(self, block: int, order: Sequence[str]) -> list[Trial]:
        """One trial for each arm; its raw turns are stored. Of a block that has to be given up, those that there are.

        Raises BenchError where an arm of the warm-up does not come to its end, or the fake Gemini has gone, and
        KeyboardInterrupt at Ctrl-C.
        """
        return [self._trial(block, arm, place) for place, arm in enumerate(order, block * len(order) + 1)]

    def _trial(self, block: int, arm: str, order: int) -> Trial:
        # the same people ask the same things of every arm of a block
        planned = Planned(order, block, self.case, arm, self.seed * 1000 + block)
        target = self.targets[arm].model_copy(update={"name": arm})
        try:
            execution = execute(planned, target, self.bench, lambda now: self.watch(block, arm, now))
        except CutShort as end:
            store.append_execution(self.folder, planned, end.processes)
            raise KeyboardInterrupt from None
        except BenchError as error:
            if block == WARM_UP or (self.bench.fake and not self.bench.fake.alive):
                raise BenchError(f"{arm}: {error}") from error
            (trial,) = evaluate.not_run(planned, error)
            return trial
        store.append_execution(self.folder, planned, execution.processes)
        (trial,) = evaluate.trials(execution)
        return trial
