"""Every interruption: how long the old reply talked on, and when the new one began.

Look at where the dots lie, not only at the medians: each dot is one interruption of one person. A dot at 0 on the
left is a reply of which nothing came any more after the interruption.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import units
from bench.book import UNNOTICED_SECONDS, Place
from bench.charts import alike, style
from bench.charts.data import ChartData, colour_of, ink_of, pooled
from bench.elsewhere_words import beside, trip_to
from bench.results import Target

PANELS = (
    ("stop_seconds", "Until the old reply fell silent"),
    ("resume_seconds", "Until the new reply began"),
)
_CLOUD = 0.27
"""Half the width of the widest cloud, in columns."""
_BINS = 60
_SPARSE = 24
"""A bin with fewer dots than this does not fill the width."""
_DENSE = 1500
"""From so many dots on, they are stored as pixels: the page would grow too large."""


def draw(data: ChartData) -> Figure | None:
    place = data.interruption_place
    if place is None:
        return None
    figure = style.sheet(
        data,
        _finding(data, place),
        "Each small dot is one interruption, each large one the median of a trial. "
        "Line and band: median of the trials, with its 95 % interval where there are trials enough.",
        [place],
    )
    many = style.are_many(data.run.targets)
    grid = figure.add_gridspec(
        *((2, 1) if many else (1, 2)), left=style.LEFT, right=style.RIGHT, top=style.TOP - 0.02,
        bottom=0.19 if many else 0.215, wspace=0.16, hspace=0.95,
    )  # fmt: skip
    for index, (metric, title) in enumerate(PANELS):
        _panel(figure.add_subplot(grid[index]), data, place, metric, title)
    return figure


def _finding(data: ChartData, place: Place) -> str:
    stops = data.centers(place, "stop_seconds", "p50")
    if not stops:
        return "What followed each interruption"
    if style.are_many(stops):
        return f"Interrupted in mid-reply, {_of_many(data, stops)}"
    said = [f"{style.name_of(data, target)} {_stopping(seconds)}" for target, seconds in reversed(stops)]
    return f"Interrupted in mid-reply, {'; '.join(said)}"


def _of_many(data: ChartData, stops: Sequence[tuple[Target, float]]) -> str:
    """`stops` ascend. Those that fall silent in time are counted, the others named."""
    soon = [target for target, seconds in stops if seconds <= UNNOTICED_SECONDS]
    late = alike.groups(stops[len(soon) :][::-1], units.seconds)
    said = [f"{alike.who(data, group.targets)} talk{_s(group.targets)} on for {group.said}" for group in late]
    if soon:
        latest = stops[len(soon) - 1][1]
        within = f"within {units.seconds(latest)}" if latest > 0 else "at once"
        said.append(f"{alike.who(data, soon)} fall{_s(soon)} silent {within}")
    return "; ".join(said)


def _s(targets: Sequence[Target]) -> str:
    return "s" if len(targets) == 1 else ""


def _stopping(seconds: float) -> str:
    if seconds <= 0:
        return "falls silent at once"
    verb = "falls silent after" if seconds <= UNNOTICED_SECONDS else "talks on for"
    return f"{verb} {units.seconds(seconds)}"


def _panel(axes: Axes, data: ChartData, place: Place, metric: str, title: str) -> None:
    targets = data.measured_targets(place, metric)
    labels = [_column(axes, data, place, metric, target, at) for at, target in enumerate(targets)]
    axes.set_title(title, loc="left", weight="bold", pad=10)
    axes.set_xticks(range(len(targets)), labels)
    size = {1: 11.5, 2: 11.5, 3: 10, 4: 10.5, 5: 10.5}.get(len(targets), 9.5)
    axes.tick_params(axis="x", length=0, labelsize=size, pad=6)
    for tick, target in zip(axes.get_xticklabels(), targets, strict=True):
        tick.set_color(ink_of(target))
        tick.set_linespacing(1.35)
    axes.set_xlim(-0.55, max(len(targets), 1) - 0.45)
    top = axes.get_ylim()[1]
    axes.set_ylim(-0.02 * top, top)
    axes.set_ylabel("seconds after" if style.are_many(data.run.targets) else "seconds after the interruption")
    style.scale(axes, "y", "s")


def _column(axes: Axes, data: ChartData, place: Place, metric: str, target: Target, at: int) -> str:
    """Draws one target; gives what stands under it."""
    trials = data.trials(target, place)
    lists = [data.values(trial, metric) for trial in trials]
    values = sorted(pooled(lists))
    colour = colour_of(target)
    axes.plot(
        [at - 0.16 + aside for aside in _cloud(values)], values,
        linestyle="none", marker=style.marker_of(data, target), markersize=3.6,
        color=colour, alpha=0.45, markeredgewidth=0, rasterized=len(values) > _DENSE, gid=f"each-{target.name}",
    )  # fmt: skip
    medians = [trial.metrics[metric].values.get("p50") for trial in trials if metric in trial.metrics]
    known = [median for median in medians if median is not None]
    across = [at + 0.32 + 0.025 * (index - (len(known) - 1) / 2) for index in range(len(known))]
    style.dots(axes, data, target, (across, known), f"trials-{target.name}")
    numbers = _numbers(axes, data, place, metric, target, at)
    trip = trip_to(data.run, target)
    way = f"round trip {trip}" if trip else ""
    if len(data.run.targets) <= 2:  # more have no room for it
        numbers, way = [" ".join(numbers)], beside(data.run, target, metric, None)
    return "\n".join([style.name_of(data, target), *numbers, *_counts(values), *([way] if way else [])])


def _numbers(axes: Axes, data: ChartData, place: Place, metric: str, target: Target, at: int) -> list[str]:
    estimate = data.estimate(target, place, metric, "p50")
    if estimate is None or estimate.center is None:
        return ["no valid trial"]
    colour = colour_of(target)
    axes.plot([at + 0.2, at + 0.44], [estimate.center] * 2, color=colour, linewidth=3, gid=f"median-{target.name}")
    said = f"median {units.seconds(estimate.center)}"
    if estimate.low is None or estimate.high is None:
        return [said]
    axes.fill_between([at + 0.2, at + 0.44], estimate.low, estimate.high, color=colour, alpha=0.2, linewidth=0)
    return [said, f"[{units.seconds(estimate.low)}, {units.seconds(estimate.high)}]"]


def _counts(values: Sequence[float]) -> list[str]:
    """The dots that lie on one another at exactly 0 are counted in words."""
    at_zero = sum(value == 0 for value in values)
    return [f"{len(values)} dots{f', {at_zero} at 0' if at_zero else ''}"]


def _cloud(values: Sequence[float]) -> list[float]:
    """How far each dot is moved aside, so that the width of the cloud shows how many are about as high.

    `values` ascend. Dots that share a bin go to both sides in turn; the fullest bin fills the whole width.
    """
    top = max(values, default=0.0) or 1.0
    bins = [min(int(value / top * _BINS), _BINS - 1) for value in values]
    sizes = Counter(bins)
    step = 2 * _CLOUD / max(_SPARSE, *sizes.values()) if sizes else 0.0
    ranks = [index - bisect_left(bins, place) for index, place in enumerate(bins)]
    return [step * ((rank + 1) // 2) * (-1) ** rank for rank in ranks]
