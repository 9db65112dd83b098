import contextlib
import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from made_up_gate import CPU, spoiled, to, without
from made_up_selftest import ARMS, FOUND, arm_trial, without_fault, wrong
from rich.console import Console

from bench.cores import Cores
from bench.errors import BenchError
from bench.gate.blocks import WARM_UP
from bench.gate.record import BASE
from bench.results import Trial
from bench.selftest import make as make_module
from bench.selftest.command import code_of
from bench.selftest.display import Display
from bench.selftest.faults import BLIND, FAULTS, SAME
from bench.selftest.make import SERVERS, WARM_UPS, Order, make, two_builds
from bench.selftest.record import SelfTest
from bench.targets import resolve
from bench.trial import Bench
from servers.settings import build_of

TWO = Cores(frozenset({0}), frozenset({0}))


@dataclass
class Measured:
    """What was measured of a self-test, and how it goes."""

    change: Callable[[Trial], Trial] = lambda trial: trial
    found: Any = field(default_factory=lambda: FOUND)
    ends: dict[int, BaseException] = field(default_factory=dict)
    orders: list[tuple[int, list[str]]] = field(default_factory=list)
    injected: dict[str, str] = field(default_factory=dict)
    trees: set[Path] = field(default_factory=set)


@dataclass(frozen=True)
class MadeUpBlocks:
    """Stands in for what takes time; servers say the build that the tree they are served from has."""

    bench: Bench
    folder: Path
    case: object
    targets: dict[str, object]
    seed: int
    watch: object
    measured: Measured

    def measure(self, block: int, order: Sequence[str]) -> list[Trial]:
        self.measured.orders.append((block, list(order)))
        if block in self.measured.ends:
            raise self.measured.ends[block]
        return [self.measured.change(self._trial(arm, block)) for arm in order]

    def _trial(self, arm: str, block: int) -> Trial:
        assert self.targets[arm].name in ("quart", "flask")
        served = self.bench.installations[arm]
        self.measured.injected[arm] = served.injected
        self.measured.trees.add(served.tree)
        trial = arm_trial(arm, block, self.measured.found.get(arm, {}))
        return trial.model_copy(update={"build": build_of(served.tree / "servers"), "injected": served.injected})


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """A whole self-test in which only what takes time is made up."""
    monkeypatch.setattr(make_module, "check_cores", lambda: TWO)

    def measuring(profile, seed, folder, cores, installations):
        return contextlib.nullcontext(Bench(None, cores, folder / "logs", 1.0, tags=True, installations=installations))

    def call(measured: Measured, blocks=10, target="quart") -> tuple[Path, SelfTest]:
        monkeypatch.setattr(make_module, "measuring", measuring)
        monkeypatch.setattr(make_module, "Blocks", lambda *given: MadeUpBlocks(*given, measured))
        order = Order(resolve([target])[0], blocks, 3, tmp_path, "live-bench selftest")
        folder, test = make(order, Display(Console(file=io.StringIO(), width=200)))
        stored = SelfTest.model_validate_json((folder / "selftest.json").read_text())
        assert stored == test and test.finished_at
        return folder, test

    return call


def test_every_fault_is_measured_in_every_block_and_the_blind_gate_last(whole):
    measured = Measured()
    folder, test = whole(measured)
    assert test.green and wrong(test) == [] and test.complete
    assert measured.orders[0] == (WARM_UP, [BASE] * WARM_UPS) and measured.orders[-1] == (11, [BASE, BLIND])
    assert [block for block, _ in measured.orders[1:-1]] == list(range(1, 11))
    assert all(sorted(order) == sorted(ARMS) for _, order in measured.orders[1:-1])
    assert len(list(groupby(order for _, order in measured.orders[1:-1]))) == 10
    assert all(
        one == other[::-1]
        for (_, one), (_, other) in zip(measured.orders[1:-1:2], measured.orders[2:-1:2], strict=True)
    )
    assert {path.name for path in folder.iterdir()} == {"selftest.json", "selftest.md", "charts"}
    assert (test.base.build, test.head.build) == tuple(
        next(trial.build for trial in test.trials if trial.target == arm) for arm in (BASE, SAME)
    )


def test_faults_are_as_large_as_the_warm_up_says_and_the_same_code_has_none(whole):
    measured = Measured()
    whole(measured)
    assert set(measured.injected) == {*ARMS, BLIND}
    assert {measured.injected[arm] for arm in (BASE, SAME, BLIND)} == {""}
    usual = arm_trial(BASE, WARM_UP, {})
    assert measured.injected == {**dict.fromkeys((BASE, BLIND), ""), **{f.name: f.injected([usual]) for f in FAULTS}}


def test_fault_whose_base_value_is_unknown_is_next_to_nothing_and_so_not_proved(whole):
    measured = Measured(change=without("cpu_seconds_per_chunk value", [WARM_UP], [BASE]), found=without_fault("cpu"))
    _, test = whole(measured)
    assert measured.injected["cpu"] == "cpu=1us" and wrong(test) == ["cpu"] and code_of(test) == 1


def test_record_grows_block_by_block(whole, tmp_path):
    stored = []

    def look(trial):
        if trial.trial != WARM_UP and trial.target == BASE:
            (folder,) = tmp_path.iterdir()
            record = SelfTest.model_validate_json((folder / "selftest.json").read_text())
            stored.append((trial.trial, len(record.trials), record.complete))
            assert not (folder / "selftest.md").exists()
        return trial

    whole(Measured(change=look))
    assert stored == [(block, len(ARMS) * (block - 1), False) for block in range(1, 12)]


def test_spoiled_blocks_are_measured_anew(whole):
    measured = Measured(change=spoiled([2, 5], "memory"))
    _, test = whole(measured)
    assert [block for block, _ in measured.orders][1:-1] == list(range(1, 13))
    assert test.green and code_of(test) == 0


def test_at_most_half_as_many_more_are_measured_and_then_nothing_is_said(whole):
    measured = Measured(change=spoiled(range(1, 99), "memory"))
    _, test = whole(measured)
    assert [block for block, _ in measured.orders][1:-1] == list(range(1, 16))
    assert test.complete and not test.green and wrong(test) == ["memory"] and code_of(test) == 3


def test_blind_gate_whose_server_did_not_start_is_measured_again(whole):
    """Of one that never ran no build is known, so that nothing could be caught."""
    measured = Measured(change=to(BLIND, [11], window_seconds=0.0, metrics={}))
    _, test = whole(measured)
    assert [block for block, order in measured.orders if BLIND in order] == [11, 12] and test.green
    never = Measured(change=to(BLIND, range(99), window_seconds=0.0, metrics={}))
    _, test = whole(never)
    assert [block for block, order in never.orders if BLIND in order] == [11, 12, 13]
    assert wrong(test) == [BLIND] and code_of(test) == 1


def test_gate_that_misses_a_fault_is_red(whole):
    _, test = whole(Measured(found=without_fault("sleep")))
    assert wrong(test) == ["sleep"] and code_of(test) == 1


def test_false_alarm_is_red(whole):
    _, test = whole(Measured(found={**FOUND, SAME: {CPU: 1.5}}))
    assert wrong(test) == [SAME] and code_of(test) == 1


@pytest.mark.parametrize("block", [WARM_UP, 1, 7, 11])
def test_ctrl_c_keeps_what_was_measured_and_is_not_green(whole, block):
    measured = Measured(ends={block: KeyboardInterrupt()})
    folder, test = whole(measured)
    assert len(test.trials) == len(ARMS) * max(0, block - 1)
    assert not test.complete and not test.green and code_of(test) == 130
    assert "ended before all was measured" in (folder / "selftest.md").read_text()
    assert not any(tree.exists() for tree in measured.trees)


def test_error_keeps_what_was_measured_and_leaves_no_trees(whole, tmp_path):
    measured = Measured(ends={4: BenchError("base: the fake Gemini no longer answers")})
    with pytest.raises(BenchError, match="no longer answers"):
        whole(measured)
    (folder,) = tmp_path.iterdir()
    test = SelfTest.model_validate_json((folder / "selftest.json").read_text())
    assert len(test.trials) == 3 * len(ARMS) and not test.complete and test.finished_at
    assert measured.trees and not any(tree.exists() for tree in measured.trees)


def test_blocking_server_takes_the_faults_too(whole):
    _, test = whole(Measured(), target="flask")
    assert test.green and test.target.name == "flask"
    (sleep,) = [check for check in test.checks if check.fault == "sleep"]
    assert sleep.injected == "sleep=3ms" and sleep.proved


def test_two_builds_are_the_running_code_but_for_their_names_and_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with two_builds() as trees:
        builds = [build_of(tree / SERVERS.name) for tree in trees]
        assert len({*builds, build_of(SERVERS)}) == 2 and builds[0] == build_of(SERVERS)
        differing = [
            path.name for path in SERVERS.rglob("*.py")
            if len({(tree / SERVERS.name / path.relative_to(SERVERS)).read_text() for tree in trees}) > 1
        ]  # fmt: skip
        assert differing == ["packets.py"]
        assert trees[0].parent.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_two_builds_are_gone_after_an_error_too(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt), two_builds():
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
