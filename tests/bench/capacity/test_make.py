import io
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up import process, turn
from rich.console import Console

from bench import store
from bench.capacity import make as make_module, probing
from bench.capacity.command import exit_code
from bench.capacity.display import Display
from bench.capacity.make import Order, make
from bench.capacity.pace import Pace
from bench.capacity.record import Capacity
from bench.capacity.search import Bounds
from bench.caps import NO_CAPS
from bench.elsewhere import Caps
from bench.errors import BenchError
from bench.execution import Execution
from bench.exit_codes import INCONCLUSIVE
from bench.objective import parse
from bench.plan import Planned
from bench.results import Target
from bench.trial import CutShort
from loadtests.support.turn import Turn

TURNS = 80
NAMES = ("a", "b")


def answered(place: int, seconds: float) -> Turn:
    at = 5.0 + place / 10
    return turn(f"t{place}", at, chunks_at=[at + seconds, at + seconds + 0.1], ended_at=at + seconds + 0.2)


class Executions:
    """Stands in for what takes time: servers that answer quickly up to a load, and slowly beyond it."""

    def __init__(self) -> None:
        self.holds = {"a": 6, "b": 11}
        self.late: set[int] = set()
        self.ends: dict[int, Callable[[Planned], Exception]] = {}
        """What happens instead, by the order of the probe."""
        self.done: list[Planned] = []

    def __call__(self, planned: Planned, target: Target, *_: object) -> Execution:
        self.done.append(planned)
        if planned.order in self.ends:
            raise self.ends[planned.order](planned)
        sessions = planned.case.sessions
        seconds = 0.5 if sessions <= self.holds[target.name] else 2.0
        turns = [answered(place, seconds) for place in range(TURNS)]
        for each in turns:
            each.sessions = sessions
        return Execution(
            target=target.name,
            scenario=planned.case.scenario,
            sessions=planned.case.levels,
            trial=planned.trial,
            order=planned.order,
            warm_up_seconds=planned.case.warm_up_seconds,
            objective_seconds=1.0,
            processes=[process(*turns, level=sessions)],
            fake_ledger={"lateness_seconds": {"p99": 1.0 if planned.order in self.late else 0.001}},
            locust_turns=TURNS,
        )


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> Executions:
    stand_in = Executions()
    monkeypatch.setattr(probing, "execute", stand_in)
    monkeypatch.setattr(make_module, "speaks_to_fake", lambda target, allow_real_model, auth: True)
    monkeypatch.setattr(probing, "is_gone", lambda target, auth: False)
    return stand_in


def order(folder: Path, repeats: int = 1, most: int = 40, caps: Caps = NO_CAPS) -> Order:
    return Order(
        targets=[Target(name=n, style="unknown", label=n, colour="#000000", url=f"ws://{n}") for n in NAMES],
        objective=parse("ttft p95 <= 1s"),
        bounds=Bounds(start=2, most=most, precision=0.05),
        repeats=repeats,
        pace=Pace(think_seconds=0.1, reply_seconds=0.5, probe_seconds=9.0, confirm_seconds=9.0),
        seed=1,
        processes=1,
        fake_profile="fast",
        results=folder,
        command="live-bench capacity",
        caps=caps,
    )


def carried_out(the_order: Order) -> tuple[Path, Capacity, str]:
    out = io.StringIO()
    folder, capacity = make(the_order, Display(Console(file=out, width=200)))
    assert record_in(folder) == capacity
    return folder, capacity, out.getvalue()


def record_in(folder: Path) -> Capacity:
    return Capacity.model_validate_json((folder / "capacity.json").read_text())


def test_largest_load_that_holds_is_found_for_each_target(executions: Executions, tmp_path: Path) -> None:
    _, capacity, _ = carried_out(order(tmp_path))
    assert {held.target: (held.sessions, held.at_least) for held in capacity.held} == {
        "a": (6, False),
        "b": (11, False),
    }
    assert capacity.complete and capacity.validity.verdict == "VALID" and capacity.finished_at


def test_every_probe_is_an_execution_of_its_own_with_the_people_of_its_search(
    executions: Executions, tmp_path: Path
) -> None:
    _, capacity, _ = carried_out(order(tmp_path, repeats=2))
    assert [planned.order for planned in executions.done] == list(range(1, len(capacity.probes) + 1))
    assert {(planned.trial, planned.seed) for planned in executions.done} == {(1, 1001), (2, 1002)}


def test_raw_turns_of_every_probe_are_stored(executions: Executions, tmp_path: Path) -> None:
    folder, capacity, _ = carried_out(order(tmp_path))
    stored = list(store.read_turns(folder, pytest.fail))
    assert len(stored) == TURNS * len(capacity.probes)
    assert {(line.order, line.target) for line in stored} == {(probe.order, probe.target) for probe in capacity.probes}


def test_what_came_of_each_probe_is_told_with_the_time_that_is_left(executions: Executions, tmp_path: Path) -> None:
    _, capacity, out = carried_out(order(tmp_path))
    first, second, *lines = out.splitlines()
    assert first.startswith("Objective: ttft p95 <= 1s, unserved <= 0%. 1 search for each target, from 2 to at most 40")
    assert second.startswith("This takes at most ")
    assert sum(line.endswith(" left at most") for line in lines) == len(capacity.probes)
    assert {"a, search 1 of 1: 6 people held", "b, search 1 of 1: 11 people held"} <= set(lines)


def test_probe_that_the_machine_spoiled_is_asked_again_and_is_no_miss(executions: Executions, tmp_path: Path) -> None:
    executions.late = {2}
    _, capacity, _ = carried_out(order(tmp_path))
    assert capacity.probes[1].answer == "spoiled" and "fake Gemini lag" in capacity.probes[1].because
    assert capacity.probes[2].sessions == capacity.probes[1].sessions
    assert {held.sessions for held in capacity.held} == {6, 11}


def test_probe_that_did_not_come_to_its_end_is_spoiled_and_the_search_goes_on(
    executions: Executions, tmp_path: Path
) -> None:
    executions.ends = {3: lambda planned: BenchError("the load did not end")}
    _, capacity, _ = carried_out(order(tmp_path))
    assert (capacity.probes[2].answer, capacity.probes[2].because) == ("spoiled", "did not run: the load did not end")
    assert capacity.complete and {held.sessions for held in capacity.held} == {6, 11}


def test_target_elsewhere_that_no_longer_answers_ends_it_and_what_was_measured_is_kept(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executions.ends = {3: lambda planned: BenchError("the load did not end")}
    monkeypatch.setattr(probing, "is_gone", lambda target, auth: True)
    with pytest.raises(BenchError, match=r"the load did not end; .* holds what was measured before"):
        carried_out(order(tmp_path))
    (folder,) = tmp_path.iterdir()
    assert len(record_in(folder).probes) == 2


def test_first_probe_that_cannot_be_had_ends_it_all(executions: Executions, tmp_path: Path) -> None:
    executions.ends = {1: lambda planned: BenchError("the load failed")}
    with pytest.raises(BenchError, match=r"^the load failed$"):
        carried_out(order(tmp_path))
    (folder,) = tmp_path.iterdir()
    assert not record_in(folder).complete and (folder / "report.html").exists()


@pytest.mark.parametrize("how", ["in mid-probe", "between probes"])
def test_what_was_measured_before_ctrl_c_is_kept(executions: Executions, tmp_path: Path, how: str) -> None:
    cut = [process(answered(0, 0.5))]
    end = (lambda planned: CutShort(cut)) if how == "in mid-probe" else (lambda planned: KeyboardInterrupt())
    executions.ends = {4: end}  # type: ignore[dict-item]
    folder, capacity, out = carried_out(order(tmp_path))
    assert "ended by hand" in out
    assert not capacity.complete and len(capacity.probes) == 3
    stored = list(store.read_turns(folder, pytest.fail))
    assert len(stored) == 3 * TURNS + (1 if how == "in mid-probe" else 0)
    assert "**Incomplete**" in (folder / "summary.md").read_text()
    assert (folder / "charts" / "capacity.svg").exists()


def test_target_that_misses_at_once_says_so_and_the_others_go_on(executions: Executions, tmp_path: Path) -> None:
    executions.holds["a"] = 1
    _, capacity, out = carried_out(order(tmp_path, repeats=2))
    assert [len(capacity.searches_of(name)) for name in NAMES] == [1, 2]
    assert "a, search 1 of 2: not even the first load, so there is no further search" in out
    assert "a does not hold even 2 people" in capacity.headline and "b holds 11 people" in capacity.headline


def test_search_that_comes_to_the_most_claims_no_capacity(executions: Executions, tmp_path: Path) -> None:
    _, capacity, _ = carried_out(order(tmp_path, most=8))
    assert "b holds at least 8 people" in capacity.headline and "a holds 6 people" in capacity.headline


def test_real_model_is_not_searched_without_caps(
    executions: Executions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(make_module, "speaks_to_fake", lambda target, allow_real_model, auth: False)
    for caps, complaint in (
        (NO_CAPS, "takes --max-sessions N and --max-turns N"),
        (Caps(max_turns=100), "takes --max-sessions N and --max-turns N"),
        (Caps(max_sessions=39, max_turns=100), "--most 40 is above --max-sessions 39: search among fewer people"),
    ):
        with pytest.raises(BenchError, match=complaint):
            carried_out(order(tmp_path, caps=caps))
    assert not executions.done and not list(tmp_path.iterdir())


def test_search_ends_with_its_turns_and_judges_no_probe_that_this_cut_short(
    executions: Executions, tmp_path: Path
) -> None:
    folder, capacity, out = carried_out(order(tmp_path, caps=Caps(max_turns=3 * TURNS)))
    assert [planned.max_turns for planned in executions.done] == [3 * TURNS, 2 * TURNS, TURNS]
    assert len(capacity.probes) == 2 and not capacity.complete
    assert capacity.caps and capacity.caps.turns_begun == 3 * TURNS
    assert capacity.ended_because == "the 240 turns of --max-turns were used up" in out
    assert len(list(store.read_turns(folder, pytest.fail))) == 3 * TURNS
    (why,) = [reason.message for reason in capacity.validity.reasons if reason.check == "complete"]
    assert why.startswith("the 240 turns of --max-turns were used up before its last search had come to an end; allow")
    assert "**Incomplete**: the 240 turns" in (folder / "summary.md").read_text()
    assert exit_code(capacity) == INCONCLUSIVE


def test_probe_that_left_no_record_may_have_begun_all_the_turns_there_were(
    executions: Executions, tmp_path: Path
) -> None:
    executions.ends = {2: lambda planned: BenchError("the load did not end")}
    _, capacity, _ = carried_out(order(tmp_path, caps=Caps(max_turns=10 * TURNS)))
    assert [probe.answer for probe in capacity.probes][1:] == ["spoiled"]
    assert capacity.ended_because and capacity.caps and capacity.caps.turns_begun == 10 * TURNS
