import os
import sys
from pathlib import Path

import psutil
import pytest

from bench.monitor import Monitor, Tree, look
from bench.processes import Command
from bench.steal import stolen_seconds
from tests.waiting import wait_until

PARENT = """
import os, subprocess, sys, threading, time
held = bytearray(80_000_000)
for page in range(0, len(held), 4096):
    held[page] = 1
files = [open(os.devnull) for _ in range(20)]
threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
child = subprocess.Popen([sys.executable, "-c", "print('child', flush=True)\\nwhile True: pass"], stdout=sys.stdout)
time.sleep(600)
"""


def test_a_sample_adds_up_the_whole_tree(tmp_path: Path) -> None:
    with Command([sys.executable, "-c", PARENT], tmp_path / "log") as command:
        wait_until(lambda: command.tail() == "child", "the child runs")
        sample = look(command.pid)
        assert sample is not None and sample.size is not None
        assert sample.size.processes == 2
        assert sample.size.threads == 3
        assert sample.size.descriptors >= 26
        assert sample.size.memory_bytes > 80_000_000
        assert sample.size.own_bytes > 80_000_000


def test_cpu_of_the_child_counts(tmp_path: Path) -> None:
    with Command([sys.executable, "-c", PARENT], tmp_path / "log") as command:
        wait_until(lambda: command.tail() == "child", "the child runs")
        parent = psutil.Process(command.pid)

        def spent() -> float:
            sample = look(parent.pid)
            assert sample is not None
            return sample.cpu_seconds

        before, own = spent(), sum(parent.cpu_times()[:2])
        wait_until(lambda: spent() > before + 0.1, "the child has spent a tenth of a second")
        assert sum(parent.cpu_times()[:2]) < own + 0.1


def test_a_tree_that_has_gone_gives_no_sample(tmp_path: Path) -> None:
    with Command([sys.executable, "-c", "input()"], tmp_path / "log") as command:
        pid = command.pid
    assert look(pid) is None


def test_a_monitor_samples_until_it_is_left_and_outlives_what_it_watches(tmp_path: Path) -> None:
    with (
        Command([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path / "log") as command,
        Monitor({"brief": command.pid, "ourselves": os.getpid()}, sized={"ourselves"}) as monitor,
    ):
        wait_until(lambda: len(monitor.samples["brief"]) >= 2, "it was seen twice")
        command.stop()
        seen = len(monitor.samples["brief"])
        ours = len(monitor.samples["ourselves"])
        wait_until(lambda: len(monitor.samples["ourselves"]) >= ours + 2, "sampling goes on")
        assert len(monitor.samples["brief"]) <= seen + 1
    moments = [sample.at for sample in monitor.samples["ourselves"]]
    assert moments == sorted(moments)
    assert monitor.samples["ourselves"][0].size is not None
    assert all(sample.size is None for sample in monitor.samples["brief"])


def test_a_child_that_ends_is_noticed_although_its_parent_lives_on(tmp_path: Path) -> None:
    with Command([sys.executable, "-c", PARENT], tmp_path / "log") as command:
        wait_until(lambda: command.tail() == "child", "the child runs")
        with Monitor({"server": command.pid}, sized={"server"}) as monitor:
            assert not monitor.lost_some("server")
            (child,) = psutil.Process(command.pid).children()
            child.kill()
            wait_until(lambda: monitor.lost_some("server"), "the loss is noticed")
        assert psutil.Process(command.pid).is_running()


def test_process_that_ends_while_it_is_looked_for_is_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Command([sys.executable, "-c", PARENT], tmp_path / "log") as command:
        wait_until(lambda: command.tail() == "child", "the child runs")
        tree = Tree(psutil.Process(command.pid))
        tree.count()
        assert len(tree.members) == 2 and not tree.lost
        monkeypatch.setattr(psutil.Process, "children", lambda *_, **__: [])
        tree.count()
        assert tree.lost


def test_what_a_hypervisor_takes_is_sampled_where_the_system_tells(tmp_path: Path) -> None:
    cores = frozenset(os.sched_getaffinity(0))
    with Monitor({"ourselves": os.getpid()}, sized=set(), cores=cores) as monitor:
        wait_until(lambda: len(monitor.samples["ourselves"]) >= 2, "two looks were taken")
    told = [sample.cpu_seconds for sample in monitor.stolen]
    assert told == sorted(told)
    assert bool(told) is (stolen_seconds(cores) is not None)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells whose memory is a file's")
def test_what_others_map_as_well_changes_nothing_about_what_is_its_own(tmp_path: Path) -> None:
    """Another process of the same interpreter shares its pages, and takes its part of them."""
    with Command([sys.executable, "-c", PARENT], tmp_path / "log") as command:
        wait_until(lambda: command.tail() == "child", "the child runs")
        alone = look(command.pid)
        with Command([sys.executable, "-c", PARENT], tmp_path / "other") as other:
            wait_until(lambda: other.tail() == "child", "another one runs")
            beside = look(command.pid)
    assert alone and alone.size and beside and beside.size
    assert beside.size.memory_bytes < alone.size.memory_bytes
    assert beside.size.own_bytes == pytest.approx(alone.size.own_bytes, rel=0.005)
