"""What a crowd costs the server's machine: processor, memory and threads of its whole process tree.

Look at the slopes: the words beside the memory lines say what one more person costs, where at two levels at least
nobody had to wait to connect. A line that bends flat where the threads are used up has not become cheap; it
has stopped letting people in.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from bench import units
from bench.book import Place
from bench.charts import alike, style
from bench.charts.data import ChartData
from bench.charts.steps import Number, against_sessions, finish, key, name_lines, right_of
from bench.results import Target, Trial

PANELS = (
    ("cpu_share", "Processor", "cores in use"),
    ("memory_bytes", "Memory", "memory in use"),
    ("threads", "Threads", "threads"),
)

PER_PERSON = "memory_bytes_per_session"


def draw(data: ChartData) -> Figure | None:
    watched = any("memory_bytes" in trial.resources for place in data.crowd_places for trial in _all(data, place))
    if not watched:
        return None
    slopes = slopes_of(data)
    figure = style.sheet(
        data,
        _finding(data, slopes),
        "Each mark is one trial, the line the median of the trials. Whole process tree of the server over the window."
        + _basis(data, slopes),
        data.crowd_places,
    )
    grid = figure.add_gridspec(
        1, 3, left=style.LEFT + 0.005, right=right_of(data, 0.925), top=style.TOP - 0.02, bottom=style.BOTTOM,
        wspace=0.42 if style.are_many(data.run.targets) else 0.66,
    )  # fmt: skip
    for column, (metric, title, label) in enumerate(PANELS):
        axes = figure.add_subplot(grid[column])
        ends = against_sessions(axes, data, Number(metric, "value"))
        finish(axes, data, title, label, metric)
        words = {name: f"\n+{units.size(slope)}\na person" for name, slope in slopes.items()}
        name_lines(axes, data, ends, words if metric == "memory_bytes" else None)
    key(figure, data, {name: f"+{units.size(slope)} each" for name, slope in slopes.items()})
    return figure


def slopes_of(data: ChartData) -> dict[str, float]:
    """What one more person costs, by target; none at all where that can be said of one of several only.

    The head-to-head is told then: sizes found under two kinds of load are not to stand beside each other.
    """
    found = {target.name: slope for target in data.run.targets if (slope := bytes_per_person(data, target)) is not None}
    return found if len(found) >= min(2, len(data.run.targets)) else {}


def _basis(data: ChartData, slopes: dict[str, float]) -> str:
    """Of what many targets have in the key, and why some have none."""
    flat = [target for target in data.run.targets if target.name not in slopes]
    if not slopes or not (flat or style.are_many(data.run.targets)):
        return ""
    lacking = f"; too few of those with {alike.who(data, flat)}" if flat else ""
    return f" For each: the memory's slope over the levels at which nobody had to wait to connect{lacking}."


def bytes_per_person(data: ChartData, target: Target) -> float | None:
    """The slope of a straight line through the trials' memory at the levels at which nobody had to wait to connect.

    None with fewer than two such levels: a slope from the idle server on would charge people for its first load.
    """
    points = [
        (place[1], trial.resources["memory_bytes"])
        for place in data.crowd_places
        for trial in data.book.trials(target.name, place)
        if PER_PERSON in trial.resources
    ]
    people, memory = [sessions for sessions, _ in points], [size for _, size in points]
    return float(np.polyfit(people, memory, 1)[0]) if len(set(people)) > 1 else None


def _finding(data: ChartData, slopes: dict[str, float]) -> str:
    if slopes:
        return f"One more person costs {_each(data, slopes)}{_threads(data, slopes)}"
    place = _head_to_head(data)
    if place is None:
        return "What a crowd costs the server's machine"
    return f"A person costs {_each(data, data.book.centers(place, PER_PERSON, 'value'))} ({units.people(place[1])})"


def _head_to_head(data: ChartData) -> Place | None:
    """Where most targets have a size per person, from most trials; of such places the one that the key table shows."""
    book = data.book
    return max(
        book.places(PER_PERSON, "value"),
        key=lambda place: (
            len(book.centers(place, PER_PERSON, "value")),
            book.fewest_trials(place, PER_PERSON, "value"),
            place == data.quiet_place,
        ),
        default=None,
    )


def _each(data: ChartData, sizes: Mapping[str, float]) -> str:
    dearest = _dearest(data, sizes)
    if style.are_many(dearest):
        groups = alike.groups([(target, sizes[target.name]) for target in dearest], units.size, 3)
        return ", ".join(f"{group.said} with {alike.who(data, group.targets)}" for group in groups)
    said = [f"{units.size(sizes[target.name])} with {style.name_of(data, target)}" for target in dearest]
    return " and ".join(said)


def _threads(data: ChartData, sizes: Mapping[str, float]) -> str:
    place = data.crowd_places[-1]
    counts = data.centers(place, "threads", "value")[::-1]
    if style.are_many(counts):
        groups = _most_threads(counts)
        return f"; threads with {place[1]} people: {', '.join(f'{alike.who(data, at)} {said}' for at, said in groups)}"
    entries = [data.estimate(target, place, "threads", "value") for target in _dearest(data, sizes)]
    threads = [units.count(entry.center) for entry in entries if entry and entry.center is not None]
    return f"; threads with {place[1]} people: {' and '.join(threads)}" if len(threads) == len(entries) <= 3 else ""


def _most_threads(counts: Sequence[tuple[Target, float]]) -> list[tuple[list[Target], str]]:
    """`counts` descend. The two readings with the most, and below them what no other exceeds."""
    first = alike.groups(counts, units.count, len(counts))[:2]
    rest = counts[sum(len(group.targets) for group in first) :]
    told = [(group.targets, group.said) for group in first]
    return [*told, ([target for target, _ in rest], f"at most {units.count(rest[0][1])}")] if rest else told


def _dearest(data: ChartData, sizes: Mapping[str, float]) -> list[Target]:
    """The targets with a size, from the largest."""
    return sorted((target for target in data.run.targets if target.name in sizes), key=lambda at: -sizes[at.name])


def _all(data: ChartData, place: Place) -> list[Trial]:
    return [trial for target in data.run.targets for trial in data.trials(target, place)]
