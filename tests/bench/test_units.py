import pytest
from hypothesis import given, strategies as st

from bench import units


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0 ms"), (0.00042, "0.42 ms"), (0.0042, "4.2 ms"), (0.041, "41 ms"), (0.0994, "99 ms"),
        (0.0996, "0.10 s"), (0.61, "0.61 s"), (4.8, "4.80 s"), (12.34, "12.3 s"), (-0.002, "-2 ms"),
    ],
)  # fmt: skip
def test_seconds_are_milliseconds_when_short(value, shown):
    assert units.seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 B"), (999, "999 B"), (14_300, "14 kB"), (183_400_000, "183 MB"), (2.5e9, "2.5 GB"), (-2e6, "-2 MB")],
)
def test_bytes_have_decimal_prefixes(value, shown):
    assert units.size(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 %"), (0.67, "67 %"), (1, "100 %"), (0.997, "99.7 %"), (0.9999, "over 99.9 %"), (0.002, "0.2 %"),
     (0.0001, "under 0.1 %")],
)  # fmt: skip
def test_share_is_never_rounded_to_all_or_nothing(value, shown):
    assert units.percent(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0493, "0.049"), (1.0, "1"), (12.34, "12"), (145.2, "145"), (float("inf"), "\N{INFINITY}")],
)
def test_ratio_has_two_digits_that_matter(value, shown):
    assert units.ratio(value) == f"\N{MULTIPLICATION SIGN}{shown}"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [(None, "s", "-"), (3, "count", "3"), (2.5, "count", "2.5"), (7.13, "per second", "7.1/s"),
     (0.971, "cores", "0.97 cores"),
     (0.5, "ratio", "50 %"), (1e6, "B", "1 MB"), (1.5, "s", "1.50 s")],
)  # fmt: skip
def test_number_is_shown_with_its_unit(value, unit, shown):
    assert units.show(value, unit) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.0, "1.00"), (1.044, "1.04"), (0.0996, "0.10"), (0.05, "0.05"), (0.0012, "0.0012"), (9.994, "9.99"),
     (12.3, "12"), (0.0, "0"), (float("inf"), "\N{INFINITY}")],
)  # fmt: skip
def test_factor_near_one_is_shown_to_the_hundredth(value, shown):
    assert units.factor(value) == f"\N{MULTIPLICATION SIGN}{shown}"


@given(st.floats(1e-5, 1e5))
def test_printing_loses_no_more_than_two_digits_allow(value):
    assert float(units.significant(value)) == pytest.approx(value, rel=0.051)
