"""Every expected number is worked by hand, or names its source."""

from itertools import combinations
from math import inf, isclose

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from scipy import stats as scipy_stats

from bench.stats import compare, interval_ranks, judge, p_value_of_slower, percentile, sample_floor, summarise

positive = st.floats(min_value=1e-6, max_value=1e6)
amounts = st.one_of(st.just(0.0), positive)


@pytest.mark.parametrize(("percent", "expected"), [(5, 15), (30, 20), (40, 20), (50, 35), (100, 50)])
def test_percentile_is_the_textbook_nearest_rank(percent, expected):
    # the worked example of the nearest-rank method in Wikipedia's article "Percentile"
    assert percentile([15, 20, 35, 40, 50], percent) == expected


def test_percentile_does_not_slip_by_a_rank_through_binary_floats():
    # rank ceil(0.999 * 1000) = 999, though 99.9 / 100 * 1000 is 999.0000000000001 in floats
    assert percentile(range(1, 1001), 99.9) == 999


@given(st.lists(amounts, min_size=1, max_size=50), st.sampled_from([50, 75, 95, 99]))
def test_percentile_agrees_with_numpys_inverse_of_the_empirical_distribution(values, percent):
    assert percentile(values, percent) == np.percentile(values, percent, method="inverted_cdf")


def test_no_values_have_no_percentile():
    with pytest.raises(ValueError, match="of 0 values"):
        percentile([], 50)


@pytest.mark.parametrize(("percent", "floor"), [(50, 5), (90, 29), (95, 59), (99, 299), (99.9, 2995)])
def test_sample_floor_is_the_fewest_values_of_which_one_exceeds_the_percentile(percent, floor):
    # p^n <= 0.05; the same table as in MLPerf's early stopping, at 95 %
    assert sample_floor(percent) == floor
    assert (percent / 100) ** floor <= 0.05 < (percent / 100) ** (floor - 1)


@pytest.mark.parametrize(("count", "ranks"), [(6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (25, (8, 18))])
def test_interval_ranks_are_those_of_the_binomial_tables(count, ranks):
    # e.g. Conover, Practical Nonparametric Statistics, table A3: 97.9 % for 2 to 9 of 10, 95.9 % for 6 to 15 of 20
    assert interval_ranks(count) == ranks


@pytest.mark.parametrize("count", range(6, 60))
def test_interval_holds_the_median_with_95_percent_and_the_next_narrower_does_not(count):
    low, high = interval_ranks(count)

    def coverage(low_rank, high_rank):
        return scipy_stats.binom.cdf(high_rank - 1, count, 0.5) - scipy_stats.binom.cdf(low_rank - 1, count, 0.5)

    assert coverage(low, high) >= 0.95 > coverage(low + 1, high - 1)


def test_five_trials_give_no_interval_and_say_that_six_are_needed():
    summary = summarise([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (summary.center, summary.low, summary.high) == (3.0, None, None)
    assert summary.warnings == ("an interval at 95 % needs 6 trials, there are 5",)


def test_six_trials_give_their_extremes_as_interval():
    summary = summarise([6.0, 1.0, 2.0, 5.0, 3.0, 4.0])
    assert (summary.center, summary.low, summary.high, summary.warnings) == (3.5, 1.0, 6.0, ())


@given(st.lists(amounts, min_size=6, max_size=30))
def test_interval_contains_the_median(values):
    summary = summarise(values)
    assert summary.low <= summary.center <= summary.high


@given(st.lists(amounts, min_size=1, max_size=30), st.randoms())
def test_order_of_the_trials_does_not_matter(values, random):
    shuffled = random.sample(values, len(values))
    assert summarise(shuffled) == summarise(values)


def numbered(values):
    return dict(enumerate(values, start=1))


def test_ratio_is_paired_by_trial():
    # 2/1, 30/10, 400/100, 5000/1000, 6/1, 70/10: the machine's mood of a trial cancels out
    base = numbered([1, 10, 100, 1000, 1, 10])
    ratio = compare(base, numbered([2, 30, 400, 5000, 6, 70]), "lower")
    assert (ratio.low, ratio.high, ratio.trials, ratio.verdict) == (2, 7, 6, "worse")
    assert isclose(ratio.ratio, (4 * 5) ** 0.5)  # the geometric mean of the middle two


def test_two_zeros_are_a_draw():
    ratio = compare(numbered([0] * 6), numbered([0] * 6), "lower")
    assert (ratio.ratio, ratio.low, ratio.high, ratio.verdict) == (1, 1, 1, "no difference")
    assert "the base is 0 in 6 of 6 trials" in ratio.warnings


def test_something_over_nothing_is_infinite_and_worse():
    ratio = compare(numbered([0] * 6), numbered([0.6] * 6), "lower")
    assert (ratio.ratio, ratio.low, ratio.high, ratio.verdict) == (inf, inf, inf, "worse")


def test_nothing_over_something_is_zero_and_better():
    ratio = compare(numbered([0.6] * 6), numbered([0] * 6), "lower")
    assert (ratio.ratio, ratio.low, ratio.high, ratio.verdict) == (0, 0, 0, "better")


def test_trial_without_a_partner_is_named_and_left_out():
    ratio = compare({1: 1.0, 2: 1.0}, {1: 2.0}, "lower")
    assert ratio.trials == 1
    assert "trial 2 has no partner" in ratio.warnings


def test_nothing_in_common_is_inconclusive_without_a_ratio():
    ratio = compare({1: 1.0}, {2: 1.0}, "lower")
    assert (ratio.ratio, ratio.verdict) == (None, "inconclusive")


def test_negative_value_has_no_ratio():
    ratio = compare(numbered([-1.0] * 6), numbered([1.0] * 6), "lower")
    assert (ratio.ratio, ratio.verdict) == (None, "inconclusive")
    assert "a value is below 0, so there is no ratio" in ratio.warnings


def test_five_trials_are_inconclusive_however_large_the_difference():
    ratio = compare(numbered([1] * 5), numbered([100] * 5), "lower")
    assert (ratio.ratio, ratio.verdict) == (100, "inconclusive")


@pytest.mark.parametrize(
    ("low", "high", "for_lower", "for_higher"),
    [
        (0.4, 0.6, "better", "worse"),
        (1.5, 2.0, "worse", "better"),
        (0.97, 1.04, "no difference", "no difference"),
        (1.01, 1.04, "no difference", "no difference"),  # certain, but too small to matter
        (0.9, 1.2, "inconclusive", "inconclusive"),
        (0.99, 1.2, "inconclusive", "inconclusive"),
        (1.06, 1.2, "worse", "better"),
        (1.01, 1.2, "inconclusive", "inconclusive"),  # a difference, but it may be too small to matter
        (1.05, 1.2, "inconclusive", "inconclusive"),
        (0.94, 0.99, "inconclusive", "inconclusive"),
        (0.90, 0.95, "better", "worse"),
        (None, None, "inconclusive", "inconclusive"),
    ],
)
def test_judgement_follows_from_the_interval(low, high, for_lower, for_higher):
    assert (judge(low, high, "lower"), judge(low, high, "higher")) == (for_lower, for_higher)


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=20), st.sampled_from(["lower", "higher"]))
def test_swapping_base_and_other_mirrors_the_comparison(pairs, better):
    base, other = numbered(a for a, _ in pairs), numbered(b for _, b in pairs)
    there, back = compare(base, other, better), compare(other, base, better)
    mirrored = {"better": "worse", "worse": "better"}

    def inverse(number):
        return inf if number == 0 else 0.0 if number == inf else 1 / number

    assert isclose(back.ratio, inverse(there.ratio), rel_tol=1e-9)
    edges = {1 / 1.05, 1.05}
    if not any(
        isclose(edge, number or 0, rel_tol=1e-9) for edge in {*edges, 1.0} for number in (there.low, there.high)
    ):
        assert back.verdict == mirrored.get(there.verdict, there.verdict)


@given(st.lists(st.tuples(positive, positive), min_size=6, max_size=20), st.randoms())
def test_comparison_does_not_depend_on_the_order_of_the_trials(pairs, random):
    base, other = numbered(a for a, _ in pairs), numbered(b for _, b in pairs)
    order = random.sample(sorted(base), len(base))
    assert compare({n: base[n] for n in order}, {n: other[n] for n in order}, "lower") == compare(base, other, "lower")


def test_chance_of_being_slower_is_that_of_the_rank_sum_test():
    # by hand: 4 of 4 x 8 = 32 pairs won all; (32 - 16 - 0.5) / sqrt(32 x 13 / 12) = 2.632, of which the tail is 0.0042
    assert p_value_of_slower([11, 12, 13, 14], list(range(8))) == pytest.approx(0.00424, abs=1e-5)
    assert p_value_of_slower(list(range(8)), [11, 12, 13, 14]) > 0.99


def test_values_that_are_all_alike_are_not_slower():
    assert p_value_of_slower([1.0] * 5, [1.0] * 9) == 1.0


@given(st.lists(st.integers(0, 30), min_size=4, max_size=20), st.lists(st.integers(0, 30), min_size=4, max_size=20))
def test_chance_of_being_slower_is_what_scipy_finds(first, others):
    assume(len({*first, *others}) > 1)
    theirs = scipy_stats.mannwhitneyu(first, others, alternative="greater", method="asymptotic").pvalue
    assert p_value_of_slower(first, others) == pytest.approx(theirs, abs=1e-12)


def test_steady_values_are_called_slower_as_seldom_as_the_test_says():
    """Every way in which chance can put 4 of 12 values first: no more than 1 % of them are called slower at 1 %."""
    ways = [p_value_of_slower(first, set(range(12)) - set(first)) for first in combinations(range(12), 4)]
    assert 0 < sum(chance < 0.01 for chance in ways) / len(ways) <= 0.01
