from math import exp, inf, log

import pytest
from hypothesis import given, strategies as st
from made_up import FLASK, QUART, run, trials
from made_up_pair import compared, one, row_of, scaled

from bench import estimates
from bench.compare.ratios import change, compare
from bench.results import Reason
from bench.stats import judge
from bench.two_samples import shift

amounts = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))
samples = st.lists(amounts, min_size=1, max_size=8)
SIX = [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
NUMBER = "ttft_seconds p50"


def ends(found):
    return found.number("ratio"), found.number("low"), found.number("high")


def measured(*numbers, target="flask", **fields):
    return [
        trial.model_copy(update={"trial": index})
        for index, number in enumerate(numbers, start=1)
        for trial in trials(1, target=target, numbers={NUMBER: number}, **fields)
    ]


def estimated(*trials_, **fields):
    made = run(*trials_, **fields)
    return made.model_copy(update={"estimates": estimates.estimate(made)})


def test_ratio_is_the_median_over_all_pairs_of_trials():
    # by hand: 2/1, 2/2, 8/1, 8/2 are 1, 2, 4, 8, whose geometric middle is the root of 8
    found = change([1, 2], [2, 8], "lower")
    assert found.ratio == pytest.approx(8**0.5)
    assert (found.low, found.high, found.verdict) == (None, None, "inconclusive")
    assert found.warnings == ["an interval at 95 % needs 4 trials in each run, there are 2 and 2"]


def test_interval_is_the_rank_interval_of_the_logarithms():
    found = change(SIX, [3 * value for value in SIX], "lower")
    logs = shift([log(v) for v in SIX], [log(3 * v) for v in SIX], 0.05)
    assert ends(found) == pytest.approx([exp(logs.center), exp(logs.low), exp(logs.high)])
    assert (found.ratio, found.verdict, found.warnings) == (pytest.approx(3), "worse", [])


def test_runs_are_not_paired_by_trial():
    assert change(SIX, SIX[::-1], "lower") == change(SIX, SIX, "lower")


def test_two_zeros_are_a_draw():
    found = change([0.0] * 6, [0.0] * 6, "lower")
    assert (ends(found), found.verdict) == ((1, 1, 1), "no difference")
    assert found.warnings == ["A is 0 in 6 of 6 trials", "B is 0 in 6 of 6 trials"]


def test_something_over_nothing_is_infinite_and_told_apart_from_nothing_known():
    found = change([0.0] * 6, [0.3] * 6, "lower")
    assert (ends(found), found.verdict) == ((inf, inf, inf), "worse")
    assert (found.ratio, found.infinite) == (None, ["ratio", "low", "high"])
    assert change([0.0] * 6, [0.3] * 6, "higher").verdict == "better"


def test_ratio_that_no_float_can_hold_is_infinite_too():
    assert ends(change([5e-324] * 6, [1e308] * 6, "lower")) == (inf, inf, inf)
    assert ends(change([1e308] * 6, [5e-324] * 6, "lower")) == (0, 0, 0)


def test_nothing_over_something_is_zero():
    found = change([0.3] * 6, [0.0] * 6, "lower")
    assert (ends(found), found.verdict, found.infinite) == ((0, 0, 0), "better", [])


@pytest.mark.parametrize(("base", "other"), [([-0.1] * 6, SIX), (SIX, [*SIX, -0.1]), ([], SIX), (SIX, [])])
def test_what_has_no_ratio_is_inconclusive_and_says_why(base, other):
    found = change(base, other, "lower")
    assert (ends(found), found.verdict) == ((None, None, None), "inconclusive")
    assert len(found.warnings) == 1
    assert (found.base_trials, found.other_trials) == (len(base), len(other))


def test_metric_without_a_better_direction_is_shown_and_not_judged():
    found = change(SIX, [2 * value for value in SIX], None)
    assert (found.ratio, found.verdict) == (pytest.approx(2), None)


def test_four_trials_in_each_decide_and_three_do_not():
    assert change([1.0] * 4, [2.0] * 4, "lower").verdict == "worse"
    assert change([1.0] * 3, [2.0] * 3, "lower").verdict == "inconclusive"


@given(samples, samples, st.sampled_from(["lower", "higher"]))
def test_verdict_follows_from_the_interval_and_nothing_crashes(base, other, better):
    found = change(base, other, better)
    _, low, high = ends(found)
    assert found.verdict == judge(low, high, better)
    assert low is None or low <= found.number("ratio") <= high


@given(st.lists(amounts, min_size=4, max_size=8), st.sampled_from(["lower", "higher"]))
def test_what_is_compared_with_itself_is_never_better_or_worse(values, better):
    found = change(values, values, better)
    assert found.number("ratio") == pytest.approx(1)
    assert found.verdict in ("no difference", "inconclusive")


def test_only_usable_trials_are_evidence():
    spoiled = Reason(check="load core", verdict="INVALID", message="")
    good = measured(*SIX)
    bad = [
        good[0].model_copy(update={"trial": 7, "reasons": [spoiled]}),
        good[0].model_copy(update={"trial": 8, "superseded": True}),
    ]
    a, b = estimated(*good), estimated(*good, *bad)
    (row,) = [row for row in compare(a, b, ["flask"]) if row.statistic == "p50"]
    assert (row.change.base_trials, row.change.other_trials) == (6, 6)


def test_only_what_both_have_is_compared():
    a = estimated(*measured(*SIX), *measured(*SIX, sessions=4))
    b = estimated(*measured(*SIX), *measured(*SIX, target="quart"))
    rows = compare(a, b, ["flask", "quart"])
    assert {(row.target, row.scenario, row.sessions) for row in rows} == {("flask", "talk", 2)}


def test_both_centers_are_those_of_the_runs():
    a = one()
    row = row_of(compared(a, scaled(a, 3, "relay_seconds", "quart")), "quart", "relay_seconds", scenario="quiet")
    assert (row.base, row.other) == (pytest.approx(0.005), pytest.approx(0.015))


def test_estimate_without_a_number_in_one_of_them_has_no_ratio():
    a, b = estimated(*measured(*SIX)), estimated(*measured(*SIX[:5], None))
    (row,) = [row for row in compare(a, b, ["flask"]) if row.statistic == "p50"]
    assert (row.other, row.in_both, row.change.ratio, row.change.verdict) == (None, False, None, "inconclusive")


def test_what_the_machine_did_to_both_targets_is_not_in_the_ratio_beside_the_first():
    mood = [1, 3, 1, 3, 1, 3]
    flask, quart = [1.0] * 6, [2.0] * 6
    a = estimated(*measured(*flask), *measured(*quart, target="quart"))
    slower = [m * v for m, v in zip(mood, flask, strict=True)], [m * v for m, v in zip(mood, quart, strict=True)]
    b = estimated(*measured(*slower[0]), *measured(*slower[1], target="quart"))
    first, other = (row for row in compare(a, b, [FLASK.name, QUART.name]) if row.statistic == "p50")
    assert first.beside is None
    assert other.change.verdict == "inconclusive"
    assert (ends(other.beside), other.beside.verdict) == ((1, 1, 1), "no difference")


def test_nothing_is_told_beside_a_first_target_that_is_zero():
    a = estimated(*measured(*[0.0] * 6), *measured(*SIX, target="quart"))
    b = estimated(*measured(*[0.0] * 6), *measured(*[9 * v for v in SIX], target="quart"))
    _, other = (row for row in compare(a, b, ["flask", "quart"]) if row.statistic == "p50")
    assert (other.change.verdict, other.beside.ratio, other.beside.verdict) == ("worse", None, "inconclusive")
    assert other.beside.warnings == ["flask is 0 or below in a trial, and nothing can be told beside that"]


def test_key_numbers_come_at_the_places_that_tell_most_first():
    rows = compared(one(), one()).key_rows("quart")
    assert list(dict.fromkeys(row.scenario for row in rows)) == ["interrupting", "quiet", "crowding"]
    assert rows[0].metric == "stop_seconds"
