from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest
from made_up import QUART, process, turn

from bench import store
from bench.cores import Cores
from bench.errors import BenchError, ServerNotReady
from bench.execution import Execution
from bench.gate import blocks as blocks_module
from bench.gate.blocks import WARM_UP, Blocks, orders
from bench.gate.pairs import is_spoiled, lost_turns
from bench.plan import Planned
from bench.profile import load_profile
from bench.results import Target
from bench.trial import Bench, CutShort

ARMS = ["base", "head"]


class Executions:
    """Stands in for real ones."""

    def __init__(self) -> None:
        self.done: list[tuple[Planned, Target]] = []
        self.ends: dict[str, Callable[[], Exception]] = {}
        """What happens instead, by arm."""

    def __call__(self, planned: Planned, target: Target, *_: object) -> Execution:
        self.done.append((planned, target))
        if target.name in self.ends:
            raise self.ends[target.name]()
        return Execution(
            target=target.name, scenario=planned.case.name, sessions=planned.case.levels, trial=planned.trial,
            order=planned.order, warm_up_seconds=0.6, objective_seconds=1.0, build=f"build of {target.name}",
            processes=[process(turn(planned_at=5.0, sessions=planned.case.sessions), level=planned.case.sessions)],
            locust_turns=1,
        )  # fmt: skip


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> Executions:
    stand_in = Executions()
    monkeypatch.setattr(blocks_module, "execute", stand_in)
    return stand_in


def blocks_in(folder: Path, seed: int = 3, fake: object = None) -> Blocks:
    (case,) = load_profile("gate").case
    cores = Cores(frozenset(), frozenset())
    bench = Bench(fake, cores, folder, 1.0, tags=True)  # type: ignore[arg-type]
    target = QUART.model_copy(update={"deployment": "quart"})
    return Blocks(bench, folder, case, dict.fromkeys(ARMS, target), seed, lambda *_: None)


def test_each_order_is_followed_by_its_reverse_and_every_arm_is_as_often_first() -> None:
    first = list(islice(orders(ARMS, 1), 40))
    assert all(one == other[::-1] for one, other in zip(first[::2], first[1::2], strict=True))
    assert Counter(order[0] for order in first) == {"base": 20, "head": 20}
    assert {tuple(order) for order in first[::2]} == {("base", "head"), ("head", "base")}


def test_orders_are_decided_by_the_seed() -> None:
    assert list(islice(orders(ARMS, 7), 20)) == list(islice(orders(ARMS, 7), 20))
    assert len({tuple(map(tuple, islice(orders(ARMS, seed), 20))) for seed in range(9)}) > 1


def test_arms_are_measured_in_the_order_asked_for(executions: Executions, tmp_path: Path) -> None:
    trials = blocks_in(tmp_path).measure(4, ["head", "base"])
    assert [trial.target for trial in trials] == ["head", "base"]
    assert [trial.build for trial in trials] == ["build of head", "build of base"]
    assert [(trial.trial, trial.order) for trial in trials] == [(4, 9), (4, 10)]
    assert all(target.deployment == "quart" for _, target in executions.done)


def test_same_people_ask_the_same_of_both_arms_of_a_block_and_other_people_in_the_next(
    executions: Executions, tmp_path: Path
) -> None:
    blocks = blocks_in(tmp_path)
    blocks.measure(1, ARMS)
    blocks.measure(2, ARMS[::-1])
    assert [planned.seed for planned, _ in executions.done] == [3001, 3001, 3002, 3002]


def test_raw_turns_of_every_trial_are_stored_the_warm_up_s_too(executions: Executions, tmp_path: Path) -> None:
    blocks = blocks_in(tmp_path)
    blocks.measure(WARM_UP, ARMS)
    blocks.measure(1, ARMS[::-1])
    stored = [(line.trial, line.target, line.order) for line in store.read_turns(tmp_path, pytest.fail)]
    assert stored == [(0, "base", 1), (0, "head", 2), (1, "head", 3), (1, "base", 4)]


def test_arm_of_the_warm_up_that_is_not_to_be_measured_is_named(executions: Executions, tmp_path: Path) -> None:
    executions.ends["head"] = lambda: BenchError("the server ended with exit code 1")
    with pytest.raises(BenchError, match=r"^head: the server ended with exit code 1$"):
        blocks_in(tmp_path).measure(WARM_UP, ARMS)


def test_later_block_that_has_to_be_given_up_is_spoiled_and_no_end(executions: Executions, tmp_path: Path) -> None:
    executions.ends["head"] = lambda: BenchError("the load did not end")
    base, head = blocks_in(tmp_path).measure(2, ARMS)
    assert base.turns.ok == 1
    assert [(reason.check, reason.message) for reason in head.reasons] == [("did not run", "the load did not end")]
    assert (head.window_seconds, head.target, head.trial) == (0.0, "head", 2)


def test_server_that_is_not_ready_in_a_later_block_has_lost_its_turns(executions: Executions, tmp_path: Path) -> None:
    executions.ends["head"] = lambda: ServerNotReady("the server ended with code 1 before it answered")
    _, head = blocks_in(tmp_path).measure(2, ARMS)
    assert [reason.check for reason in head.reasons] == ["server not ready"]
    assert not is_spoiled(head) and lost_turns(head) == 1


def test_fake_gemini_that_has_gone_ends_it(executions: Executions, tmp_path: Path) -> None:
    executions.ends["base"] = lambda: BenchError("the fake Gemini no longer answers")
    with pytest.raises(BenchError, match=r"^base: the fake Gemini no longer answers"):
        blocks_in(tmp_path, fake=SimpleNamespace(alive=False)).measure(2, ARMS)


def test_turns_before_ctrl_c_are_kept(executions: Executions, tmp_path: Path) -> None:
    executions.ends["head"] = lambda: CutShort([process(turn("cut"))])
    with pytest.raises(KeyboardInterrupt):
        blocks_in(tmp_path).measure(2, ARMS)
    stored = [(line.target, line.turn.id) for line in store.read_turns(tmp_path, pytest.fail)]
    assert stored == [("base", "a"), ("head", "cut")]
