import os
import sys
from pathlib import Path

import psutil
import pytest

from bench.cores import held_to, pin, share_out, usable_cores
from bench.processes import Command


def test_server_and_load_never_share_a_core() -> None:
    cores = share_out(frozenset({2, 5, 7}))
    assert cores.server == {2}
    assert cores.load == {5, 7}


@pytest.mark.parametrize("available", [frozenset(), frozenset({3})])
def test_with_fewer_than_two_cores_nothing_is_pinned(available: frozenset[int]) -> None:
    cores = share_out(available)
    assert not cores.pinned
    assert cores.as_pinning() == {}


def test_a_pinned_command_runs_on_its_core_only(tmp_path: Path) -> None:
    core = min(usable_cores() or os.sched_getaffinity(0))
    with Command([sys.executable, "-c", "input()"], tmp_path / "log", cores=frozenset({core})) as command:
        assert psutil.Process(command.pid).cpu_affinity() == [core]


def test_pinning_to_nothing_changes_nothing() -> None:
    before = os.sched_getaffinity(0)
    pin(os.getpid(), frozenset())
    assert os.sched_getaffinity(0) == before


def test_this_process_is_let_back_to_where_it_was() -> None:
    before = os.sched_getaffinity(0)
    core = frozenset({min(before)})
    with held_to(core):
        assert os.sched_getaffinity(0) == core
    assert os.sched_getaffinity(0) == before
