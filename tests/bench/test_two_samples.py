"""Every expected number is worked by hand, found by trying all ways, or what scipy finds."""

from fractions import Fraction
from itertools import combinations
from math import comb, inf, isclose, nan
from statistics import median

import pytest
from hypothesis import assume, given, strategies as st
from scipy import stats as scipy_stats

from bench.two_samples import Shift, is_enough, p_greater, shift, values_needed

numbers = st.integers(-50, 50)
few_numbers = st.sampled_from([-inf, -1, 0, 0.5, 1, 2, inf])
samples = st.lists(numbers, min_size=1, max_size=12)


@st.composite
def samples_without_ties(draw):
    values = draw(st.lists(st.integers(-1000, 1000), min_size=2, max_size=20, unique=True))
    cut = draw(st.integers(1, len(values) - 1))
    return values[:cut], values[cut:]


def rank_sum(chosen, values):
    """By counting, not by sorting: each pair won is 1, each tie one half."""
    others = list(values)
    for value in chosen:
        others.remove(value)
    return sum(Fraction(1) if a > b else Fraction(1, 2) if a == b else 0 for a in chosen for b in others)


def by_trying_all_ways(first, second):
    values = [*first, *second]
    seen = rank_sum(first, values)
    sums = [rank_sum([values[i] for i in places], values) for places in combinations(range(len(values)), len(first))]
    return sum(each >= seen for each in sums) / len(sums)


@given(samples_without_ties())
def test_chance_of_being_greater_is_what_scipy_finds_where_nothing_ties(pair):
    theirs = scipy_stats.mannwhitneyu(*pair, alternative="greater", method="exact").pvalue
    assert p_greater(*pair) == pytest.approx(theirs, abs=1e-12)


@given(st.lists(few_numbers, min_size=1, max_size=5), st.lists(few_numbers, min_size=1, max_size=5))
def test_chance_of_being_greater_is_the_share_of_all_ways_where_values_tie(first, second):
    assert p_greater(first, second) == pytest.approx(by_trying_all_ways(first, second), abs=1e-15)


def test_chance_of_three_that_beat_all_of_three_is_one_in_twenty():
    assert p_greater([4, 5, 6], [1, 2, 3]) == 1 / 20
    assert p_greater([1, 2, 3], [4, 5, 6]) == 1


def test_values_that_are_all_alike_are_never_greater():
    assert p_greater([0.0] * 6, [0.0] * 6) == 1
    assert p_greater([inf] * 6, [inf] * 6) == 1


def test_a_tie_counts_half():
    # by hand: 1 2 2 has three ways to choose two, with rank sums 3.5, 3.5 and 5; only one is as large as 5
    assert p_greater([2, 2], [1]) == pytest.approx(1 / 3)
    assert p_greater([1, 2], [2]) == 1


def test_many_values_are_still_counted_exactly():
    # the most extreme of comb(80, 40) ways, of which a float has lost count
    assert p_greater(range(40, 80), range(40)) == 1 / comb(80, 40)


@given(samples, samples)
def test_both_directions_share_only_the_ways_that_are_as_extreme(first, second):
    there, back = p_greater(first, second), p_greater(second, first)
    assert there + back >= 1 or isclose(there + back, 1)
    mirrored = p_greater([-value for value in second], [-value for value in first])
    assert there == pytest.approx(mirrored, abs=1e-12)


@given(samples, samples)
def test_chance_depends_on_ranks_alone(first, second):
    assert p_greater([v**3 for v in first], [v**3 for v in second]) == p_greater(first, second)


@given(samples, samples, st.randoms())
def test_order_within_a_sample_means_nothing(first, second, random):
    shuffled = random.sample(first, len(first)), random.sample(second, len(second))
    assert p_greater(*shuffled) == p_greater(first, second)
    assert shift(*shuffled, 0.05) == shift(first, second, 0.05)


def test_shift_is_the_median_of_all_differences():
    # by hand: 10 - 1, 10 - 2, 10 - 4, 20 - 1, 20 - 2, 20 - 4 are 9, 8, 6, 19, 18, 16
    assert shift([1, 2, 4], [10, 20], 0.05) == Shift(12.5, None, None)


@pytest.mark.parametrize(("first", "second", "rank"), [(4, 4, 1), (5, 5, 3), (6, 6, 6), (8, 8, 14), (10, 10, 24)])
def test_interval_is_that_of_the_tables(first, second, rank):
    # two-sided 5 % points of U: 0, 2, 5, 13 and 23 (Mann and Whitney's table; Conover, table A7, less n(n + 1) / 2)
    base = [float(1000 * i) for i in range(first)]
    other = [float(j) for j in range(second)]
    found = shift(base, other, 0.05)
    differences = sorted(b - a for a in base for b in other)
    assert (found.low, found.high) == (differences[rank - 1], differences[-rank])


@given(samples_without_ties(), st.sampled_from([0.01, 0.05, 0.1, 0.2]))
def test_interval_holds_what_the_two_sided_test_does_not_reject(pair, alpha):
    first, second = pair
    found = shift(first, second, alpha)
    assume(found.low is not None)

    def is_rejected(by):
        moved = [value - by for value in second]
        return 2 * min(p_greater(first, moved), p_greater(moved, first)) <= alpha

    assert is_rejected(found.low - 0.25) and is_rejected(found.high + 0.25)
    assert not is_rejected(found.low + 0.25) or found.low == found.high
    assert not is_rejected(found.high - 0.25) or found.low == found.high


@given(samples, samples, st.sampled_from([0.01, 0.05, 0.2]))
def test_swapping_the_samples_turns_the_shift_round(first, second, alpha):
    there, back = shift(first, second, alpha), shift(second, first, alpha)
    assert back.center == -there.center
    assert (back.low, back.high) == (
        None if there.high is None else -there.high,
        None if there.low is None else -there.low,
    )


@given(samples, samples, st.integers(-20, 20))
def test_moving_one_sample_moves_the_shift_as_far(first, second, by):
    there, moved = shift(first, second, 0.05), shift(first, [value + by for value in second], 0.05)
    assert moved.center == there.center + by
    assert (moved.low is None) == (there.low is None)
    assert there.low is None or (moved.low, moved.high) == (there.low + by, there.high + by)


@given(samples, samples)
def test_interval_contains_the_shift(first, second):
    found = shift(first, second, 0.05)
    assert found.center == pytest.approx(median(b - a for a in first for b in second))
    assert found.low is None or found.low <= found.center <= found.high


def test_infinities_are_differences_too():
    assert shift([-inf] * 4, [-inf] * 4, 0.05) == Shift(0.0, 0.0, 0.0)
    assert shift([-inf] * 4, [1.0] * 4, 0.05) == Shift(inf, inf, inf)
    assert shift([1.0] * 4, [-inf] * 4, 0.05) == Shift(-inf, -inf, -inf)
    assert shift([0.0] * 4, [-inf, -inf, inf, inf], 0.05) == Shift(0.0, -inf, inf)
    assert shift([0.0], [1.0, inf], 0.05).center == inf


def test_four_in_each_are_the_fewest_for_an_interval_at_95_percent():
    # 2 of comb(8, 4) = 70 ways are 2.9 %, but 2 of comb(6, 3) = 20 are 10 %
    assert values_needed(0.05) == 4
    assert shift([1, 2, 3], [4, 5, 6], 0.05).low is None
    assert shift([1, 2, 3, 4], [5, 6, 7, 8], 0.05) == Shift(4.0, 1, 7)


@pytest.mark.parametrize("sizes", [(first, second) for first in range(1, 9) for second in range(1, 9)])
def test_what_is_enough_is_what_has_an_interval(sizes):
    first, second = sizes
    assert is_enough(first, second, 0.05) == (shift([0.0] * first, [0.0] * second, 0.05).low is not None)


def test_no_number_of_values_gives_certainty():
    with pytest.raises(ValueError, match="certainty"):
        values_needed(0.0)


@pytest.mark.parametrize(("first", "second"), [([], [1.0]), ([1.0], []), ([nan], [1.0])])
def test_nothing_and_what_is_no_number_cannot_be_compared(first, second):
    for ask in (p_greater, lambda a, b: shift(a, b, 0.05)):
        with pytest.raises(ValueError, match=r"no values|not a number"):
            ask(first, second)
