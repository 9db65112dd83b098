"""An axis of runs in the order of time: as many commits and dates below it as there is room for."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes

from bench.charts.lettering import width_points
from bench.history.record import Looked
from bench.history.words import commit

LABEL_POINTS = 9.0
_GAP_POINTS = 7.0
_POINTS_PER_INCH = 72


def label_axis(axes: Axes, runs: Sequence[Looked], wanted: Iterable[int]) -> None:
    """A tick for each run; labels at the places `wanted` before all others, then at the ends, then evenly between."""
    labels = [f"{commit(run)}\n{run.started_at[5:10]}" for run in runs]
    widest = max(width_points(commit(run), LABEL_POINTS) for run in runs) + _GAP_POINTS
    apart = widest * (len(runs) + 0.2) / size_points(axes)[0]
    chosen = thinned(len(runs), wanted, apart)
    axes.set_xlim(-0.6, len(runs) - 0.4)
    axes.set_xticks(chosen, [labels[place] for place in chosen], size=LABEL_POINTS)
    axes.set_xticks(range(len(runs)), minor=True)
    axes.tick_params(axis="x", which="minor", length=2)


def size_points(axes: Axes) -> tuple[float, float]:
    """How wide and how high they are on the sheet."""
    place, sheet = axes.get_position(), axes.get_figure(root=True)
    assert sheet is not None
    width, height = sheet.get_size_inches()
    return place.width * width * _POINTS_PER_INCH, place.height * height * _POINTS_PER_INCH


def thinned(count: int, wanted: Iterable[int], apart: float) -> list[int]:
    """Places of 0 to `count` - 1 that lie at least `apart` from each other, those wanted first."""
    step = max(1, round(apart + 0.499))
    chosen: list[int] = []
    for place in [*wanted, count - 1, 0, *range(0, count, step), *range(count)]:
        if all(abs(place - other) >= apart for other in chosen):
            chosen.append(place)
    return sorted(chosen)
