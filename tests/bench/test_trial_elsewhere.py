"""A trial at an address, without its load."""

from pathlib import Path

import pytest
from made_up import QUART
from made_up_elsewhere import approach

import bench.trial as trial_module
from bench import alone
from bench.cores import Cores
from bench.crew import Here
from bench.execution import Execution
from bench.plan import Planned, plan
from bench.profile import CasePlan, Profile
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


@pytest.mark.parametrize("away", [True, False])
def test_a_way_is_taken_off_only_where_those_who_made_the_load_came_the_same(
    away: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, found = Execution("there", "latency", [2], 1, 1, 0.3, 1.5, []), approach("quart")
    monkeypatch.setattr(trial_module, "_under_load", lambda *_: made)
    monkeypatch.setattr(trial_module, "is_there", lambda *_: True)
    monkeypatch.setattr(trial_module, "approach", lambda *_: found)
    crew = Here(elsewhere=True, away=away)
    cores = Cores(frozenset(), frozenset())
    bench = Bench(None, cores, tmp_path, objective_seconds=1.5, tags=True, crew=crew, looks=True)
    way = execute(Planned(1, 1, CASE, "there", 1), THERE, bench, lambda _: None).approach
    assert way is not None and way.revision == found.revision
    assert (way.round_trip, way.from_elsewhere) == ((None, True) if away else (found.round_trip, False))


def test_no_two_executions_at_an_address_have_a_log_in_common(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Execution("there", "latency", [2], 1, 1, 0.3, 1.5, [])
    logs: list[Path] = []

    def under_load(_planned: object, _target: object, _url: object, _bench: object, log: Path, *_: object) -> Execution:
        logs.append(log)
        return made

    monkeypatch.setattr(trial_module, "_under_load", under_load)
    monkeypatch.setattr(trial_module, "is_there", lambda *_: True)
    bench = Bench(None, Cores(frozenset(), frozenset()), tmp_path, objective_seconds=1.5, tags=True)
    cases = [CASE, CASE.model_copy(update={"scenario": "interruption"})]
    profile = Profile(name="made-up", title="", targets=[], case=cases)
    for planned in (*alone.plan([THERE], cases, 1), *plan(profile, ["there"], 1)):
        execute(planned, THERE, bench, lambda _: None)
    assert len(logs) == len(set(logs)) == 4
