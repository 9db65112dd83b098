"""The way between the load and a server that runs elsewhere: what of a latency it takes, as a reading.

A latency that is counted from the sending of a prompt to something that answers it contains one round trip. Gaps
between chunks contain none. To connect takes several, for TCP, for TLS and for the upgrade, and how many depends on
what lies between: nothing is taken off there. Pure.
"""

from collections.abc import Callable, Sequence

from bench.elsewhere import Approach
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
    """The values less the round trip of their trial, and none below `least_seconds`; none where it is not known.

    Of several machines, each value is less the round trip of the machine that asked.
    """

    def less(observed: Observed) -> list[float]:
        rest: list[float] = []
        for part in observed.parts or [observed]:
            if part.round_trip_seconds is None:
                return []
            rest += [value - part.round_trip_seconds for value in values(part)]
        return rest if least_seconds is None else [max(least_seconds, value) for value in rest]

    return less


def of_way(way: Approach | None) -> float | None:
    """The median round trip; None where nobody looked or the server answered no pings."""
    return way.round_trip.p50_seconds if way and way.round_trip else None


def of_trial(trial: Trial) -> float | None:
    """The median round trip right before it, as of a way."""
    return of_way(trial.approach)


def span(trials: Sequence[Trial]) -> tuple[float, float, float] | None:
    """Of the round trips of some trials the least, the median and the largest; None where none is known."""
    return between([seconds for trial in trials if (seconds := of_trial(trial)) is not None])


def between(seconds: Sequence[float]) -> tuple[float, float, float] | None:
    """The least, the median and the largest; None where there is none."""
    known = sorted(seconds)
    return (known[0], known[len(known) // 2], known[-1]) if known else None
