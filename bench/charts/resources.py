"""What a crowd costs the server's machine: processor, memory and threads of its whole process tree.

Look at the slopes: the words beside the memory lines say what one more person costs. A line that bends flat where
the threads are used up has not become cheap; it has stopped letting people in.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from bench import units
from bench.book import Place
from bench.charts import style
from bench.charts.data import ChartData
from bench.charts.steps import Number, against_sessions, finish, name_lines
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
    slopes = {
        target.name: slope for target in data.run.targets if (slope := bytes_per_person(data, target)) is not None
    }
    figure = style.sheet(
        data,
        _finding(data, slopes),
        "Each mark is one trial, the line the median of the trials. Whole process tree of the server over the window.",
        data.crowd_places,
    )
    grid = figure.add_gridspec(
        1, 3, left=style.LEFT + 0.005, right=0.925, top=style.TOP - 0.02, bottom=style.BOTTOM, wspace=0.66
    )
    for column, (metric, title, label) in enumerate(PANELS):
        axes = figure.add_subplot(grid[column])
        ends = against_sessions(axes, data, Number(metric, "value"))
        finish(axes, data, title, label, metric)
        few = len(data.run.targets) <= 3
        words = {
            name: f"\n+{units.size(slope)}\na person" if few else f" +{units.size(slope)}"
            for name, slope in slopes.items()
        }
        name_lines(axes, data, ends, words if metric == "memory_bytes" else None)
    return figure


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
    if data.run.targets and len(slopes) == len(data.run.targets):
        return f"One more person costs {_each(data, slopes)}{_threads(data)}"
    places = data.book.places(PER_PERSON, "value")
    place = max(places, key=lambda at: (len(data.book.centers(at, PER_PERSON, "value")), at[1]), default=None)
    if place is None:
        return "What a crowd costs the server's machine"
    return f"A person costs {_each(data, data.book.centers(place, PER_PERSON, 'value'))} ({units.people(place[1])})"


def _each(data: ChartData, sizes: Mapping[str, float]) -> str:
    named = sorted((target for target in data.run.targets if target.name in sizes), key=lambda at: -sizes[at.name])
    said = [f"{units.size(sizes[target.name])} with {style.name_of(data, target)}" for target in named]
    return " and ".join(style.extremes(said))


def _threads(data: ChartData) -> str:
    """In the order of the targets."""
    place = data.crowd_places[-1]
    entries = [data.estimate(target, place, "threads", "value") for target in data.run.targets]
    said = [
        f"{units.count(entry.center)} with {style.name_of(data, target)}"
        for target, entry in zip(data.run.targets, entries, strict=True)
        if entry and entry.center is not None
    ]
    return f"; threads with {place[1]} people: {' and '.join(said)}" if len(said) == len(entries) <= 3 else ""


def _all(data: ChartData, place: Place) -> list[Trial]:
    return [trial for target in data.run.targets for trial in data.trials(target, place)]
