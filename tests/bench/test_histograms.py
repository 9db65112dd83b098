from hdrh.histogram import HdrHistogram

from bench.histograms import percentile_seconds


def encoded(*microseconds: int) -> str:
    histogram = HdrHistogram(1, 10**9, 3)
    for value in microseconds:
        histogram.record_value(value)
    return str(histogram.encode(), "ascii")


def test_histograms_add_up_as_if_all_values_had_been_in_one() -> None:
    apart = [encoded(*range(1, 500, 2)), encoded(*range(2, 501, 2))]
    together = [encoded(*range(1, 501))]
    for percent in (1, 50, 99, 100):
        assert percentile_seconds(apart, percent) == percentile_seconds(together, percent)
    assert percentile_seconds(together, 50) == 250e-6


def test_a_percentile_is_not_the_mean_of_percentiles() -> None:
    quiet, busy = encoded(*[100] * 900), encoded(*[1000] * 100)
    assert percentile_seconds([quiet, busy], 90) == 100e-6


def test_no_values_have_no_percentile() -> None:
    assert percentile_seconds([], 99) is None
    assert percentile_seconds([encoded(), encoded()], 99) is None
