import pytest
from made_up import ELSEWHERE, execution, process, turn, unanswered
from made_up_elsewhere import approach
from pytest import approx

from bench import alone
from bench.alone import plan, summarise
from bench.profile import CasePlan

THIRD = ELSEWHERE.model_copy(update={"name": "third"})
COLD = {"connect_seconds": 4.0, "instance": "new", "instance_serving_seconds": 0.2}


def visit(number, waits, **fields):
    """A session of as many turns as there are waits for first words."""
    began = 10.0 * number
    turns = []
    for place, wait in enumerate(waits):
        at = began + 2 * place
        opening = {"connect_seconds": 0.1 * number, **fields} if place == 0 else {}
        turns.append(
            turn(f"{number}.{place}", at, session=f"1/{number}", begun_at=at, chunks_at=[at + wait], **opening)
        )  # fmt: skip
    return turns


def baseline(*turns):
    return summarise(execution(process(*turns), scenario="latency", order=-1, approach=approach("flask")))


def test_medians_are_of_sessions_that_were_open_and_connects_of_those_that_opened():
    found = baseline(*(t for number in range(1, 6) for t in visit(number, [0.9, 0.4, 0.5])))
    assert found.medians["ttft_seconds"].count == 10
    assert found.medians["ttft_seconds"].p50 == approx(0.4)
    assert found.medians["connect_seconds"].count == 5
    assert found.medians["connect_seconds"].p50 == approx(0.3)
    assert (found.ok, found.order, found.approach) == (15, -1, approach("flask"))


def test_fewer_values_than_a_median_needs_are_counted_and_no_more():
    found = baseline(*visit(1, [0.9, 0.4, 0.5]))
    assert (found.medians["ttft_seconds"].count, found.medians["ttft_seconds"].p50) == (2, None)
    assert "ttft_added_seconds" not in found.medians, "where the model's own time is not known"


def test_wait_for_an_instance_is_nobody_s_usual_connect():
    assert baseline(*visit(1, [4.5, 0.4], **COLD), *visit(2, [0.5])).medians["connect_seconds"].count == 1


def test_what_failed_is_counted_beside():
    failed = unanswered("9", 1.0, "failed", failure="upstream")
    found = baseline(*visit(1, [0.5, 0.4]), failed, unanswered("10"))
    assert (found.ok, found.failed, found.unfinished, found.failures) == (2, 1, 1, {"upstream": 1})


def barge_in(number, stop):
    """A reply on which somebody barges in, and the new reply."""
    at = 10.0 * number
    chunks_at = [at + 0.5, at + 1.0 + stop]
    old = turn(f"{number}.old", at, session="1/1", begun_at=at, chunks_at=chunks_at, interrupted_at=at + 1.0)
    new = turn(f"{number}.new", at + 1, session="1/1", begun_at=at, barges_in_on=old.id, chunks_at=[at + 1.4])
    return old, new


def test_where_the_person_barged_in_medians_are_of_that():
    turns = [each for number in range(1, 7) for each in barge_in(number, 0.1 * number)]
    found = summarise(execution(process(*turns), scenario="interruption", order=-1))
    assert (found.scenario, found.ok) == ("interruption", 12)
    assert found.medians["stop_seconds"].count == 6
    assert found.medians["stop_seconds"].p50 == approx(0.3)
    assert found.medians["resume_seconds"].p50 == approx(0.4)
    assert "ttft_seconds" not in found.medians and "connect_seconds" not in found.medians


def case(scenario, **options):
    return CasePlan(scenario=scenario, sessions=20, trials=3, warm_up_seconds=1, window_seconds=9, options=options)


def test_baseline_is_one_person_at_each_address_who_comes_back():
    first, second = plan([ELSEWHERE, THIRD], [case("latency"), case("concurrency")], seed=7)
    assert (first.target, first.order, first.max_turns) == ("other", 0, alone.TURNS)
    assert (second.target, second.order) == ("third", -1)
    assert (first.case.scenario, first.case.sessions, first.case.arrivals) == ("latency", 1, "closed")
    assert alone.TURNS / alone.TURNS_PER_VISIT == 5, "as many connects as a median needs"


@pytest.mark.parametrize(
    ("turns", "most"), [(None, [15, 15, 25, 25]), (1000, [15, 15, 25, 25]), (96, [12] * 4), (80, [10] * 4), (79, [])]
)
def test_no_more_than_half_of_the_turns_are_spent_alone_and_none_in_vain(turns, most):
    executions = plan([ELSEWHERE, THIRD], [case("interruption")], seed=7)
    assert [each.max_turns for each in alone.affordable(executions, turns)] == most
    assert alone.affordable([], turns) == []


def test_who_is_alone_barges_in_as_people_of_the_run_do():
    people = case("interruption", **{"barge-in-within": 0.3, "turns-per-visit": 2, "think-seconds": 5.0})
    executions = plan([ELSEWHERE, THIRD], [people, case("latency"), case("interruption")], seed=7)
    assert [(each.target, each.case.scenario, each.order) for each in executions] == [
        ("other", "latency", 0),
        ("third", "latency", -1),
        ("other", "interruption", -2),
        ("third", "interruption", -3),
    ]
    barging = executions[2].case
    assert (barging.sessions, barging.options) == (1, {"barge-in-within": 0.3, "think-seconds": alone.THINK_SECONDS})
