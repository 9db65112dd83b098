import os
import sys
from pathlib import Path

import psutil
import pytest

from bench.cores import held_to, parse_list, pin, read_siblings, share_out, share_out_machine, usable_cores
from bench.processes import Command


def test_server_and_load_never_share_a_core() -> None:
    cores = share_out(frozenset({2, 5, 7}), {})
    assert cores.server == {2}
    assert cores.load == {5, 7}


def test_load_has_all_cores_where_no_server_runs_here() -> None:
    cores = share_out_machine(with_server=False)
    assert (cores.server, cores.load) == (frozenset(), usable_cores())
    assert cores.as_pinning() == {}
    assert cores.in_use(with_server=False) == usable_cores()


def threads_of(*physical: set[int]) -> dict[int, frozenset[int]]:
    return {core: frozenset(threads) for threads in physical for core in threads}


def test_server_has_a_physical_core_to_itself_where_the_load_has_another() -> None:
    cores = share_out(frozenset(range(4)), threads_of({0, 2}, {1, 3}))
    assert (cores.server, cores.load, cores.idle) == ({0}, {1, 3}, {2})
    assert cores.as_pinning() == {"server": [0], "load and fake": [1, 3], "left idle": [2]}


def test_on_one_physical_core_the_load_takes_the_other_hardware_thread() -> None:
    cores = share_out(frozenset({0, 1}), threads_of({0, 1}))
    assert (cores.server, cores.load, cores.idle) == ({0}, {1}, set())


def test_two_physical_cores_of_one_thread_each_are_both_used() -> None:
    cores = share_out(frozenset({0, 1}), threads_of({0}, {1}))
    assert (cores.server, cores.load, cores.idle) == ({0}, {1}, set())


def test_sibling_that_we_may_not_use_is_not_left_idle_by_us() -> None:
    cores = share_out(frozenset({0, 1}), threads_of({0, 2}, {1, 3}))
    assert cores.as_pinning() == {"server": [0], "load and fake": [1]}


@pytest.mark.parametrize(
    ("text", "cores"), [("0\n", {0}), ("0-1\n", {0, 1}), ("0,4", {0, 4}), ("0-1,8-9\n", {0, 1, 8, 9})]
)
def test_lists_of_cores_are_read_as_the_kernel_writes_them(text: str, cores: set[int]) -> None:
    assert parse_list(text) == cores


def test_siblings_of_a_core_the_system_is_silent_about_are_unknown(tmp_path: Path) -> None:
    for core, text in ((0, "0-1\n"), (1, "nonsense")):
        folder = tmp_path / f"cpu{core}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(text)
    assert read_siblings(frozenset({0, 1, 2}), tmp_path) == {0: {0, 1}}


@pytest.mark.parametrize("available", [frozenset(), frozenset({3})])
def test_with_fewer_than_two_cores_nothing_is_pinned(available: frozenset[int]) -> None:
    cores = share_out(available, {})
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
