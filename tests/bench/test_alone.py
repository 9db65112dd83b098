from made_up import ELSEWHERE, execution, process, turn, unanswered
from made_up_elsewhere import approach
from pytest import approx

from bench import alone
from bench.alone import plan, summarise

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
    return summarise(execution(process(*turns), order=-1, approach=approach("flask")))


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


def test_baseline_is_one_person_who_comes_back_and_asks_no_more_than_is_allowed():
    planned = plan(ELSEWHERE, 1, seed=7, max_turns=9)
    assert (planned.target, planned.order, planned.max_turns) == ("other", -1, 9)
    assert (planned.case.sessions, planned.case.arrivals) == (1, "closed")
    assert alone.TURNS / alone.TURNS_PER_VISIT == 5, "as many connects as a median needs"
