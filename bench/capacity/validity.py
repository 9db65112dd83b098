"""Whether what was found may be believed. Pure.

A probe that was spoiled says nothing and is left out by the search itself. What is asked here is whether searches came
to an end by the server, and whether the loads that were found to hold were measured well.
"""

from collections.abc import Sequence

from bench.capacity.record import Capacity, Probed, Searched
from bench.results import Reason, Validity, Verdict
from bench.stats import MINIMUM_TRIALS
from bench.validity import worst

INSTRUMENT = ("spoiled", "not known")
"""What ends a search without a word of the server."""


def judge(capacity: Capacity) -> Validity:
    reasons = [*_ends(capacity), *_doubts(capacity)]
    if not capacity.complete:
        message = "it was ended before its last search had come to an end; run it again to the end"
        if capacity.ended_because:
            message = f"{capacity.ended_because} before its last search had come to an end; allow more, or fewer people"
        reasons.append(_reason("complete", "SUSPECT", message))
    if capacity.repeats < MINIMUM_TRIALS:
        message = f"an interval takes {MINIMUM_TRIALS} searches for each target; give --repeats {MINIMUM_TRIALS}"
        reasons.append(_reason("number of searches", "VALID", message))
    return Validity(verdict=worst(reason.verdict for reason in reasons), reasons=reasons)


def ended_by_instrument(searches: Sequence[Searched]) -> bool:
    """Whether no search was ended by anything else, so that there is no finding."""
    return bool(searches) and all(search.ended_by in INSTRUMENT for search in searches)


def _ends(capacity: Capacity) -> list[Reason]:
    """By target."""
    reasons = []
    for name, called in capacity.names.items():
        searches = capacity.searches_of(name)
        ended = [search for search in searches if search.ended_by in INSTRUMENT]
        if ended:
            verdict: Verdict = "INVALID" if len(ended) == len(searches) else "SUSPECT"
            message = (
                f"{len(ended)} of {len(searches)} searches of {called} were ended by the instrument, so that they give "
                "a lower limit; use fewer people (--most), a quieter machine or longer windows (--probe-window)"
            )
            reasons.append(_reason("ends of searches", verdict, message))
    return reasons


def _doubts(capacity: Capacity) -> list[Reason]:
    """What the checks say against the loads that were found to hold, each check once: also that work piles up."""
    confirming = [probe for probe in capacity.probes if probe.confirms and probe.answer == "held"]
    struck: dict[str, list[tuple[Probed, Reason]]] = {}
    for probe in confirming:
        for reason in probe.trial.reasons:
            struck.setdefault(reason.check, []).append((probe, reason))
    return [
        _reason(
            check,
            worst(reason.verdict for _, reason in pairs),
            f"{pairs[-1][1].message} (in {len(pairs)} of {len(confirming)} loads that were confirmed)",
        )
        for check, pairs in struck.items()
    ]


def _reason(check: str, verdict: Verdict, message: str) -> Reason:
    return Reason(check=check, verdict=verdict, message=message)
