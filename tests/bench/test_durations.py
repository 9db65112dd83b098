import click
import pytest

from bench.durations import Duration, Finite


@pytest.mark.parametrize(
    ("text", "seconds"), [("5ms", 0.005), ("0.5s", 0.5), (" 1.5 ms ", 0.0015), (".1s", 0.1), ("2s", 2.0)]
)
def test_duration_is_read_into_seconds(text, seconds):
    assert Duration().convert(text, None, None) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["5", "ms", "-1ms", "0s", "5 min", "1e400s", ""])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(click.BadParameter, match="write it as in 5ms"):
        Duration().convert(text, None, None)


def test_default_that_is_in_seconds_already_is_kept():
    assert Duration().convert(0.001, None, None) == 0.001


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "2", "much"])
def test_what_is_no_number_is_in_no_range(text):
    with pytest.raises(click.BadParameter):
        Finite(0.0, 1.0).convert(text, None, None)


def test_number_in_its_range_is_read():
    assert Finite(0.0, 1.0).convert("0.5", None, None) == 0.5
