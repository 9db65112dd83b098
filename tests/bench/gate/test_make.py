import contextlib
import io
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up_gate import CPU, MadeUpBlocks, begun
from made_up_project import IDENTITY, project, state
from rich.console import Console

from bench import cores
from bench.errors import BenchError
from bench.gate import folder as results, make as make_module
from bench.gate.blocks import WARM_UP
from bench.gate.display import Display
from bench.gate.make import Order, Wanted, carry_out, differing, make
from bench.gate.measure import Until
from bench.gate.record import BASE, HEAD, Gate
from bench.results import Trial
from bench.targets import resolve


def display() -> Display:
    return Display(Console(file=io.StringIO(), width=200))


def carried_out(blocks: MadeUpBlocks, **fields) -> Gate:
    gate = carry_out(begun(**fields), blocks, Until(20), display())
    assert results.read(blocks.folder) == gate
    return gate


def test_gate_is_stored_after_every_block_and_drawn_at_its_end(tmp_path):
    stored = []

    class Watched(MadeUpBlocks):
        def measure(self, block, order):
            if (self.folder / "gate.json").exists():
                stored.append((block, len(results.read(self.folder).trials)))
            assert not (self.folder / "gate.md").exists()
            return super().measure(block, order)

    gate = carried_out(Watched(tmp_path))
    assert stored == [(block, 2 * (block - 1)) for block in range(2, 13)]
    assert gate.verdict == "PASS" and gate.complete and gate.finished_at
    assert {path.name for path in tmp_path.iterdir()} == {"gate.json", "gate.md", "junit.xml", "charts"}


@pytest.mark.parametrize(("block", "looks"), [(1, 0), (4, 0), (15, 1)])
def test_what_was_measured_before_ctrl_c_is_kept_and_is_no_verdict(block, looks, tmp_path):
    unclear = {"ratios": {CPU: 1.08}, "noise": 0.05}
    gate = carried_out(MadeUpBlocks(tmp_path, **unclear, ends={block: KeyboardInterrupt()}))
    assert len(gate.trials) == 2 * (block - 1) and len(gate.looks) == looks
    assert not gate.complete and gate.verdict in ("INVALID", "INCONCLUSIVE") and gate.finished_at
    assert "ended before it came to a decision" in (tmp_path / "gate.md").read_text()
    assert (tmp_path / "charts").exists() is bool(looks)


def test_error_in_mid_gate_keeps_what_was_measured(tmp_path):
    blocks = MadeUpBlocks(tmp_path, ends={4: BenchError("base: the fake Gemini no longer answers")})
    with pytest.raises(BenchError, match="no longer answers"):
        carry_out(begun(), blocks, Until(20), display())
    gate = results.read(tmp_path)
    assert len(gate.trials) == 6 and not gate.complete and gate.verdict == "INVALID" and gate.finished_at


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_it_is_drawn_is_held_back_until_the_folder_is_whole(ending, tmp_path, monkeypatch):
    draw, whole = results.draw, {"gate.json", "gate.md", "junit.xml", "charts"}

    def interrupted(folder, gate):
        signal.raise_signal(ending)
        draw(folder, gate)

    def heed(number, frame):
        assert {path.name for path in tmp_path.iterdir()} == whole
        raise KeyboardInterrupt

    monkeypatch.setattr(results, "draw", interrupted)
    before = signal.signal(ending, heed)
    try:
        with pytest.raises(KeyboardInterrupt):
            carry_out(begun(), MadeUpBlocks(tmp_path), Until(20), display())
    finally:
        signal.signal(ending, before)
    gate = results.read(tmp_path)
    assert gate.verdict == "PASS" and gate.complete and {path.name for path in tmp_path.iterdir()} == whole


def test_packages_that_differ_are_told_with_both_versions():
    base, head = {"a": "1", "b": "1", "gone": "3"}, {"a": "1", "b": "2", "new": "4"}
    assert differing(base, head) == {"b": ("1", "2"), "gone": ("3", None), "new": (None, "4")}
    assert differing(base, base) == {}


def test_machine_with_one_core_is_refused(monkeypatch):
    monkeypatch.setattr(make_module, "share_out_machine", lambda: cores.share_out(frozenset({0}), {}))
    with pytest.raises(BenchError, match="a gate takes 2 cores"):
        make_module.check_cores()


class Made(MadeUpBlocks):
    """Whose servers say the builds that they have to."""

    def measure(self, block, order) -> list[Trial]:
        gate = results.read(self.folder)
        builds = {BASE: gate.base.build, HEAD: gate.head.build}
        trials = super().measure(block, order)
        return [trial.model_copy(update={"build": builds[trial.target]}) for trial in trials]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """In which a gate with made-up measurements can be carried out; and nothing of it has changed afterwards."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    repository = project(tmp_path / "project")
    two = cores.Cores(frozenset({0}), frozenset({0}))
    monkeypatch.setattr(make_module, "running_project", lambda: repository)
    monkeypatch.setattr(make_module, "environment_for", lambda lock, say: Path(sys.executable))
    monkeypatch.setattr(make_module, "packages_of", lambda python: {})
    monkeypatch.setattr(make_module, "share_out_machine", lambda: two)
    monkeypatch.setattr(make_module, "measuring", lambda *_: contextlib.nullcontext())
    before = state(repository)
    yield repository
    assert state(repository) == before


def whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, kind: type[Made] = Made, base="first", **fields):
    """A gate of the throw-away project; `same` where the base is compared with itself."""
    ends = fields.pop("ends", {})
    monkeypatch.setattr(
        make_module, "Blocks", lambda bench, folder, case, targets, seed, watch: kind(folder, ends=ends)
    )
    same = fields.pop("same", False)
    wanted = Wanted(20, None, ["lost_turns"], 7, tmp_path / "results", "live-bench gate")
    order = Order(base, base if same else "third", same, resolve(["quart"])[0], wanted)
    return make(order, display())


def test_whole_gate_notes_both_revisions(repository, tmp_path, monkeypatch):
    folder, gate = whole(monkeypatch, tmp_path)
    assert gate.verdict == "PASS" and gate == results.read(folder)
    assert (gate.kind, gate.base.ref, gate.head.ref) == ("revisions", "first", "third")
    assert gate.base.build != gate.head.build and gate.base.commit != gate.head.commit
    assert (gate.seed, gate.blocks_planned, gate.accepted, gate.fake_profile) == (7, 20, ["lost_turns"], "brisk")
    assert (tmp_path / "results" / "latest").resolve() == folder


def test_worktrees_lie_in_one_folder_directly_in_the_temporary_one(repository, tmp_path, monkeypatch):
    """Where the next gate finds what a killed one left."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    found = []

    class Watched(Made):
        def measure(self, block, order):
            found.append([path.relative_to(temporary).parts for path in temporary.glob("**/servers")])
            return super().measure(block, order)

    whole(monkeypatch, tmp_path, kind=Watched)
    for trees in found:
        assert len(trees) == 2 and all(len(parts) == 3 for parts in trees)
    assert found and list(temporary.iterdir()) == []


def test_revision_compared_with_itself_is_of_another_kind(repository, tmp_path, monkeypatch):
    _, gate = whole(monkeypatch, tmp_path, same=True)
    assert gate.kind == "same" and gate.base.build == gate.head.build and gate.verdict == "PASS"


def test_gate_that_reads_one_arm_twice_is_invalid(repository, tmp_path, monkeypatch):
    class Blind(Made):
        def measure(self, block, order):
            trials = super().measure(block, order)
            (base,) = [trial for trial in trials if trial.target == BASE]
            return [trial.model_copy(update={"build": base.build}) for trial in trials]

    _, gate = whole(monkeypatch, tmp_path, kind=Blind)
    assert gate.verdict == "INVALID" and "the arms are mixed up" in gate.headline


def test_head_that_does_not_start_is_told_and_leaves_no_worktree(repository, tmp_path, monkeypatch):
    ends = {WARM_UP: BenchError("head: the server ended with exit code 1 before it was ready")}
    with pytest.raises(BenchError, match=r"^head: the server ended with exit code 1 before it was ready$"):
        whole(monkeypatch, tmp_path, ends=ends)
    (folder,) = [path for path in (tmp_path / "results").iterdir() if not path.is_symlink()]
    assert results.read(folder).verdict == "INVALID" and not results.read(folder).complete


def test_ctrl_c_leaves_no_worktree(repository, tmp_path, monkeypatch):
    folder, gate = whole(monkeypatch, tmp_path, ends={3: KeyboardInterrupt()})
    assert not gate.complete and len(gate.trials) == 4 and (folder / "gate.md").exists()


def test_revision_that_does_not_exist_leaves_no_folder(repository, tmp_path, monkeypatch):
    with pytest.raises(BenchError, match="'nowhere' as the base is no commit in"):
        whole(monkeypatch, tmp_path, base="nowhere")
    assert not (tmp_path / "results").exists()
