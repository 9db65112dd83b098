import io
from datetime import datetime
from pathlib import Path

import pytest
from made_up import process, turn
from made_up_certificate import certificate, level
from made_up_elsewhere import approach
from rich.console import Console

from bench import run as run_module, store
from bench.caps import NO_CAPS
from bench.certify.certificate import Certificate
from bench.crew import Crew, Here
from bench.elsewhere import Caps
from bench.errors import BenchError
from bench.execution import Execution
from bench.plan import Planned
from bench.profile import CasePlan, Profile
from bench.progress import Progress
from bench.results import Run, Target
from bench.run import Broken, Order, run
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
        self.alone: list[Planned] = []
        self.turns_begun = 5
        self.benches: list[Bench] = []

    def __call__(self, planned: Planned, target: Target, bench: Bench, *_: object) -> Execution:
        (self.done if planned.order > 0 else self.alone).append(planned)
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
            processes=[process(*(turn(name, 5.0) for name in "abcde"[: self.turns_begun]))],
            approach=approach("quart") if planned.order < 1 or bench.crew.away else None,
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


def carried_out(folder: Path, *, certify: bool = False, caps: Caps = NO_CAPS, crew: Crew | None = None) -> Run:
    cases = [
        CasePlan(scenario=scenario, sessions=2, trials=TRIALS, warm_up_seconds=1.0, window_seconds=9.0, options=PACE)
        for scenario in ("latency", "interruption")
    ]
    targets = [Target(name=name, style="unknown", label=name, colour="#000000", url=f"ws://{name}") for name in "ab"]
    profile = Profile(name="made-up", title="", targets=[], certify=certify, case=cases)
    order = Order(profile, targets, seed=1, results=folder, command="live-bench run", caps=caps, crew=crew)
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
    with pytest.raises(BenchError) as error:
        carried_out(tmp_path)
    assert str(error.value) == "the server did not answer"  # and of nothing that was measured before


def test_generator_is_certified_where_the_profile_asks_for_it(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(level(100))
    monkeypatch.setattr(run_module, "certify_briefly", lambda *_: made)
    assert carried_out(tmp_path, certify=True).certificate == made
    assert [bench.certificate for bench in executions.benches] == [made] * (4 + 4 * TRIALS)


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
    with pytest.raises(Broken) as broken:
        carried_out(tmp_path)
    (folder,) = [path for path in tmp_path.iterdir() if path.name != "latest"]
    kept = store.read_run(folder)
    assert len(kept.trials) == 3 and not kept.complete
    assert str(broken.value) == f"the server did not answer; {folder} holds what was measured before"
    assert (broken.value.folder, broken.value.record) == (folder, kept)


def test_each_address_is_first_tried_by_one_person_alone(executions: Executions, tmp_path: Path) -> None:
    record = carried_out(tmp_path)
    assert [(planned.target, planned.case.scenario, planned.case.sessions) for planned in executions.alone] == [
        ("a", "latency", 1),
        ("b", "latency", 1),
        ("a", "interruption", 1),
        ("b", "interruption", 1),
    ]
    told = [(baseline.target, baseline.scenario, baseline.ok) for baseline in record.baselines]
    assert told == [(planned.target, planned.case.scenario, 5) for planned in executions.alone]
    assert {trial.order > 0 for trial in record.trials} == {True}
    (folder,) = [path for path in tmp_path.iterdir() if path.name != "latest"]
    assert {line.order for line in store.read_turns(folder, pytest.fail)} >= {0, -1, -2, -3}


def test_nobody_is_sent_alone_where_others_make_the_load_from_elsewhere(executions: Executions, tmp_path: Path) -> None:
    record = carried_out(tmp_path, crew=Here(elsewhere=True, away=True))
    assert executions.alone == [] and record.baselines == []
    assert record.trials and {target.app for target in record.targets} == {"quart"}


def test_workers_of_this_machine_come_the_same_way_as_one_person_alone(executions: Executions, tmp_path: Path) -> None:
    record = carried_out(tmp_path, crew=Here(elsewhere=True))
    assert {baseline.target for baseline in record.baselines} == {"a", "b"}


def test_what_an_address_says_of_itself_is_known_of_the_target(executions: Executions, tmp_path: Path) -> None:
    targets = carried_out(tmp_path).targets
    assert [(target.app, target.style, target.revision) for target in targets] == [
        ("quart", "non-blocking", "quart-00003")
    ] * 2
    assert targets[0].label == "a, at a, app quart, revision quart-00003"


def test_address_at_which_not_even_one_person_gets_through_ends_it_all(executions: Executions, tmp_path: Path) -> None:
    executions.failing = {-1}
    with pytest.raises(BenchError, match="the server did not answer"):
        carried_out(tmp_path)
    (folder,) = [path for path in tmp_path.iterdir() if path.name != "latest"]
    assert [baseline.target for baseline in store.read_run(folder).baselines] == ["a"]


def test_turns_are_handed_from_execution_to_execution_until_none_is_left(
    executions: Executions, tmp_path: Path
) -> None:
    record = carried_out(tmp_path, caps=Caps(max_sessions=2, max_turns=23))
    assert executions.alone == [], "half of what is allowed is too little for that"
    assert [planned.max_turns for planned in executions.done] == [23, 18, 13, 8, 3]
    assert not record.complete
    assert record.caps == Caps(max_sessions=2, max_turns=23, turns_begun=25)
    assert record.ended_because == "the 23 turns of --max-turns were used up"
    (reason,) = [reason for reason in record.validity.reasons if reason.check == "complete"]
    assert reason.message.startswith("the 23 turns of --max-turns were used up, so some trials are missing")


def test_one_person_alone_takes_no_more_than_half_of_the_turns(executions: Executions, tmp_path: Path) -> None:
    carried_out(tmp_path, caps=Caps(max_turns=96))
    assert [planned.max_turns for planned in executions.alone] == [12, 12, 12, 12]
    assert executions.done[0].max_turns == 96 - 4 * executions.turns_begun


def test_run_that_stays_within_its_caps_is_complete_and_says_what_it_took(
    executions: Executions, tmp_path: Path
) -> None:
    record = carried_out(tmp_path, caps=Caps(max_turns=1000))
    assert record.complete and not record.ended_because
    assert record.caps == Caps(max_turns=1000, turns_begun=5 * (4 + 4 * TRIALS))


def test_run_whose_last_execution_used_up_the_turns_is_not_complete(executions: Executions, tmp_path: Path) -> None:
    record = carried_out(tmp_path, caps=Caps(max_turns=5 * (4 + 4 * TRIALS)))
    assert len(record.trials) == 4 * TRIALS and not record.complete


def test_execution_that_left_no_record_may_have_begun_all_the_turns_there_were(
    executions: Executions, tmp_path: Path
) -> None:
    executions.failing = {2}
    record = carried_out(tmp_path, caps=Caps(max_turns=1000))
    assert (len(record.trials), record.complete) == (2, False)
    assert record.caps and record.caps.turns_begun == 1000


def test_profile_beyond_the_cap_is_refused_before_anything_begins(executions: Executions, tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="made-up asks for 2 people in latency, above --max-sessions 1"):
        carried_out(tmp_path, caps=Caps(max_sessions=1))
    assert not executions.alone


def test_real_model_is_not_loaded_without_caps(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "speaks_to_fake", lambda target, allow_real_model, auth: False)
    with pytest.raises(BenchError, match="takes --max-sessions N and --max-turns N"):
        carried_out(tmp_path, caps=Caps(max_turns=100))
    assert carried_out(tmp_path, caps=Caps(max_sessions=2, max_turns=1000)).attribution == "protocol"


def test_one_person_alone_is_kept_where_the_run_ends_by_hand_with_the_next(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_at_the_second(planned: Planned, target: Target, *rest: object) -> Execution:
        if target.name == "b":
            raise KeyboardInterrupt
        return executions(planned, target, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run_module, "execute", cut_at_the_second)
    record = carried_out(tmp_path)
    assert [baseline.target for baseline in record.baselines] == ["a"]
    assert not record.complete and not record.trials
