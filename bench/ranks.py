"""Ranks in whole numbers, ties included. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence


def doubled_ranks(values: Sequence[float]) -> list[int]:
    """Twice the rank of each, from 1 for the smallest, so that equal ones can share the middle of theirs."""
    ordered = sorted(values)
    return [bisect_left(ordered, value) + bisect_right(ordered, value) + 1 for value in values]
