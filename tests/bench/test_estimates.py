from hypothesis import given, strategies as st
from made_up import ELSEWHERE, FLASK, QUART, run, trial, trials

from bench.estimates import compare, estimate
from bench.results import Reason

INVALID = [Reason(check="load generator lag", verdict="INVALID", message="")]


def stops(target, seconds, **fields):
    return [
        trial(target=target, number=number, numbers={"stop_seconds p50": value}, **fields)
        for number, value in enumerate(seconds, start=1)
    ]


def only(found, metric="stop_seconds", statistic="p50"):
    (match,) = [one for one in found if (one.metric, one.statistic) == (metric, statistic)]
    return match


def test_estimate_is_the_median_over_trials_with_its_interval():
    # ranks 1 and 6 of six; the median lies half-way between 0.3 and 0.4
    found = only(estimate(run(*stops("flask", [0.6, 0.1, 0.2, 0.5, 0.3, 0.4]))))
    assert (found.target, found.scenario, found.sessions) == ("flask", "talk", 2)
    assert (found.center, found.low, found.high) == (0.35, 0.1, 0.6)
    assert (found.trials, found.count, found.warnings) == (6, 600, [])


def test_invalid_trial_stays_out_of_the_estimate():
    kept = stops("flask", [0.1, 0.2, 0.3])
    found = only(estimate(run(*kept, trial(number=4, numbers={"stop_seconds p50": 99.0}, reasons=INVALID))))
    assert (found.center, found.trials) == (0.2, 3)


def test_percentile_without_enough_values_says_how_many_it_needs():
    few = [trial(number=number, numbers={"stop_seconds p95": None}, count=31) for number in (1, 2)]
    found = only(estimate(run(*few)), statistic="p95")
    assert found.center is None
    assert found.warnings == ["p95 needs 59 values in a trial; 2 of 2 trials have fewer, the least 31"]


def test_few_trials_with_values_enough_do_not_speak_for_the_rest():
    few, all_six = stops("flask", [0.1, None, 0.3]), stops("quart", [0.1] * 6)
    found = only([one for one in estimate(run(*few, *all_six)) if one.target == "flask"])
    assert (found.center, found.trials) == (None, 2)
    assert "1 of 3 trials have fewer" in found.warnings[0]
    assert only(compare(run(*few, *all_six))).ratio is None


def test_trials_without_values_enough_are_left_out_and_counted_where_many_have_them():
    found = only(estimate(run(*stops("flask", [0.2, None, 0.2, 0.2, 0.2, 0.2, 0.2]))))
    assert (found.center, found.low, found.trials) == (0.2, 0.2, 6)
    assert "1 of 7 trials have fewer" in found.warnings[0]


def test_metric_that_nobody_measured_has_no_estimate():
    assert not [found for found in estimate(run(*trials(numbers={"stop_seconds p50": 1.0}))) if found.target == "quart"]


def test_levels_of_a_scenario_are_kept_apart():
    found = estimate(run(*stops("flask", [0.1], sessions=10), *stops("flask", [0.9], sessions=20)))
    centers = {one.sessions: one.center for one in found if one.statistic == "p50"}
    assert centers == {10: 0.1, 20: 0.9}


def test_first_target_is_the_base_of_every_comparison():
    everyone = [*stops("flask", [0.8] * 6), *stops("quart", [0.4] * 6), *stops("other", [1.6] * 6)]
    found = compare(run(*everyone, targets=(FLASK, QUART, ELSEWHERE)))
    said = {(one.base, one.other): (one.ratio, one.verdict) for one in found if one.statistic == "p50"}
    assert said == {("flask", "quart"): (0.5, "better"), ("flask", "other"): (2.0, "worse")}


def test_one_target_is_compared_with_nobody():
    assert compare(run(*stops("flask", [0.8] * 6), targets=(FLASK,))) == []


def test_metric_without_a_better_direction_is_not_compared():
    both = [trial(target=name, numbers={"threads value": 9.0}) for name in ("flask", "quart")]
    assert compare(run(*both)) == []


def test_infinite_ratio_is_stored_as_none_with_its_verdict_and_its_reason():
    found = only(compare(run(*stops("flask", [0.0] * 6), *stops("quart", [0.5] * 6))))
    assert (found.ratio, found.low, found.high, found.verdict) == (None, None, None, "worse")
    assert "the base is 0 in 6 of 6 trials" in found.warnings


def test_pairs_are_of_the_same_trial():
    flask = stops("flask", [1.0, 10.0])
    quart = [trial(target="quart", number=2, numbers={"stop_seconds p50": 5.0})]
    found = only(compare(run(*flask, *quart)))
    assert (found.ratio, found.trials) == (0.5, 1)
    assert "trial 1 has no partner" in found.warnings


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=12), st.randoms())
def test_order_in_which_trials_ran_does_not_matter(seconds, random):
    everyone = [*stops("flask", seconds), *stops("quart", seconds[::-1])]
    shuffled = random.sample(everyone, len(everyone))
    assert estimate(run(*shuffled)) == estimate(run(*everyone))
    assert compare(run(*shuffled)) == compare(run(*everyone))
