"""What a crowd costs the server's machine: processor, memory and threads of its whole process tree.

Look at the slopes: the words beside the memory lines say what one more person costs. A line that bends flat where
the threads are used up has not become cheap; it has stopped letting people in.
"""

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


def draw(data: ChartData) -> Figure | None:
    watched = any("memory_bytes" in trial.resources for place in data.crowd_places for trial in _all(data, place))
    if not watched:
        return None
    slopes = {target.name: slope for target in data.run.targets if (slope := bytes_per_person(data, target))}
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
    """The slope of a straight line through the trials' memory, from nobody on, as long as everybody is let in."""
    points: list[tuple[float, float]] = []
    for place in data.crowd_places:
        if target.threads is not None and place[1] > target.threads:
            continue
        for trial in data.book.trials(target.name, place):
            if "memory_bytes" in trial.resources and "idle_memory_bytes" in trial.resources:
                points += [(0, trial.resources["idle_memory_bytes"]), (place[1], trial.resources["memory_bytes"])]
    if not points:
        return None
    people, memory = zip(*points, strict=True)
    return float(np.polyfit(people, memory, 1)[0])


def _finding(data: ChartData, slopes: dict[str, float]) -> str:
    named = [target for target in data.run.targets if target.name in slopes]
    named.sort(key=lambda target: -slopes[target.name])
    if not named:
        return "What a crowd costs the server's machine"
    each = [f"{units.size(slopes[target.name])} with {style.name_of(data, target)}" for target in named]
    place = data.crowd_places[-1]
    entries = [data.estimate(target, place, "threads", "value") for target in named]
    threads = [units.count(entry.center) for entry in entries if entry and entry.center is not None]
    tail = f"; threads with {place[1]} people: {' and '.join(threads)}" if len(threads) == len(named) <= 3 else ""
    return f"One more person costs {' and '.join(style.extremes(each))}{tail}"


def _all(data: ChartData, place: Place) -> list[Trial]:
    return [trial for target in data.run.targets for trial in data.trials(target, place)]
