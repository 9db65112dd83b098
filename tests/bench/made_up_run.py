"""A made-up run with its raw turns, every number of which is known: what the charts and the page are tested on.

Per target and trial: `quiet` at 2 people, `interrupting` at 2 and `crowding` at 2 and 4. A blocking target talks on
for 0.3 s after an interruption, with chunks 0.1, 0.2 and 0.3 s after it, and reads the prompt then; another stops at
once and says so 5 ms later.
"""

from collections.abc import Iterable
from itertools import count

from made_up import FLASK, QUART, run, turn

from bench import store
from bench.charts.data import ChartData, gather
from bench.evaluate import conclude, trials
from bench.execution import Execution
from bench.monitor import Sample, Size
from bench.results import Run, Target
from bench.store import Stored
from loadtests.support.turn import End, Line, Mark, Turn

QUIET, INTERRUPTING, CROWDING = "quiet", "interrupting", "crowding"
SCENARIOS = (QUIET, INTERRUPTING, CROWDING)
TURNS, BARGE_INS = 8, 5
MODEL_SECONDS = 0.45
"""What the fake spends until a first chunk."""
TALKS_ON_SECONDS = 0.3
PASSES_ON_SECONDS = 0.002
ACKNOWLEDGED_SECONDS = 0.005
BLOCKING = FLASK.model_copy(update={"threads": 3})
TARGETS = (BLOCKING, QUART)
_DAY = 1_000_000.0


def made_up_data(**choices) -> ChartData:
    return gather(*made_up_run(**choices))


def made_up_folder(folder, **choices):
    """A results folder as a run leaves it."""
    whole, stored = made_up_run(**choices)
    folder.mkdir(exist_ok=True)
    for line in stored:
        store.append_turns(folder, [line])
    store.write_run(folder, whole)
    return folder


def made_up_run(
    targets: Iterable[Target] = TARGETS,
    scenarios=SCENARIOS,
    number=6,
    tags=True,
    answered=True,
    turns=TURNS,
    spoil=lambda execution: execution,
    **fields,
) -> tuple[Run, list[Stored]]:
    """`answered` says whether any turn got a reply, `tags` whether chunks carry the fake's attribution.

    `spoil` gives the execution that is looked at in place of each.
    """
    measured, stored = [], []
    orders = count(1)
    for index in range(1, number + 1):
        for scenario in scenarios:
            for target in targets:
                lines = _turns(target, scenario, index, turns)
                for line in lines:
                    _strip(line, tags, answered)
                levels = [2, 4] if scenario == CROWDING else [2]
                execution = spoil(_execution(target, scenario, index, next(orders), lines, levels))
                measured += trials(execution)
                lines = [line for line in execution.processes[0] if isinstance(line, Turn)]
                stored += [Stored(target.name, scenario, index, execution.order, line) for line in lines]
    return conclude(run(*measured, targets=tuple(targets), **fields)), stored


def _turns(target: Target, scenario: str, index: int, count: int) -> list[Turn]:
    began_at = _DAY + 100 * index
    if scenario == INTERRUPTING:
        pairs = (_interrupted(target, index, place, began_at + 2 + place) for place in range(BARGE_INS))
        return [half for pair in pairs for half in pair]
    if scenario == QUIET:
        return [_plain(target, index, place, began_at + 2 + 7 * place / count, 2) for place in range(count)]
    early = [_plain(target, index, place, began_at + 2 + place / 2, 2) for place in range(count)]
    late = [_plain(target, index, count + place, began_at + 12 + place / 2, 4) for place in range(count)]
    return [*early, *late]


def _plain(target: Target, index: int, place: int, at: float, sessions: int) -> Turn:
    sent_at = at + 0.001
    first = sent_at + MODEL_SECONDS + _added(target) + 0.01 * index + 0.001 * place
    return _attributed(
        turn(
            f"{index}.{place}", at, session=f"{place}/1", sessions=sessions, sent_at=sent_at,
            connect_seconds=0.002 if sessions == 2 else 0.5, chunks_at=[first, first + 0.1], ended_at=first + 0.2,
        ),
        sent_at,
        _added(target),
    )  # fmt: skip


def _interrupted(target: Target, index: int, place: int, at: float) -> tuple[Turn, Turn]:
    """A and B, with B sent 0.25 s after the first words of A."""
    first = at + MODEL_SECONDS + _added(target)
    moment = first + 0.25
    blocking = target.style == "blocking"
    late = [moment + seconds for seconds in (0.1, 0.2, TALKS_ON_SECONDS)] if blocking else []
    received_at = moment + (TALKS_ON_SECONDS if blocking else PASSES_ON_SECONDS)
    answered_at = received_at + MODEL_SECONDS + _added(target)
    old = turn(
        f"{index}.{place}.a", at, chunks_at=[first, first + 0.2, *late], interrupted_at=moment,
        acknowledged_at=None if blocking else moment + ACKNOWLEDGED_SECONDS, ended_at=moment + TALKS_ON_SECONDS,
    )  # fmt: skip
    new = turn(
        f"{index}.{place}.b", moment, barges_in_on=old.id, chunks_at=[answered_at, answered_at + 0.1],
        ended_at=answered_at + 0.2,
    )  # fmt: skip
    return _attributed(old, at, _added(target)), _attributed(new, received_at, _added(target))


def _added(target: Target) -> float:
    return 0.020 if target.style == "blocking" else 0.005


def _attributed(done: Turn, received_at: float, added: float) -> Turn:
    """With the stamps of a fake that got the prompt at `received_at` and whose chunks take `added` to arrive."""
    done.chunks_sent_at = [at - added for at in done.chunks_at]
    done.chunks_spent_seconds = [at - received_at for at in done.chunks_sent_at]
    return done


def _strip(line: Turn, tags: bool, answered: bool) -> None:
    if not tags:
        line.chunks_sent_at, line.chunks_spent_seconds = [], []
    if not answered:
        line.chunks_at, line.chunks_sent_at, line.chunks_spent_seconds, line.ended_at = [], [], [], None
        line.outcome, line.failure, line.acknowledged_at = "failed", "closed with 1011", None


def _execution(
    target: Target, scenario: str, index: int, order: int, lines: list[Turn], levels: list[int]
) -> Execution:
    began_at = _DAY + 100 * index
    marks: list[Line] = []
    for step, level in enumerate(levels):
        marks += [Mark("level", began_at + 10 * step, level), Mark("reached", began_at + 10 * step + 0.5, level)]
    stop = Mark("stop", began_at + 10 * len(levels), levels[-1])
    threads = 40 if target.style == "blocking" else 1
    return Execution(
        target=target.name,
        scenario=scenario,
        sessions=levels,
        trial=index,
        order=order,
        warm_up_seconds=0.5,
        objective_seconds=2.5,
        processes=[[*marks, *lines, stop, End(len(lines), 0.001, 0.002, 0.003, 1.0)]],
        server=[
            Sample(
                began_at + second,
                0.2 * second,
                Size(held := 50_000_000 + 1_000_000 * levels[second > 10 and -1], held, threads, 9, 1),
            )
            for second in range(-1, 10 * len(levels) + 2)
        ],
        idle=Size(50_000_000, 50_000_000, 1, 1, 1),
        locust_turns=len(lines),
    )
