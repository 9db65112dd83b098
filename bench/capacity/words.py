"""What a search for capacities came to, in words: what the command, the page, the chart and the summary say. Pure."""

from bench import units
from bench.capacity import trials
from bench.capacity.record import Capacity, Held, Probed
from bench.stats import MINIMUM_TRIALS

WHAT = (
    "People of the latency scenario ask, hear the whole reply, think and ask again. Their number was doubled until the "
    "objective was missed, and then halved back between what held and what did not. What was found had to hold for a "
    "longer window too. Each load met a freshly started server; later searches began where earlier ones had "
    "ended, so that they agree more than six made afresh would."
)


def headline(capacity: Capacity) -> str:
    """A sentence for each target. Empty while no search has ended."""
    return " ".join(sentence(capacity, held) for held in capacity.held)


def sentence(capacity: Capacity, held: Held) -> str:
    """How many, how certain, and what is beyond."""
    basis = f" ({interval(held)})" if held.sessions else ""
    return f"{capacity.names[held.target]} {brief(capacity, held)}{basis}: {_limit(capacity, held)}."


def title(capacity: Capacity) -> str:
    """The finding in one line."""
    said: list[str] = []
    for held in capacity.held:
        finding = brief(capacity, held)
        if held.sessions and any(" holds " in other for other in said):  # 'Flask holds 100 people, Quart 640'
            finding = finding.removeprefix("holds ").rpartition(" ")[0]
        said.append(f"{capacity.names[held.target]} {finding}")
    return ", ".join(said) if said else "No search came to its end"


def brief(capacity: Capacity, held: Held) -> str:
    """'holds 640 people'."""
    if held.sessions:
        return f"holds {'at least ' if held.at_least else ''}{units.people(held.sessions)}"
    if held.at_least:
        return "could not be measured"
    return f"does not hold even {units.people(capacity.start)}"


def interval(held: Held) -> str:
    """'between 600 and 660 in 6 searches', or how many searches an interval takes."""
    if held.low is None:
        made = "one search" if held.searches == 1 else f"median of {held.searches} searches"
        return f"{made}; an interval takes {MINIMUM_TRIALS}"
    if held.high is None:
        return f"at least {held.low} in {held.searches} searches"
    if held.low == held.high:
        return f"the same in {held.searches} searches"
    return f"between {held.low} and {held.high} in {held.searches} searches"


def search_range(capacity: Capacity) -> str:
    """What was looked for, and where."""
    searches = "1 search" if capacity.repeats == 1 else f"{capacity.repeats} searches"
    return (
        f"Objective: {capacity.objective}. {searches} for each target, from {capacity.start} to at most "
        f"{units.people(capacity.most)}, no finer than {units.percent(capacity.precision)}."
    )


def _limit(capacity: Capacity, held: Held) -> str:
    """What is beyond, or why nobody knows."""
    if held.at_least:
        return _open_end(capacity, held)
    if held.because and held.binding != "machine" and held.binding_at == held.beyond:
        return f"at {held.beyond} {held.because}"
    missed = trials.missed(_probe(capacity, held, held.beyond, "missed"))
    why = f"at {held.binding_at} {held.because}" if held.because else "the numbers do not say why"
    return f"at {held.beyond} it misses the objective ({missed}), and {why}"


def _open_end(capacity: Capacity, held: Held) -> str:
    if held.ended_by == "most":
        return f"no more were tried (--most {capacity.most})"
    ended = [search for search in capacity.searches_of(held.target) if search.ended_by == held.ended_by]
    endings = [search.ended_at for search in ended if search.ended_at is not None]
    at = min([ending for ending in endings if ending > held.sessions] or endings)
    probe = _probe(capacity, held, at, held.ended_by)
    if held.ended_by == "spoiled":
        return f"at {at} it was the instrument, and not the server, that was at its limit ({probe.because})"
    return f"at {at} there was too little to judge by ({trials.unknown(probe)})"


def _probe(capacity: Capacity, held: Held, sessions: int | None, answer: str) -> Probed:
    """The latest at this load that got this answer."""
    wanted = (held.target, sessions, answer)
    return next(p for p in reversed(capacity.probes) if (p.target, p.sessions, p.answer) == wanted)
