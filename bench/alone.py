"""One person alone at an address: what each latency is with no load at all, before the first trial there.

It is the same load as that of every trial, with one person in it, so that the two can be held against each other. The
person comes back some times, so that there are connects to tell of as well, and barges in where people of the run do.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

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
BARGING_TURNS = 25
"""Three in five barge in, unless a reply was over before its moment came."""
FEWEST_TURNS = 10
"""With less than that there is no median to tell."""
MOST_SECONDS = 40.0
"""With a server so slow that the turns take longer, fewer must do."""
DRAIN_SECONDS = 10
THINK_SECONDS = 0.1
BARGING = "interruption"
LISTENING = CasePlan(
    scenario="latency",
    sessions=1,
    trials=1,
    warm_up_seconds=0.1,
    window_seconds=MOST_SECONDS,
    drain_seconds=DRAIN_SECONDS,
    options={"think-seconds": THINK_SECONDS, "turns-per-visit": TURNS_PER_VISIT},
)
CONNECT = "connect_seconds"
TOLD = {
    LISTENING.scenario: (
        "ttft_seconds",
        "ttft_from_plan_seconds",
        "ttft_added_seconds",
        "turn_seconds",
        "chunk_gap_seconds",
    ),
    BARGING: ("stop_seconds", "ack_seconds", "resume_seconds", "resume_added_seconds"),
}
"""What is told of each scenario."""


def plan(targets: Sequence[Target], cases: Iterable[CasePlan], seed: int) -> list[Planned]:
    """What the person does before a run of such cases, at one address after another; trials have orders from 1 on."""
    barging = [_barging(case) for case in cases if case.scenario == BARGING][:1]
    does = [(LISTENING, TURNS), *((case, BARGING_TURNS) for case in barging)]
    return [
        Planned(-number, trial=0, case=case, target=target.name, seed=seed * 1000, max_turns=turns)
        for number, ((case, turns), target) in enumerate(product(does, targets))
    ]


def affordable(plan: Sequence[Planned], turns: int | None) -> list[Planned]:
    """As planned, with no more than half of the turns that a run may begin; nothing where that is too little for each.

    `turns` is None where there is no limit.
    """
    if turns is None or not plan:
        return list(plan)
    share = turns // 2 // len(plan)
    if share < FEWEST_TURNS:
        return []
    return [replace(planned, max_turns=min(planned.max_turns or share, share)) for planned in plan]


def _barging(case: CasePlan) -> CasePlan:
    """As people of a case do, within one session."""
    options = {name: value for name, value in case.options.items() if name != "turns-per-visit"}
    return LISTENING.model_copy(update={"scenario": BARGING, "options": options | {"think-seconds": THINK_SECONDS}})


def summarise(execution: Execution) -> Baseline:
    """What came of it."""
    turns = {line.id: line for process in execution.processes for line in process if isinstance(line, Turn)}
    outcomes = Counter(turn.outcome for turn in turns.values())
    later = [turn for turn in turns.values() if turn.connect_seconds is None]
    medians = {name: _median(name, later, execution) for name in TOLD[execution.scenario]}
    if execution.scenario == LISTENING.scenario:
        medians[CONNECT] = _median(CONNECT, list(turns.values()), execution)
    return Baseline(
        target=execution.target,
        scenario=execution.scenario,
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
