"""One person alone at an address: what each latency is with no load at all, before the first trial there.

It is the same load as that of every trial, with one person in it, so that the two can be held against each other. The
person comes back some times, so that there are connects to tell of as well.
"""

from collections import Counter
from collections.abc import Sequence

from bench.elsewhere import Baseline, Median
from bench.execution import Execution
from bench.metrics import METRICS, describe
from bench.plan import Planned
from bench.profile import CasePlan
from bench.readings import Observed
from bench.results import Target
from bench.windows import spanning
from loadtests.support.turn import Turn

TURNS, TURNS_PER_VISIT = 15, 3
MOST_SECONDS = 40.0
"""With a server so slow that the turns take longer, fewer must do."""
DRAIN_SECONDS = 10
THINK_SECONDS = 0.1
CASE = CasePlan(
    scenario="latency",
    sessions=1,
    trials=1,
    warm_up_seconds=0.1,
    window_seconds=MOST_SECONDS,
    drain_seconds=DRAIN_SECONDS,
    options={"think-seconds": THINK_SECONDS, "turns-per-visit": TURNS_PER_VISIT},
)
CONNECT = "connect_seconds"
TOLD = ("ttft_seconds", "ttft_from_plan_seconds", "ttft_added_seconds", "turn_seconds", "chunk_gap_seconds")


def plan(target: Target, number: int, seed: int, max_turns: int) -> Planned:
    """The execution of the `number`th address, from 0; trials have the orders from 1 on."""
    return Planned(-number, trial=0, case=CASE, target=target.name, seed=seed * 1000, max_turns=max_turns)


def summarise(execution: Execution) -> Baseline:
    """What came of it."""
    turns = {line.id: line for process in execution.processes for line in process if isinstance(line, Turn)}
    outcomes = Counter(turn.outcome for turn in turns.values())
    later = [turn for turn in turns.values() if turn.connect_seconds is None]
    medians = {name: _median(name, later, execution) for name in TOLD}
    medians[CONNECT] = _median(CONNECT, list(turns.values()), execution)
    return Baseline(
        target=execution.target,
        order=execution.order,
        started_at=min((turn.planned_at for turn in turns.values()), default=0.0),
        ok=outcomes["ok"],
        failed=outcomes["failed"],
        unfinished=outcomes["unfinished"],
        failures=dict(Counter(turn.failure or "unknown" for turn in turns.values() if turn.outcome == "failed")),
        medians={name: median for name, median in medians.items() if median.count},
        approach=execution.approach,
    )


def _median(name: str, turns: Sequence[Turn], execution: Execution) -> Median:
    window = spanning(turns, {turn.id: turn for turn in turns}, 1, 0.0)
    values = METRICS[name].values(Observed(window, {}, execution.objective_seconds))
    described = describe(values, ("p50",))
    return Median(count=described.count, p50=described.values["p50"])
