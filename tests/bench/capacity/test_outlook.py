from itertools import pairwise

from hypothesis import given, strategies as st
from made_up import QUART
from made_up_capacity import begun, holding, measuring

from bench.capacity.outlook import Standing, most_seconds
from bench.capacity.rounds import bounds_of, carry_out, is_worth_searching, standing
from bench.capacity.search import Bounds, Probe

BOUNDS = Bounds(start=50, most=400, precision=0.5)


def seconds(probe: Probe) -> float:
    return 10.0 if probe.confirms else 1.0


def test_longest_search_is_told_before_anything_was_asked():
    # 50, 100, 200, 400, 300 and a confirmation that holds, or one that is stepped down from in a server that differs
    assert most_seconds(Standing(), BOUNDS, seconds) == 5 + 10


def test_answers_that_are_known_take_no_more_time():
    known = Standing(answers=["held", "held", "missed"], low=100, high=200)
    assert most_seconds(known, BOUNDS, seconds) < most_seconds(Standing(), BOUNDS, seconds)


def test_searches_to_come_begin_where_this_one_ends():
    once, again = most_seconds(Standing(), BOUNDS, seconds), most_seconds(Standing(searches=1), BOUNDS, seconds)
    # each of them confirms once and looks one step further
    assert 10 <= again - once <= 12


@given(st.integers(0, 2000), st.integers(1, 7), st.sampled_from([0.05, 0.2]))
def test_no_steady_server_takes_longer_than_was_told(capacity, repeats, precision):
    record = begun(targets=[QUART], repeats=repeats, precision=precision)
    told = most_seconds(standing(record, "quart"), bounds_of(record), seconds)
    *_, searched = carry_out(record, measuring({"quart": holding(capacity)}))
    taken = sum(seconds(Probe(probe.sessions, probe.confirms)) for probe in searched.probes)
    # between the sizes that are tried out, a search may take a probe or two more
    assert taken <= told + 2 * repeats


def test_time_left_goes_down_to_nothing_with_the_last_probe():
    left = []
    for record in carry_out(begun(targets=[QUART], repeats=2), measuring({"quart": holding(640)})):
        done = len(record.searches) == 2 or not is_worth_searching(record, "quart")
        left.append(0.0 if done else most_seconds(standing(record, "quart"), bounds_of(record), seconds))
    assert left[-1] == 0.0
    assert all(later <= earlier + 4 for earlier, later in pairwise(left))
