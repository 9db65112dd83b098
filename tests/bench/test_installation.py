import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import servers
from bench.chat_server import free_port, wait_until_ready
from bench.installation import Installation
from bench.processes import Command
from servers.settings import build_id, build_of
from tests.waiting import wait_until

pytestmark = pytest.mark.e2e

GEMINI = {"GOOGLE_GEMINI_BASE_URL": "https://127.0.0.1:1"}
PYTHON = Path(sys.executable)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Another revision: the table of its deployments calls Quart otherwise."""
    tree = tmp_path / "tree"
    shutil.copytree(Path(servers.__file__).parent, tree / "servers", ignore=shutil.ignore_patterns("__pycache__"))
    table = tree / "servers" / "deployments.py"
    table.write_text(table.read_text().replace('name="quart"', 'name="quart-of-then"'))
    return tree


@contextmanager
def running(installation: Installation, tmp_path: Path, environment: dict[str, str] = GEMINI) -> Iterator[Any]:
    """What the Quart of an installation says of itself."""
    port = free_port()
    log = tmp_path / "logs" / "server.log"
    with installation.launch("quart-of-then", port, environment, log, frozenset()) as server:
        yield wait_until_ready(server, f"http://127.0.0.1:{port}", installation.injected)


def test_tree_s_own_code_is_served_as_its_own_table_says(tree: Path, tmp_path: Path) -> None:
    with running(Installation(tree, PYTHON), tmp_path) as health:
        assert (health["app"], health["build"]) == ("quart", build_of(tree / "servers"))
        assert health["build"] != build_id()


def test_deployment_that_the_tree_does_not_know_is_told_in_its_log(tree: Path, tmp_path: Path) -> None:
    with Installation(tree, PYTHON).launch("quart", free_port(), GEMINI, tmp_path / "log", frozenset()) as server:
        wait_until(lambda: server.exit_code == 2, "it has refused")
        assert "quart-of-then" in server.tail()


def test_shell_puts_neither_code_nor_a_fault_into_it(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "quart.py").write_text("raise SystemExit('this is the Quart of the shell')")
    monkeypatch.setenv("PYTHONPATH", str(elsewhere))
    monkeypatch.setenv("SERVERS_INJECT", "drop=3")
    with running(Installation(tree, PYTHON), tmp_path) as health:
        assert "injected" not in health


def test_its_own_environment_is_put_into_it_and_what_a_trial_needs_goes_before(tree: Path, tmp_path: Path) -> None:
    own = {"SERVERS_INJECT": "drop=3", "GEMINI_MODEL": "of-then", "GOOGLE_GEMINI_BASE_URL": "https://127.0.0.1:2"}
    with running(Installation(tree, PYTHON, own), tmp_path) as health:
        assert (health["injected"], health["model"]) == ("drop=3", "of-then")
        assert health["gemini"] == GEMINI["GOOGLE_GEMINI_BASE_URL"]


def test_its_interpreter_is_what_runs(tree: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@"\n')
    python.chmod(0o755)
    server: Command
    with Installation(tree, python).launch("quart", 8123, {}, tmp_path / "log", frozenset()) as server:
        wait_until(lambda: server.exit_code == 0, "it has ended")
        told = server.tail().splitlines()
    assert told == [str(tree), "-m", "servers", "quart", "--host", "127.0.0.1", "--port", "8123"]
