"""`summary.md`: a search for capacities on one screen. Pure."""

from bench.capacity import trials, words
from bench.capacity.record import Capacity
from bench.charts import Picture
from bench.summary import plain


def summary(capacity: Capacity, picture: Picture | None) -> str:
    blocks = [
        f"## {plain(capacity.headline or 'Nothing was found.')}",
        _verdict(capacity),
        plain(words.search_range(capacity)),
        plain(words.WHAT),
        _table(capacity),
        f"![{plain(picture.title)}](charts/{picture.name}.svg)" if picture else "",
        _reproduce(capacity),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _verdict(capacity: Capacity) -> str:
    why = plain(capacity.ended_because) or "it was ended"
    incomplete = "" if capacity.complete else f" **Incomplete**: {why} before the last search had ended."
    lines = [f"- {plain(reason.check)}: {plain(reason.message)}" for reason in capacity.validity.reasons]
    return "\n".join([f"**{capacity.validity.verdict}**.{incomplete}", *lines])


def _table(capacity: Capacity) -> str:
    if not capacity.probes:
        return "Nothing was measured."
    rules = ["--:" if name in ("probe", "search", "people", "answered well") else ":--" for name in trials.HEAD]
    lines = [[plain(cell) for cell in row] for row in trials.rows(capacity)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [trials.HEAD, rules, *lines])


def _reproduce(capacity: Capacity) -> str:
    environment = capacity.environment
    commit = f" at commit `{environment.commit[:12]}`" if environment.commit else ""
    dirty = " with uncommitted changes" if environment.dirty else ""
    command = capacity.command.replace("`", "'")
    return (
        f"Search {plain(capacity.id)}: `{command}`{commit}{dirty}, on {plain(environment.cpu_model)} with "
        f"{environment.cpu_count} cores. The numbers are in [capacity.json](capacity.json), every turn in "
        "turns.ndjson.gz."
    )
