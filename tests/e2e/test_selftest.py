import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cores import share_out_machine
from bench.fake import FakeGemini
from bench.gate.blocks import WARM_UP, Blocks
from bench.gate.record import BASE, HEAD
from bench.installation import Installation
from bench.profile import CasePlan
from bench.results import Statistics, Trial
from bench.selftest.faults import FAULTS
from bench.selftest.make import SERVERS, two_builds, with_faults
from bench.targets import resolve
from bench.trial import Bench
from servers.settings import build_of

BY_NAME = {fault.name: fault for fault in FAULTS}
pytestmark = [pytest.mark.e2e, pytest.mark.long]

CASE = CasePlan(
    scenario="interruption",
    sessions=4,
    trials=1,
    warm_up_seconds=0.2,
    window_seconds=0.8,
    drain_seconds=5,
    options={"think-seconds": 0.05, "barge-in-within": 0.01},
)
USUAL = Trial(
    target=BASE, scenario="interruption", sessions=4, trial=0, order=1, started_at=0.0, window_seconds=1.0,
    turns={"ok": 1},
    metrics={
        "cpu_seconds_per_chunk": Statistics(count=1, values={"value": 0.0005}),
        "memory_bytes_per_session": Statistics(count=1, values={"value": 200_000.0}),
    },
)  # fmt: skip
"""What the faults scale with, given here: of a window this short the base may have no value."""
ARMS = (BASE, *(fault.name for fault in FAULTS if fault.shows_in))


def measured(trees: Sequence[Path], folder: Path) -> dict[str, Trial]:
    """One block of the base and of every fault that puts something in."""
    base, head = trees
    cores, (target,) = share_out_machine(), resolve(["quart"])
    with FakeGemini("fast", 1, folder / "logs", cores.load) as fake:
        alone = {BASE: Installation(base, Path(sys.executable))}
        bench = Bench(fake, cores, folder / "logs", 1.0, tags=True, installations=alone)
        blocks = Blocks(bench, folder, CASE, {BASE: target}, 1, lambda *_: None)
        every = with_faults(blocks, [USUAL], base, head)
        # many more chunks are lost than in a whole self-test: there are few in so short a block
        drop = replace(every.bench.installations["drop"], environment={"SERVERS_INJECT": "drop=5"})
        installations = {**every.bench.installations, "drop": drop}
        every = replace(every, bench=replace(every.bench, installations=installations))
        return {trial.target: trial for trial in every.measure(WARM_UP + 1, ARMS)}


def test_every_fault_reaches_its_server_and_a_lost_chunk_is_a_lost_turn(tmp_path: Path) -> None:
    with two_builds() as trees:
        builds = dict(zip((BASE, HEAD), (build_of(tree / SERVERS.name) for tree in trees), strict=True))
        trials = measured(trees, tmp_path)
    assert all(trial.turns.ok > 0 for trial in trials.values())
    assert {arm: trial.injected for arm, trial in trials.items()} == {
        BASE: "",
        **{name: BY_NAME[name].injected([USUAL]) for name in ("cpu", "sleep", "memory")},
        "drop": "drop=5",
    }
    assert {arm: trial.build for arm, trial in trials.items()} == {
        arm: builds[BASE if arm == BASE else HEAD] for arm in ARMS
    }
    assert trials["drop"].turns.failed > 0 and "lost_chunk" in trials["drop"].failures
    assert {arm: trial.turns.failed for arm, trial in trials.items() if arm != "drop"} == dict.fromkeys(
        [arm for arm in ARMS if arm != "drop"], 0
    )
