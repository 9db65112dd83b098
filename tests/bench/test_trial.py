"""A trial that is served from another tree: with a fault on purpose, and with one that nobody asked for."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import QUART

import servers
from bench.cores import Cores
from bench.errors import BenchError
from bench.execution import Execution
from bench.fake import FakeGemini
from bench.installation import Installation
from bench.plan import Planned
from bench.profile import CasePlan
from bench.trial import Bench, execute
from loadtests.support.turn import Turn
from servers.settings import build_of

pytestmark = pytest.mark.e2e

NO_CORES: frozenset[int] = frozenset()
HEAD = QUART.model_copy(update={"name": "head", "deployment": "quart"})
CASE = CasePlan(
    scenario="latency",
    sessions=2,
    trials=1,
    warm_up_seconds=0.3,
    window_seconds=1.2,
    options={"think-seconds": 0.05},
)
LOSS = {"SERVERS_INJECT": "drop=1"}


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeGemini]:
    with FakeGemini("fast", 1, tmp_path_factory.mktemp("fake"), NO_CORES) as fake:
        yield fake


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    shutil.copytree(Path(servers.__file__).parent, folder / "servers", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def executed(installation: Installation, fake: FakeGemini, logs: Path) -> Execution:
    cores = Cores(NO_CORES, NO_CORES)
    bench = Bench(fake, cores, logs, objective_seconds=2.5, tags=True, installations={HEAD.name: installation})
    return execute(Planned(1, 1, CASE, HEAD.name, 1), HEAD, bench, lambda _: None)


def test_fault_of_an_installation_is_in_its_server_and_in_no_one_else_s(
    tree: Path, fake: FakeGemini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVERS_INJECT", "sleep=60s")
    execution = executed(Installation(tree, Path(sys.executable), LOSS), fake, tmp_path / "logs")
    assert execution.build == build_of(tree / "servers")
    turns = [line for process in execution.processes for line in process if isinstance(line, Turn)]
    ended = [turn for turn in turns if turn.outcome != "unfinished"]
    assert ended and not any(turn.chunks_at for turn in ended)


def test_code_that_has_a_fault_by_itself_is_not_measured(tree: Path, fake: FakeGemini, tmp_path: Path) -> None:
    settings = tree / "servers" / "settings.py"
    settings.write_text(settings.read_text().replace("**injected,", '"injected": "drop=1",'))
    with pytest.raises(BenchError, match=r"has a fault injected \(drop=1\) that nobody asked for"):
        executed(Installation(tree, Path(sys.executable)), fake, tmp_path / "logs")
