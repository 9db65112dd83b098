"""The way between the load and a server that runs elsewhere: what of a latency it takes, as a reading.

A latency that is counted from the sending of a prompt to something that answers it contains one round trip. Gaps
between chunks contain none. To connect takes several, for TCP, for TLS and for the upgrade, and how many depends on
what lies between: nothing is taken off there. Pure.
"""

from collections.abc import Callable, Sequence

from bench.readings import Observed
from bench.results import Trial

_LESS, _SINGLE = "_less_round_trip_seconds", "_seconds"


def less_round_trip(metric: str) -> str:
    """What a metric is called once the round trip is taken off."""
    return metric.removesuffix(_SINGLE) + _LESS


def is_less_round_trip(metric: str) -> bool:
    """Whether it is such a one."""
    return metric.endswith(_LESS)


def without(
    values: Callable[[Observed], list[float]], least_seconds: float | None
) -> Callable[[Observed], list[float]]:
    """The values less the round trip of their trial, and none below `least_seconds`; none where it is not known."""

    def less(observed: Observed) -> list[float]:
        taken_off = observed.round_trip_seconds
        if taken_off is None:
            return []
        rest = [value - taken_off for value in values(observed)]
        return rest if least_seconds is None else [max(least_seconds, value) for value in rest]

    return less


def of_trial(trial: Trial) -> float | None:
    """The median round trip right before it; None where nobody looked or the server answered no pings."""
    return trial.approach.round_trip.p50_seconds if trial.approach and trial.approach.round_trip else None


def span(trials: Sequence[Trial]) -> tuple[float, float, float] | None:
    """Of the round trips of some trials the least, the median and the largest; None where none is known."""
    known = sorted(seconds for trial in trials if (seconds := of_trial(trial)) is not None)
    return (known[0], known[len(known) // 2], known[-1]) if known else None
