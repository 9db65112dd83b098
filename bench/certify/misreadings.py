"""From turns to errors: what the generator reported, less what the null chat server says was so. Pure.

True time to first words: what had been spent on the turn when its first chunk was sent, counted by the server from the
kernel's receipt of the prompt. True gap: the difference of two sendings. So the error holds all there is between the
two ends: the generator's sending, the network of one machine, and the generator's reading.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from bench.certify.certificate import Clock, Reading
from bench.readings import is_attributed, ttft
from bench.stats import percentile, sample_floor
from loadtests.support.turn import Turn

Pairs = Sequence[tuple[float, float]]
"""Reported and true, in seconds."""


def misreadings(turns: Iterable[Turn]) -> dict[str, Reading]:
    """By metric, over the turns that ended properly."""
    done = [turn for turn in turns if turn.outcome == "ok" and is_attributed(turn)]
    return {"ttft_seconds": reading(_first_words(done)), "chunk_gap_seconds": reading(_gaps(done))}


def reading(pairs: Pairs) -> Reading:
    errors = [reported - true for reported, true in pairs]
    reported, true = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Reading(
        count=len(pairs),
        bias_seconds=median(errors) if len(errors) >= sample_floor(50) else None,
        error_seconds_p99=_percentile([abs(error) for error in errors], 99),
        reported_seconds_p50=_percentile(reported, 50),
        true_seconds_p50=_percentile(true, 50),
        reported_seconds_p99=_percentile(reported, 99),
        true_seconds_p99=_percentile(true, 99),
    )


def clock_of(turns: Iterable[Turn]) -> Clock:
    """Where the stamps come from; `mixed` where not all of them come from one place."""
    kinds = {turn.clock for turn in turns if turn.chunks_at}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _first_words(turns: Iterable[Turn]) -> Pairs:
    found = ((ttft(turn), turn.chunks_spent_seconds[0]) for turn in turns)
    return [(reported, true) for reported, true in found if reported is not None]


def _gaps(turns: Iterable[Turn]) -> Pairs:
    return [
        (later - earlier, later_sent - earlier_sent)
        for turn in turns
        for (earlier, later), (earlier_sent, later_sent) in zip(
            pairwise(turn.chunks_at), pairwise(turn.chunks_sent_at), strict=True
        )
    ]


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return percentile(values, percent) if len(values) >= sample_floor(percent) else None
