import io
import shutil
import sys
from pathlib import Path

import pytest
from rich.console import Console

import servers
from bench import store
from bench.cores import share_out_machine
from bench.environment import read_environment
from bench.fake import FakeGemini
from bench.gate import folder as results
from bench.gate.blocks import Blocks
from bench.gate.display import Display
from bench.gate.make import carry_out
from bench.gate.measure import Until
from bench.gate.record import BASE, HEAD, Arm, Gate
from bench.installation import Installation
from bench.profile import CasePlan
from bench.run import case_record
from bench.targets import resolve
from bench.trial import Bench
from servers.settings import build_of

pytestmark = pytest.mark.e2e

CASE = CasePlan(
    scenario="interruption",
    sessions=4,
    trials=1,
    warm_up_seconds=0.3,
    window_seconds=1.0,
    drain_seconds=5,
    options={"think-seconds": 0.05, "barge-in-within": 0.01},
)


def revision(folder: Path, comment: str) -> Path:
    """The servers as they are, but for a comment: enough for a build of its own."""
    shutil.copytree(Path(servers.__file__).parent, folder / "servers", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "servers" / "settings.py").open("a") as file:
        file.write(f"# {comment}\n")
    return folder


def test_block_of_two_revisions_is_measured_on_their_own_servers(tmp_path: Path) -> None:
    trees = {arm: revision(tmp_path / arm, f"the {arm}") for arm in (BASE, HEAD)}
    builds = {arm: build_of(tree / "servers") for arm, tree in trees.items()}
    assert len(set(builds.values())) == 2
    installations = {arm: Installation(tree, Path(sys.executable)) for arm, tree in trees.items()}
    folder, cores, (target,) = tmp_path / "results", share_out_machine(), resolve(["quart"])
    folder.mkdir()
    gate = Gate(
        id="small", started_at="2026-01-02T03:04:05Z", command="live-bench gate", kind="revisions", target=target,
        base=Arm(ref="base", build=builds[BASE]), head=Arm(ref="head", build=builds[HEAD]), seed=1,
        case=case_record(CASE), fake_profile="fast", environment=read_environment(cores), blocks_planned=1,
    )  # fmt: skip
    out = io.StringIO()
    display = Display(Console(file=out, width=200))
    with FakeGemini("fast", 1, folder / "logs", cores.load) as fake:
        bench = Bench(fake, cores, folder / "logs", 1.0, tags=True, installations=installations)
        blocks = Blocks(bench, folder, CASE, dict.fromkeys((BASE, HEAD), target), 1, display.watch)
        done = carry_out(gate, blocks, Until(1), display)
    assert {trial.target: trial.build for trial in done.trials if trial.trial == 1} == builds, out.getvalue()
    assert all(trial.turns.ok > 0 for trial in done.trials)
    assert not [reason for reason in done.reasons if reason.check == "arms"]
    # of one block nothing can be told; on a machine that is busy it may have been spoiled as well
    assert done.complete and done.verdict in ("INCONCLUSIVE", "INVALID")
    assert results.read(folder) == done
    assert {path.name for path in folder.iterdir()} >= {"gate.json", "gate.md", "junit.xml", "logs", "turns.ndjson.gz"}
    stored = {(line.trial, line.target) for line in store.read_turns(folder, pytest.fail)}
    assert stored >= {(0, BASE), (0, HEAD), (1, BASE), (1, HEAD)}
    assert "block 1: " in out.getvalue()
