import os
import subprocess
import sys
from dataclasses import replace

import pytest

from bench.doctor import second
from bench.doctor.machine import Process
from bench.doctor.second import Counters, compare, read_counters, shown_as
from tests.waiting import wait_until

BEFORE = Counters(
    at=100.0,
    wall_less_steady=5000.0,
    computed=70.0,
    stolen=3.0,
    swapped_bytes=1000,
    own=1.0,
    processes={(7, 1.0): 10.0, (8, 2.0): 20.0},
)


def after(**changes):
    return replace(BEFORE, at=102.0, **changes)


def test_share_of_the_others_is_without_ours():
    looked_on = compare(BEFORE, after(computed=71.5, own=1.5), 2, {})
    assert looked_on.others_share == pytest.approx(1.0 / 4)


def test_busiest_come_first_and_who_rests_is_left_out():
    processes = {(7, 1.0): 10.5, (8, 2.0): 20.01, (9, 101.0): 1.0}
    looked_on = compare(BEFORE, after(processes=processes), 2, {7: "cat", 9: "cc1"})
    assert looked_on.busiest == (Process(9, "cc1", 0.5), Process(7, "cat", 0.25))


def test_new_process_under_an_old_number_is_not_taken_for_the_old_one():
    looked_on = compare(BEFORE, after(processes={(8, 101.0): 1.0}), 2, {8: "new"})
    assert looked_on.busiest == (Process(8, "new", 0.5),)


def test_steal_swapping_and_steps_are_differences():
    looked_on = compare(BEFORE, after(stolen=3.5, swapped_bytes=1500, wall_less_steady=4999.5), 2, {})
    assert looked_on.steal_share == 0.25
    assert looked_on.swapped_bytes == 500
    assert looked_on.clock_step_seconds == -0.5


def test_sandbox_that_counts_nothing_leaves_processor_time_unknown():
    looked_on = compare(replace(BEFORE, computed=None, stolen=None), after(computed=None, stolen=None), 2, {})
    assert not looked_on.counts_processor_time
    assert looked_on.others_share is None
    assert looked_on.steal_share is None


def computed_by(pid: int) -> float:
    return sum(seconds for (other, _), seconds in read_counters(frozenset()).processes.items() if other == pid)


def test_process_that_computes_is_seen():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        try:
            wait_until(lambda: computed_by(busy.pid) > 0.2, "its processor time is counted")
        finally:
            busy.kill()


def test_we_are_none_of_the_others():
    assert os.getpid() not in {pid for pid, _ in read_counters(frozenset()).processes}


@pytest.mark.parametrize(
    ("name", "command", "shown"),
    [
        ("cc1", ["cc1", "-quiet"], "cc1"),
        ("python3", ["/usr/bin/python3", "-m", "http.server", "secret"], "python3 -m http.server"),
        ("python3", ["/usr/bin/python3", "-m", "servers.fake_gemini"], "fake Gemini"),
        ("kworker/0", [], "kworker/0"),
    ],
)
def test_processes_are_named_so_that_one_knows_them(name, command, shown):
    assert shown_as(name, command) == shown


def test_it_looks_on_for_as_long_as_it_says(monkeypatch):
    waited = []
    monkeypatch.setattr(second.time, "sleep", waited.append)
    assert second.watch(frozenset()).swapped_bytes >= 0
    assert waited == [second.SECONDS]
