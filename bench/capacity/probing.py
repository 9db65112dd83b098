"""One probe: a load on a freshly started server, and what it says of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import evaluate, store
from bench.backend import is_gone
from bench.capacity.answer import answer
from bench.capacity.answered import longest_connect_seconds, well_answered_share, window_of
from bench.capacity.pace import Pace
from bench.capacity.record import Probed
from bench.capacity.rounds import Attempt
from bench.caps import TurnsLeft
from bench.errors import BenchError, ServerNotReady
from bench.following import Followed
from bench.objective import Objective
from bench.plan import Planned
from bench.results import Trial
from bench.trial import Bench, CutShort, execute
from bench.windows import Process


class UsedUp(Exception):
    """All turns that a search may begin have been."""


Watch = Callable[[Attempt, Followed], None]
"""Told several times a second which probe goes on, and what the load has recorded of it so far."""


@dataclass(frozen=True)
class Prober:
    """Measures probes. What all of them share."""

    bench: Bench
    folder: Path
    objective: Objective
    pace: Pace
    seed: int
    watch: Watch
    left: TurnsLeft

    def __call__(self, attempt: Attempt) -> Probed:
        """Stores its raw turns. One that does not come to its end is spoiled; the very first that does not, or one
        without a fake Gemini or a target left, raises BenchError. Raises KeyboardInterrupt at Ctrl-C, and UsedUp when
        no turn is left: a probe that was cut short by that is not judged."""
        trial, processes = self._measure(attempt)
        window = window_of(trial, processes)
        judged = answer(trial, self.objective)
        return Probed(
            order=attempt.order,
            target=attempt.target.name,
            search=attempt.search,
            sessions=attempt.probe.sessions,
            confirms=attempt.probe.confirms,
            answer=judged.answer,
            because=judged.because,
            checked=judged.checked,
            well_answered_ratio=well_answered_share(window, self.objective),
            longest_connect_seconds=longest_connect_seconds(window),
            trial=trial,
        )

    def _measure(self, attempt: Attempt) -> tuple[Trial, Sequence[Process]]:
        """With what the load processes recorded."""
        if self.left.are_used_up:
            raise UsedUp
        case = self.pace.case(attempt.probe, self.objective)
        planned = Planned(
            order=attempt.order,
            trial=attempt.search,
            case=case,
            target=attempt.target.name,
            seed=self.seed * 1000 + attempt.search,
            max_turns=self.left.number,
        )
        try:
            execution = execute(planned, attempt.target, self.bench, lambda now: self.watch(attempt, now))
        except CutShort as end:
            store.append_execution(self.folder, planned, end.processes)
            self.left.take(end.processes)
            raise KeyboardInterrupt from None
        except BenchError as error:
            lost = (self.bench.fake and not self.bench.fake.alive) or is_gone(attempt.target, self.bench.auth)
            if attempt.order == 1 or lost:
                raise
            if not isinstance(error, ServerNotReady):  # else there was no load yet
                self.left.take_all()
            (trial,) = evaluate.not_run(planned, error)
            return trial, ()
        store.append_execution(self.folder, planned, execution.processes)
        self.left.take(execution.processes)
        if self.left.are_used_up:
            raise UsedUp
        (trial,) = evaluate.trials(execution)
        return trial, execution.processes
