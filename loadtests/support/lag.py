"""How late a load process runs: a timer that should fire every 20 ms, and how much later it did.

While one simulated person is handled, all others wait; what arrives for them is stamped late by as much as this.
"""

from array import array
from collections.abc import Iterable
from math import ceil

import gevent
from hdrh.histogram import HdrHistogram

from loadtests.support.clock import now

_INTERVAL_SECONDS = 0.02
_MICROSECONDS = 1e6
_LARGEST_MICROSECONDS = 3600 * 1_000_000
_SIGNIFICANT_DIGITS = 3


class LagProbe:
    def __init__(self) -> None:
        self._late_seconds = array("d")
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        if not self._greenlet:
            self._greenlet = gevent.spawn(self._watch)

    def stop(self) -> None:
        if self._greenlet:
            self._greenlet.kill()
        self._greenlet = None

    def percentile(self, share: float) -> float:
        """A lateness that really occurred, in seconds; 0 before the first."""
        return nearest_rank(self._late_seconds, share) if self._late_seconds else 0.0

    def histogram(self) -> str:
        """All of it, in microseconds, as the base64 of an HDR histogram; those of several processes add up exactly."""
        histogram = HdrHistogram(1, _LARGEST_MICROSECONDS, _SIGNIFICANT_DIGITS)
        for seconds in self._late_seconds:
            histogram.record_value(min(round(seconds * _MICROSECONDS), _LARGEST_MICROSECONDS))
        return str(histogram.encode(), "ascii")

    def _watch(self) -> None:
        while True:
            due = now() + _INTERVAL_SECONDS
            gevent.sleep(_INTERVAL_SECONDS)
            self._late_seconds.append(max(0.0, now() - due))


def nearest_rank(values: Iterable[float], share: float) -> float:
    """The smallest of the values, of which there is one at least, that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
