import pytest
from made_up import QUART
from made_up_capacity import LATE, OBJECTIVE, full_core, well

from bench.capacity.answer import answer
from bench.capacity.rounds import Attempt
from bench.capacity.search import Probe
from bench.results import Reason

ATTEMPT = Attempt(1, QUART, 1, Probe(50, confirms=False))


def reason(check: str, verdict: str = "INVALID") -> Reason:
    return Reason(check=check, verdict=verdict, message="a number")


def test_load_is_held_where_every_condition_is_met_and_missed_where_one_is_not():
    assert answer(well(ATTEMPT), OBJECTIVE).answer == "held"
    assert answer(full_core(ATTEMPT), OBJECTIVE).answer == "missed"


@pytest.mark.parametrize("check", ["schedule", "load core", "CPU steal", "two ledgers", "no window", "did not run"])
@pytest.mark.parametrize("numbers", [{}, {"ttft_added_seconds p95": 9.0}])
def test_what_the_instrument_spoiled_is_neither_held_nor_missed(check, numbers):
    judged = answer(well(ATTEMPT, numbers=numbers, reasons=[reason(check)]), OBJECTIVE)
    assert (judged.answer, judged.because) == ("spoiled", f"{check}: a number")


def test_server_that_dies_under_a_load_does_not_hold_it_however_well_it_answered():
    assert answer(well(ATTEMPT, reasons=[reason("server died")]), OBJECTIVE).answer == "missed"


def test_death_of_a_server_on_a_machine_at_its_limit_says_nothing():
    judged = answer(well(ATTEMPT, reasons=[reason("server died"), LATE]), OBJECTIVE)
    assert (judged.answer, judged.because) == ("spoiled", f"schedule: {LATE.message}")


def test_doubts_change_no_answer():
    assert answer(well(ATTEMPT, reasons=[reason("drift", "SUSPECT")]), OBJECTIVE).answer == "held"


def test_each_condition_is_kept_with_what_it_came_to():
    first, second, third = answer(full_core(ATTEMPT), OBJECTIVE).checked
    assert (first.subject, first.bound, first.value, first.met) == ("ttft_added p95", "<= 100ms", 0.4, False)
    assert (second.subject, second.bound, second.met) == ("failures", "<= 1%", True)
    assert (third.subject, third.bound) == ("unserved", "<= 0%")


def test_too_few_values_leave_it_open():
    judged = answer(well(ATTEMPT, numbers={"ttft_added_seconds p95": None}, count=31), OBJECTIVE)
    assert judged.answer == "not known"
    assert (judged.checked[0].count, judged.checked[0].needed, judged.checked[0].met) == (31, 59, None)
