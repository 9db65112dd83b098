import pytest
from made_up_machine import machine

from bench.doctor import processor
from bench.doctor.machine import Process

BUSY = Process(12, "cc1", 1.5), Process(34, "make", 0.25)


@pytest.mark.parametrize(
    ("judge", "changes", "found"),
    [
        (processor.cores, {"usable_cores": 2}, "2 usable"),
        (processor.physical_cores, {"physical_cores": 2}, "2 under 4 usable"),
        (processor.quota, {}, "none below the cores there are"),
        (processor.quota, {"quota_cores": 4.0}, "none below the cores there are"),
        (processor.governor, {}, "performance"),
        (processor.turbo, {}, "off"),
        (processor.others, {"others_share": 0.10}, "10 % of the cores"),
        (processor.load_average, {"load_average": 2.0}, "2.00 over a minute, with 4 cores usable"),
        (processor.steal, {"steal_share": 0.05}, "5 % of the cores"),
        (processor.accounting, {}, "counted"),
    ],
)
def test_what_spoils_nothing_is_fine(judge, changes, found):
    said = judge(machine(**changes))
    assert (said.verdict, said.found, said.mend) == ("fine", found, "")


@pytest.mark.parametrize(
    ("judge", "changes", "verdict", "found", "mend"),
    [
        (processor.cores, {"usable_cores": 1}, "spoils all", "1 usable of 4", "taskset -pc 0-3 $$"),
        (processor.cores, {"usable_cores": 1, "all_cores": 1}, "spoils all", "1 usable of 1", "two cores or more"),
        (processor.physical_cores, {"physical_cores": 1}, "spoils some", "1 under 4 usable", "two physical cores"),
        (processor.quota, {"quota_cores": 2.5}, "spoils some", "time of 2.5 cores, with 4", "docker update --cpus=4"),
        (processor.quota, {"quota_cores": 1.0}, "spoils all", "time of 1 core, with 4", "docker update --cpus=4"),
        (
            *(processor.governor, {"governors": frozenset({"powersave", "performance"})}, "spoils some"),
            *("performance, powersave", "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/"),
        ),
        (processor.turbo, {"turbo": True}, "spoils some", "on", "echo 1 | sudo tee"),
        (processor.others, {"others_share": 0.11, "busiest": BUSY}, "spoils some", "11 %", "ps -fp 12,34"),
        (processor.others, {"others_share": 0.11}, "spoils some", "11 %", "ps -eo pid,pcpu,args --sort=-pcpu"),
        (processor.others, {"others_share": 0.51, "busiest": BUSY}, "spoils all", "51 %", "ps -fp 12,34"),
        (processor.load_average, {"load_average": 2.1}, "spoils some", "2.10 over a minute", "uptime"),
        (processor.steal, {"steal_share": 0.06}, "spoils some", "6 % of the cores", "quieter host"),
        (processor.steal, {"steal_share": 0.21}, "spoils all", "21 % of the cores", "quieter host"),
        (
            *(processor.accounting, {"counts_processor_time": False}, "spoils some"),
            *("not counted, as in a sandboxed kernel", "--runtime=runc"),
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
    ("judge", "changes"),
    [
        (processor.physical_cores, {"physical_cores": None}),
        (processor.governor, {"governors": frozenset()}),
        (processor.turbo, {"turbo": None}),
        (processor.others, {"others_share": None}),
        (processor.load_average, {"load_average": None}),
        (processor.steal, {"steal_share": None}),
    ],
)
def test_what_the_system_does_not_tell_is_not_fine(judge, changes):
    said = judge(machine(**changes))
    assert said.verdict == "not known"
    assert "this system" in said.found


def test_the_three_busiest_are_named():
    many = (*BUSY, Process(56, "ld", 0.2), Process(78, "cat", 0.1))
    said = processor.others(machine(others_share=0.4, busiest=many))
    assert said.found == "40 % of the cores: cc1 12 (1.50 cores), make 34 (0.25 cores), ld 56 (0.20 cores)"


def test_one_core_has_no_second_physical_one_to_miss():
    assert processor.physical_cores(machine(usable_cores=1, physical_cores=1)).verdict == "fine"
