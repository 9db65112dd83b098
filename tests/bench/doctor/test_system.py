import pytest
from made_up_machine import machine

from bench.doctor import system
from bench.doctor.machine import Leftover

GB = 10**9


@pytest.mark.parametrize(
    ("judge", "changes", "found"),
    [
        (system.descriptors, {}, "hard limit 1,048,576, soft 1,024 (raised as needed)"),
        (system.descriptors, {"descriptors_hard": 50_200, "descriptors_soft": 50_200}, "hard limit 50,200"),
        (system.descriptors, {"descriptors_hard": None}, "no hard limit"),
        (system.memory, {}, "16 GB available"),
        (system.swap, {}, "none"),
        (system.swap, {"swap_bytes": 2 * GB}, "2 GB, unused"),
        (system.clock_source, {}, "tsc, 50 ns a reading"),
        (system.clock_source, {"clock_source": None}, "50 ns a reading"),
        (system.clock_steps, {"clock_step_seconds": -0.0009}, "none within a second"),
        (system.leftovers, {}, "none"),
    ],
)
def test_what_spoils_nothing_is_fine(judge, changes, found):
    said = judge(machine(**changes))
    assert (said.verdict, said.found, said.mend) == ("fine", found, "")


@pytest.mark.parametrize(
    ("judge", "changes", "verdict", "found", "mend"),
    [
        (
            *(system.swap, {"swap_bytes": 4 * GB, "swap_used_bytes": GB}, "spoils some"),
            *("1 GB in use, swappiness 60", "sudo swapoff -a"),
        ),
        (
            *(system.swap, {"swap_used_bytes": GB, "memory_available_bytes": GB, "swappiness": None}, "spoils some"),
            *("1 GB in use", "--sort=-rss"),
        ),
        (
            *(system.swap, {"swap_used_bytes": GB, "swapped_bytes": 40_000_000}, "spoils some"),
            *("1 GB in use, 40 MB moved within a second", "sudo swapoff -a"),
        ),
        (
            *(system.clock_source, {"clock_source": "hpet"}, "spoils some", "hpet, 50 ns"),
            "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource",
        ),
        (
            *(system.clock_source, {"clock_source": "jiffies", "clock_sources": ("jiffies", "kvm-clock")}),
            *("spoils all", "jiffies", "echo kvm-clock |"),
        ),
        (
            *(system.clock_source, {"clock_source": "new", "clock_sources": ("new",), "clock_read_seconds": 3e-6}),
            *("spoils some", "new, 3000 ns a reading", "a quicker clock"),
        ),
        (
            *(system.clock_steps, {"clock_step_seconds": -0.25}, "spoils some", "-0.25 s within a second"),
            "timedatectl set-ntp true",
        ),
    ],
)
def test_what_spoils_something_is_told_with_its_number_and_what_mends_it(judge, changes, verdict, found, mend):
    said = judge(machine(**changes))
    assert said.verdict == verdict
    assert said.found.startswith(found)
    assert mend in said.mend
    assert said.effect


@pytest.mark.parametrize(
    ("people", "verdict", "effect"),
    [
        (5000, "fine", ""),
        (4999, "spoils some", "every profile has fewer, but with more a run is refused"),
        (400, "spoils some", "every profile has fewer"),
        (399, "spoils some", "the largest profile has 400, and a run is refused"),
        (100, "spoils some", "the largest profile has 400"),
        (99, "spoils all", "every profile has at least 100, and a run is refused"),
    ],
)
def test_hard_limit_is_held_against_what_the_profiles_need_and_against_five_thousand(people, verdict, effect):
    said = system.descriptors(machine(descriptors_hard=people * 10 + 200))
    assert said.verdict == verdict
    assert said.effect.startswith(effect)
    if verdict != "fine":
        assert f"enough for {people:,} people" in said.found
        assert said.mend == "sudo prlimit --pid $$ --nofile=50200:50200"


def test_limit_below_what_nobody_needs_is_enough_for_no_people():
    assert "enough for 0 people" in system.descriptors(machine(descriptors_hard=64)).found


def test_elsewhere_the_limit_is_raised_by_the_shell():
    assert system.descriptors(machine(system="Darwin", descriptors_hard=256)).mend == "ulimit -Hn 50200"


@pytest.mark.parametrize(("available", "verdict"), [(10 * GB, "fine"), (GB, "spoils some"), (GB // 2, "spoils all")])
def test_memory_is_held_against_the_same_loads(available, verdict):
    assert system.memory(machine(memory_available_bytes=available)).verdict == verdict


def test_what_an_earlier_run_left_behind_is_ended_and_what_goes_on_is_waited_for():
    going_on, left = Leftover(12, "quart", orphaned=False), Leftover(34, "fake Gemini", orphaned=True)
    said = system.leftovers(machine(leftovers=(going_on, left)))
    assert (said.verdict, said.found, said.mend) == ("spoils some", "left behind: fake Gemini 34", "kill 34")
    said = system.leftovers(machine(leftovers=(going_on,)))
    assert (said.verdict, said.found) == ("spoils some", "a run goes on: quart 12")
    assert said.mend == "while ps -p 12 >/dev/null; do sleep 1; done"


def test_processes_of_one_name_are_told_together():
    found = tuple(Leftover(pid, name, orphaned=False) for pid, name in ((1, "quart"), (2, "load"), (3, "quart")))
    assert system.leftovers(machine(leftovers=found)).found == "a run goes on: quart 1 and 3, load 2"
