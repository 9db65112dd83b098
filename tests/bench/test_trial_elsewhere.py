"""A trial at an address, without its load."""

from pathlib import Path

import pytest
from made_up import QUART

import bench.trial as trial_module
from bench.cores import Cores
from bench.execution import Execution
from bench.plan import Planned
from bench.profile import CasePlan
from bench.trial import Bench, execute

CASE = CasePlan(scenario="latency", sessions=2, trials=1, warm_up_seconds=0.3, window_seconds=1.2)
THERE = QUART.model_copy(update={"name": "there", "url": "ws://there", "deployment": None})


@pytest.mark.parametrize(("answers", "died"), [(True, None), (False, "it no longer answers at its address")])
def test_a_service_that_is_gone_when_its_load_has_ended_died_under_it(
    answers: bool, died: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Execution("there", "latency", [2], 1, 1, 0.3, 1.5, [])
    monkeypatch.setattr(trial_module, "_under_load", lambda *_: made)
    monkeypatch.setattr(trial_module, "is_there", lambda *_: answers)
    bench = Bench(None, Cores(frozenset(), frozenset()), tmp_path, objective_seconds=1.5, tags=True)
    assert execute(Planned(1, 1, CASE, "there", 1), THERE, bench, lambda _: None).died == died
