import pytest
from made_up_gate import MEMORY, without
from made_up_selftest import CHUNK, arm_trial

from bench.gate.command import ACCEPTABLE
from bench.gate.record import BASE
from bench.results import Statistics
from bench.selftest.faults import FAULTS, SAME
from servers.injection import read_injection

BY_NAME = {fault.name: fault for fault in FAULTS}


def base(**numbers):
    trial = arm_trial(BASE, 0, {})
    return trial.model_copy(
        update={"metrics": {name: Statistics(count=1, values={"value": value}) for name, value in numbers.items()}}
    )


def test_faults_scale_with_what_the_base_costs():
    usual = base(cpu_seconds_per_chunk=0.0005, memory_bytes_per_session=200_000.0)
    assert BY_NAME["cpu"].injected([usual]) == "cpu=150us"
    assert BY_NAME["memory"].injected([usual]) == "memory=100kB"
    twice = base(cpu_seconds_per_chunk=0.001, memory_bytes_per_session=400_000.0)
    assert BY_NAME["cpu"].injected([twice]) == "cpu=300us"
    assert BY_NAME["memory"].injected([twice]) == "memory=200kB"


def test_of_several_trials_the_one_in_the_middle_says_how_large_a_fault_is():
    trials = [base(cpu_seconds_per_chunk=cost) for cost in (0.009, 0.0005, 0.0001)]
    assert BY_NAME["cpu"].injected(trials) == "cpu=150us"


@pytest.mark.parametrize("name", ["sleep", "drop"])
def test_others_are_of_one_size(name):
    usual, hungry = arm_trial(BASE, 0, {}), arm_trial(BASE, 1, {MEMORY: 9.0})
    assert BY_NAME[name].injected([usual]) == BY_NAME[name].injected([hungry])


def test_where_the_base_has_no_value_next_to_nothing_is_put_in():
    for unknown in (
        without(MEMORY, range(9), [BASE])(without(CHUNK, range(9), [BASE])(arm_trial(BASE, 0, {}))),
        base(cpu_seconds_per_chunk=None, memory_bytes_per_session=None),
        base(cpu_seconds_per_chunk=0.0, memory_bytes_per_session=0.0),
    ):
        assert BY_NAME["cpu"].injected([unknown]) == "cpu=1us"
        assert BY_NAME["memory"].injected([unknown]) == "memory=1kB"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_servers_take_what_is_put_in_and_it_shows_in_what_is_gated(fault):
    written = fault.injected([arm_trial(BASE, 0, {})])
    if fault.name == SAME:
        assert written == "" and fault.shows_in is None
    else:
        assert read_injection(written).written == written and fault.shows_in in ACCEPTABLE


def test_each_fault_has_a_name_of_its_own():
    assert len(BY_NAME) == len(FAULTS)
