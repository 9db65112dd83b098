from math import inf

from hypothesis import given, strategies as some

from bench.ranks import doubled_ranks


def test_equal_values_share_the_middle_of_their_ranks():
    assert doubled_ranks([5, 1, 5, 2]) == [7, 2, 7, 4]
    assert doubled_ranks([]) == []


def test_infinities_have_ranks_too_and_zero_has_one_alone():
    assert doubled_ranks([inf, 0.0, -inf, -0.0, inf]) == [9, 5, 2, 5, 9]


@given(some.lists(some.sampled_from([-inf, -1, 0, 1, 2, inf]), max_size=12))
def test_rank_is_counted_from_those_below_and_half_of_those_alike(values):
    counted = [2 * sum(v < value for v in values) + values.count(value) + 1 for value in values]
    assert doubled_ranks(values) == counted
