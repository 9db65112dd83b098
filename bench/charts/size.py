"""What so many people cost: the bill of an hour against people at a time, step by step as instances are added.

The dashed line is at the number of people that was asked about. A step is as wide as one instance usually carries, so
the target with the wider steps needs fewer of them.
"""

from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bench import units
from bench.charts import style
from bench.charts.data import colour_of, ink_of
from bench.charts.lettering import printable, spread
from bench.size import words
from bench.size.record import Size, Sized

REACH = 1.6
"""So many times as many people as were asked about."""
MOST_STEPS = 400


def draw(size: Size) -> Figure | None:
    shown = [sized for sized in size.sized if sized.instances is not None]
    if not shown:
        return None
    priced = all(sized.cost_per_hour is not None for sized in shown)
    figure = style.blank(
        words.headline(size),
        f"{'The bill of an hour' if priced else 'Instances'} against people connected at the same time; dashed: "
        f"{units.people(size.users)}. Each step is an instance more. {_scaling(size)}",
        _caption(size),
    )
    axes = figure.add_axes((style.LEFT + 0.02, style.BOTTOM, 0.76, style.TOP - style.BOTTOM - 0.02))
    ends = {sized.target: _steps(axes, size, sized, priced) for sized in shown}
    top = max(ends.values())
    axes.set_xlim(0, size.users * REACH)
    axes.set_ylim(0, 1.08 * top)
    axes.axvline(size.users, color=style.MUTED, linewidth=1.4, linestyle="--", zorder=2, gid="users")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=not priced))
    axes.set_ylabel(f"{size.prices.currency} an hour" if priced and size.prices else "instances")
    axes.set_xlabel("people at a time")
    axes.grid(True, axis="y")
    _name_steps(axes, size, ends, top)
    style.stamp(figure, size.capacity_validity.verdict, complete=size.capacity_complete)
    return figure


def _steps(axes: Axes, size: Size, sized: Sized, priced: bool) -> float:
    """The staircase of one target; gives where it ends."""
    each = (sized.cost_per_hour or 0.0) / (sized.instances or 1) if priced else 1.0
    colour = colour_of(next(target for target in size.targets if target.name == sized.target))
    last = ceil(size.users * REACH / sized.usual_sessions)
    stride = ceil(last / MOST_STEPS)
    numbers = range(stride, last + stride, stride)
    across = [0.0, *(float(number * sized.usual_sessions) for number in numbers)]
    up = [number * each for number in numbers]
    axes.step(across, [up[0], *up], where="pre", color=colour, linewidth=2.2, zorder=3, gid=f"steps-{sized.target}")
    instances = sized.instances or 0
    axes.plot([size.users], [instances * each], "o", color=colour, markersize=9, zorder=4, gid=f"at-{sized.target}")
    said = words.money(size, sized.cost_per_hour) if priced else ""
    axes.annotate(
        f"{units.instances(instances)}{f', {said}' if said else ''}", (size.users, instances * each), xytext=(-10, 7),
        textcoords="offset points", ha="right", color=colour, size=style.SMALL_POINTS, weight="bold", zorder=5,
        bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.5}, gid=f"words-{sized.target}",
    )  # fmt: skip
    return ceil(size.users * REACH / sized.usual_sessions) * each


def _name_steps(axes: Axes, size: Size, ends: dict[str, float], top: float) -> None:
    places = spread([end / top for end in ends.values()], 0.06, 0.03, 1.0)
    for (name, end), place in zip(ends.items(), places, strict=True):
        target = next(target for target in size.targets if target.name == name)
        sized = next(sized for sized in size.sized if sized.target == name)
        axes.annotate(
            f"{printable(size.names[name])}:\n{sized.usual_sessions} for each", (size.users * REACH, end),
            xytext=(9, (place - end / top) * 300), textcoords="offset points", color=ink_of(target),
            size=style.SMALL_POINTS, weight="bold", va="center", annotation_clip=False, zorder=5, gid=f"name-{name}",
        )  # fmt: skip


def _scaling(size: Size) -> str:
    if size.utilization == 1:
        return "A fixed number of instances, all full."
    return f"The autoscaler keeps {units.percent(size.utilization)} of an instance's concurrency in use."


def _caption(size: Size) -> tuple[str, str]:
    prices = f"prices of {size.prices.as_of.isoformat()}, {size.prices.region}" if size.prices else "no prices"
    basis = [f"objective: {size.objective}", f"thinking {units.seconds(size.think_seconds)}", prices]
    return style.SEPARATOR.join(basis), style.SEPARATOR.join([size.cpu_model, f"capacity {size.capacity_id}", size.id])
