import pytest
from made_up_machine import machine

from bench.doctor.checks import CHECKS, examine, sentence, will_do

SWAPPING = {"swap_used_bytes": 10**9}
UNKNOWN = {"turbo": None}


def test_every_check_of_a_machine_without_fault_is_fine_in_the_order_of_the_table():
    looked = examine(machine())
    assert [one.check for one in looked] == list(CHECKS)
    assert {one.verdict for one in looked} == {"fine"}


def test_worst_comes_first():
    looked = examine(machine(usable_cores=1, backlog=5, **SWAPPING, **UNKNOWN))
    assert [(one.check, one.verdict) for one in looked[:5]] == [
        ("cores", "spoils all"),
        ("swap", "spoils some"),
        ("listen backlog", "spoils some"),
        ("turbo", "not known"),
        ("physical cores", "fine"),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "This machine will do: nothing that would spoil a measurement was found."),
        (
            UNKNOWN,
            "This machine will do: nothing that would spoil a measurement was found; "
            "1 thing is not known here (turbo).",
        ),
        (
            SWAPPING,
            "This machine will do: nothing that would spoil all measurements was found; "
            "1 thing spoils some or makes them noisier (swap).",
        ),
        (
            {"usable_cores": 1, "steal_share": 0.5, "governors": frozenset(), "backlog": 5, **SWAPPING, **UNKNOWN},
            "This machine will not do: 2 things spoil all measurements (cores, CPU steal); "
            "2 things spoil some or make them noisier (swap, listen backlog); "
            "2 things are not known here (CPU governor, turbo).",
        ),
    ],
)
def test_verdict_is_one_sentence(changes, said):
    assert sentence(examine(machine(**changes))) == said


def test_only_what_spoils_all_measurements_rules_a_machine_out():
    assert will_do(examine(machine(**SWAPPING, **UNKNOWN)))
    assert not will_do(examine(machine(usable_cores=1)))
