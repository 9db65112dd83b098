"""Whether a server gives back what it takes, from the looks at it. Pure.

It is given a sixth of the time to settle: of half an hour the first five minutes. What it then holds, under a full
crowd, is held against what it holds in the last sixth, median against median, so that no single look decides. What
people take while they are there swings as they come and go; with nobody there it does not, so that is where the last
task and the last descriptor are looked for.
"""

from collections.abc import Sequence
from statistics import median

from bench.soak.record import Judged, Look, Quantity, Soaked, SoakVerdict
from bench.units import size

SETTLED_SHARE = 1 / 6
WINDOW_SHARE = 1 / 6
WHOLE_SHARE = 0.98
"""Of the time that it was to last: a load that ended before has not shown what it was to show."""
MEMORY_TOLERANCE = 0.05
FEWEST_LOOKS = 5
"""In a window; of fewer a median says little."""
FAILED_SHARE = 0.05
"""Where more turns fail, the crowd was not served, and what it would have cost is not known."""
QUANTITIES: tuple[Quantity, ...] = ("memory", "threads", "descriptors", "tasks")
KEPT: tuple[Quantity, ...] = ("threads",)
"""What a pool keeps when people have gone; of it there is to be no more than there was with all of them."""


def judge(soaked: Soaked) -> Soaked:
    """With what it comes to."""
    judged = [_judged(soaked, quantity) for quantity in QUANTITIES]
    verdict, why = _verdict(soaked, judged)
    return soaked.model_copy(update={"judged": judged, "verdict": verdict, "why": why})


def windows(soaked: Soaked) -> tuple[Sequence[Look], Sequence[Look]]:
    """The looks at a full crowd in the window behind the settling, and in the last one of what the load lasted."""
    seconds = soaked.load_seconds
    full = [look for look in soaked.looks if look.people == soaked.people]
    begin, length = SETTLED_SHARE * seconds, WINDOW_SHARE * seconds
    early = [look for look in full if begin <= look.at_seconds < begin + length]
    late = [look for look in full if look.at_seconds >= seconds - length]
    return early, late


def _judged(soaked: Soaked, quantity: Quantity) -> Judged:
    early, late = (_values(window, quantity) for window in windows(soaked))
    before, after = (_known(look, quantity) for look in (soaked.rest_before, soaked.rest_after))
    enough = min(len(early), len(late)) >= FEWEST_LOOKS
    values = Judged(
        quantity=quantity,
        early=median(early) if enough else None,
        late=median(late) if enough else None,
        rest_before=before,
        rest_after=after,
        bound="",
        met=None,
        message="",
    )
    return _of_memory(values) if quantity == "memory" else _of_things(values, max(early, default=0))


def _values(looks: Sequence[Look], quantity: Quantity) -> list[int]:
    return [value for look in looks if (value := look.of(quantity)) is not None]


def _known(look: Look | None, quantity: Quantity) -> int | None:
    return look.of(quantity) if look else None


def _of_memory(values: Judged) -> Judged:
    bound = f"within {MEMORY_TOLERANCE:.0%} of what it was once it had settled".replace("%", " %")
    if values.early is None or values.late is None:
        return values.model_copy(update={"bound": bound, "message": "memory: too few looks"})
    change = values.late / values.early - 1
    said = f"memory {change:+.1%}".replace("%", " %") + f" ({size(values.early)} to {size(values.late)})"
    # less of it is no leak
    return values.model_copy(update={"bound": bound, "met": change <= MEMORY_TOLERANCE, "message": said})


def _of_things(values: Judged, most_early: float) -> Judged:
    kept = values.quantity in KEPT
    bound = "under load no more than once it had settled, and at rest no more than " + (
        "that" if kept else "before anybody came"
    )
    update = {"bound": bound, "met": None, "message": f"{values.quantity}: not known"}
    at_most = values.early if kept else values.rest_before
    if values.early is None or values.late is None or values.rest_after is None or at_most is None:
        return values.model_copy(update=update)
    more, grown = values.rest_after - at_most, values.late > most_early
    said = f"{values.early:g} {values.quantity} once settled, {values.late:g} at the end"
    rest = (
        f"{values.rest_before:g} at rest before, {values.rest_after:g} after" if values.rest_before is not None else ""
    )
    return values.model_copy(
        update={"bound": bound, "met": more <= 0 and not grown, "message": f"{said}; {rest}" if rest else said}
    )


def _verdict(soaked: Soaked, judged: Sequence[Judged]) -> tuple[SoakVerdict, str]:
    turns = soaked.turns_ok + soaked.turns_failed
    if soaked.died:
        return "DIED", f"the server ended after {_lasted(soaked)}: {soaked.died}"
    if soaked.rest_after is None:
        return "INVALID", f"it was ended after {_lasted(soaked)}, with people there"
    if soaked.load_seconds < WHOLE_SHARE * soaked.seconds:
        return "INVALID", f"the load ended by itself after {_lasted(soaked)}"
    if not turns or soaked.turns_failed > FAILED_SHARE * turns:
        return (
            "INVALID",
            f"{soaked.turns_failed} of {turns} turns failed: the crowd was not served; let fewer people come",
        )
    if judged[0].met is None:
        return "INVALID", "too few looks at a full crowd: let it last longer"
    leaks = [each for each in judged if each.met is False]
    if leaks:
        return "LEAKS", "; ".join(each.message for each in leaks)
    unknown = [each.quantity for each in judged if each.met is None]
    no_more = [each.quantity for each in judged if each.met and each.quantity != "memory"]
    said = judged[0].message
    if no_more:
        some = f"{', '.join(no_more[:-1])} or " if no_more[1:] else ""
        said += f", no more {some}{no_more[-1]} than there were"
    return "CLEAN", said + (f"; it does not say how many {' and '.join(unknown)} it has" if unknown else "")


def _lasted(soaked: Soaked) -> str:
    return f"{soaked.load_seconds / 60:.1f} of {soaked.seconds / 60:g} minutes"
