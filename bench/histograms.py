"""HDR histograms of microseconds, as load processes report them: added up without loss, and read."""

from collections.abc import Sequence

from hdrh.histogram import HdrHistogram

MICROSECONDS = 1e6


def percentile_seconds(encoded: Sequence[str], percent: float) -> float | None:
    """A percentile of all their values together, to three digits; None where there are no values."""
    histograms = [HdrHistogram.decode(text) for text in encoded]
    if not any(histogram.get_total_count() for histogram in histograms):
        return None
    whole, *others = histograms
    for other in others:
        whole.add(other)
    return float(whole.get_value_at_percentile(percent)) / MICROSECONDS
