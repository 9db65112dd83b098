import io
from datetime import datetime
from pathlib import Path

import pytest
from made_up import process, turn
from made_up_certificate import certificate, level
from rich.console import Console

from bench import run as run_module, store
from bench.certify.certificate import Certificate
from bench.errors import BenchError
from bench.execution import Execution
from bench.plan import Planned
from bench.profile import CasePlan, Profile
from bench.progress import Progress
from bench.results import Run, Target
from bench.run import Order, run
from bench.trial import Bench

LATE = {"lateness_seconds": {"p99": 1.0}}
PUNCTUAL = {"lateness_seconds": {"p99": 0.001}}
TRIALS = 5
PACE: dict[str, str | int | float] = {"think-seconds": 0.3}


class Executions:
    """Stands in for what takes time: every execution is of five turns, and as spoiled as the test wants it."""

    def __init__(self) -> None:
        self.spoiled: set[int] = set()
        self.failing: set[int] = set()
        self.done: list[Planned] = []
        self.benches: list[Bench] = []

    def __call__(self, planned: Planned, target: Target, bench: Bench, *_: object) -> Execution:
        self.done.append(planned)
        self.benches.append(bench)
        if planned.order in self.failing:
            raise BenchError("the server did not answer")
        return Execution(
            target=target.name,
            scenario=planned.case.scenario,
            sessions=planned.case.levels,
            trial=planned.trial,
            order=planned.order,
            warm_up_seconds=planned.case.warm_up_seconds,
            objective_seconds=2.0,
            processes=[process(*(turn(name, 5.0) for name in "abcde"))],
            fake_ledger=LATE if planned.order in self.spoiled else PUNCTUAL,
            locust_turns=5,
        )


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> Executions:
    stand_in = Executions()
    monkeypatch.setattr(run_module, "execute", stand_in)
    monkeypatch.setattr(run_module, "speaks_to_fake", lambda target, allow_real_model, auth: True)
    monkeypatch.setattr(run_module, "is_gone", lambda target, auth: False)
    return stand_in


def carried_out(folder: Path, *, certify: bool = False) -> Run:
    cases = [
        CasePlan(scenario=scenario, sessions=2, trials=TRIALS, warm_up_seconds=1.0, window_seconds=9.0, options=PACE)
        for scenario in ("latency", "interruption")
    ]
    targets = [Target(name=name, style="unknown", label=name, colour="#000000", url=f"ws://{name}") for name in "ab"]
    profile = Profile(name="made-up", title="", targets=[], certify=certify, case=cases)
    order = Order(profile, targets, seed=1, results=folder, command="live-bench run")
    results, record = run(order, Progress(Console(file=io.StringIO())))
    assert store.read_run(results) == record
    return record


def test_every_execution_of_the_plan_is_stored(executions: Executions, tmp_path: Path) -> None:
    record = carried_out(tmp_path)
    assert record.complete
    assert [trial.order for trial in record.trials] == list(range(1, 4 * TRIALS + 1))
    assert datetime.fromisoformat(record.started_at) <= datetime.fromisoformat(record.finished_at or "")


def test_trial_that_the_machine_spoiled_is_repeated_with_its_partner(executions: Executions, tmp_path: Path) -> None:
    executions.spoiled = {3}
    record = carried_out(tmp_path)
    spoiled = executions.done[2]
    repeated = executions.done[4 * TRIALS :]
    assert {planned.target for planned in repeated} == {"a", "b"}
    for planned in repeated:
        assert (planned.case, planned.trial, planned.seed) == (spoiled.case, spoiled.trial, spoiled.seed)
    assert record.validity.verdict == "VALID"


def test_what_was_repeated_is_kept_and_marked(executions: Executions, tmp_path: Path) -> None:
    executions.spoiled = {3}
    record = carried_out(tmp_path)
    superseded = [trial.order for trial in record.trials if trial.superseded]
    assert 3 in superseded
    assert len(record.trials) == 4 * TRIALS + 2


def test_repetition_that_is_spoiled_as_well_stands_in_for_nothing(executions: Executions, tmp_path: Path) -> None:
    executions.spoiled = {3, 4 * TRIALS + 1, 4 * TRIALS + 2}
    record = carried_out(tmp_path)
    assert not any(trial.superseded for trial in record.trials)
    assert record.validity.verdict == "SUSPECT"


def test_no_more_than_a_tenth_of_the_plan_is_repeated(executions: Executions, tmp_path: Path) -> None:
    executions.spoiled = set(range(1, 4 * TRIALS + 1))
    assert len(carried_out(tmp_path).trials) == 4 * TRIALS + 2


def test_execution_that_fails_is_told_and_the_rest_goes_on(executions: Executions, tmp_path: Path) -> None:
    executions.failing = {4}
    record = carried_out(tmp_path)
    assert record.complete
    (failed,) = [trial for trial in record.trials if trial.order == 4]
    assert [(reason.check, reason.message) for reason in failed.reasons] == [
        ("did not run", "the server did not answer")
    ]
    assert record.validity.verdict == "INVALID"


def test_first_execution_that_fails_ends_it_all(executions: Executions, tmp_path: Path) -> None:
    executions.failing = {1}
    with pytest.raises(BenchError, match="the server did not answer"):
        carried_out(tmp_path)


def test_generator_is_certified_where_the_profile_asks_for_it(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(level(100))
    monkeypatch.setattr(run_module, "certify_briefly", lambda *_: made)
    assert carried_out(tmp_path, certify=True).certificate == made
    assert [bench.certificate for bench in executions.benches] == [made] * 4 * TRIALS


def test_run_goes_on_without_a_certificate_that_cannot_be_had(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> Certificate:
        raise BenchError("only Linux says")

    monkeypatch.setattr(run_module, "certify_briefly", cannot)
    record = carried_out(tmp_path, certify=True)
    assert record.complete and record.certificate is None
    (note,) = [reason.message for reason in record.validity.reasons if reason.check == "not checked"]
    assert "certificate (none was made right before: every window)" in note


def test_run_that_is_ended_by_hand_while_it_certifies_has_measured_nothing(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Certificate:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "certify_briefly", interrupted)
    record = carried_out(tmp_path, certify=True)
    assert not record.complete and not record.trials and not executions.done


def test_target_elsewhere_that_no_longer_answers_ends_the_run_and_what_was_measured_is_kept(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executions.failing = {4}
    monkeypatch.setattr(run_module, "is_gone", lambda target, auth: True)
    with pytest.raises(BenchError, match="the server did not answer; live-bench report"):
        carried_out(tmp_path)
    (folder,) = [path for path in tmp_path.iterdir() if path.name != "latest"]
    kept = store.read_run(folder)
    assert len(kept.trials) == 3 and not kept.complete
