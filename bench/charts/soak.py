"""What servers hold while people come and go: memory, threads, descriptors and tasks, minute by minute.

Behind the dotted line a server has settled; from there on its memory is to stay within the band, and nothing is to
climb. The diamonds at the right edge are what is left when all have gone, the hollow ones at the left what there was
before anybody came.
"""

from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.charts import style
from bench.charts.data import colour_of
from bench.charts.lettering import printable
from bench.results import Verdict
from bench.soak import words
from bench.soak.judge import MEMORY_TOLERANCE, QUANTITIES, SETTLED_SHARE, windows
from bench.soak.record import Quantity, Soak, Soaked

TITLES = {
    "memory": "Memory of its own",
    "threads": "Threads",
    "descriptors": "Descriptors",
    "tasks": "Tasks of all event loops",
}
SUBTITLE = (
    "People ask, barge in, leave in mid-reply, talk nonsense, come back. Diamonds: nobody there, before and after."
)
MEGABYTE = 1e6
EDGE_SHARE = 0.025


def draw(soak: Soak) -> Figure | None:
    shown = [soaked for soaked in soak.soaked if soaked.looks]
    if not shown:
        return None
    figure = style.blank(words.title(soak), SUBTITLE, _caption(soak))
    grid = figure.add_gridspec(
        2, 2, left=style.LEFT, right=style.RIGHT, top=style.TOP - 0.02, bottom=0.125, wspace=0.16, hspace=0.42
    )
    for index, quantity in enumerate(QUANTITIES):
        _panel(figure.add_subplot(grid[divmod(index, 2)]), soak, shown, quantity)
    figure.legend(
        handles=[_key(soak, soaked) for soaked in shown], loc="upper right", ncols=6, frameon=False,
        bbox_to_anchor=(style.RIGHT + 0.01, 0.825), fontsize=style.SMALL_POINTS, handletextpad=0.5, columnspacing=1.6,
    )  # fmt: skip
    invalid = any(soaked.verdict == "INVALID" for soaked in shown)
    verdict: Verdict = "INVALID" if invalid else "VALID"
    style.stamp(figure, verdict, complete=soak.complete)
    return figure


def _key(soak: Soak, soaked: Soaked) -> Line2D:
    name = f"{printable(soak.names[soaked.target])}, {soaked.people} people"
    return Line2D([], [], color=_colour(soak, soaked), linewidth=2.4, label=name)


def _colour(soak: Soak, soaked: Soaked) -> str:
    return colour_of(next(target for target in soak.targets if target.name == soaked.target))


def _panel(axes: Axes, soak: Soak, shown: list[Soaked], quantity: Quantity) -> None:
    scale = MEGABYTE if quantity == "memory" else 1.0
    minutes = max(soaked.load_seconds for soaked in shown) / 60
    for soaked in shown:
        _line(axes, soak, soaked, quantity, scale, minutes)
    axes.axvline(SETTLED_SHARE * minutes, color=style.MUTED, linewidth=1.2, linestyle=":", zorder=1, gid="settled")
    axes.set_xlim(-2 * EDGE_SHARE * minutes, (1 + 2 * EDGE_SHARE) * minutes)
    axes.set_ylim(0, None)
    axes.margins(y=0.12)
    axes.grid(True, axis="y")
    axes.set_xlabel("minutes", size=style.SMALL_POINTS, labelpad=1)
    unit = " (MB)" if quantity == "memory" else ""
    axes.set_title(f"{TITLES[quantity]}{unit}", loc="left", weight="bold", size=style.LABEL_POINTS, pad=6)


def _line(axes: Axes, soak: Soak, soaked: Soaked, quantity: Quantity, scale: float, minutes: float) -> None:
    colour = _colour(soak, soaked)
    points = [
        (look.at_seconds / 60, value / scale) for look in soaked.looks if (value := look.of(quantity)) is not None
    ]
    if not points:
        return
    axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.8, zorder=3, gid=f"{quantity}-{soaked.target}")
    early, _ = windows(soaked)
    if quantity == "memory" and early:
        level = median(look.memory_bytes for look in early) / scale
        axes.fill_between(
            [SETTLED_SHARE * minutes, minutes], level * (1 - MEMORY_TOLERANCE), level * (1 + MEMORY_TOLERANCE),
            color=colour, alpha=0.14, linewidth=0, zorder=1, gid=f"band-{soaked.target}",
        )  # fmt: skip
    for look, at, filled in (
        (soaked.rest_before, -EDGE_SHARE * minutes, False),
        (soaked.rest_after, (1 + EDGE_SHARE) * minutes, True),
    ):
        value = look.of(quantity) if look else None
        if value is not None:
            axes.plot(
                [at], [value / scale], marker="D", markersize=7, color=colour, zorder=4, clip_on=False,
                markerfacecolor=colour if filled else style.PAPER, gid=f"rest-{quantity}-{soaked.target}",
            )  # fmt: skip


def _caption(soak: Soak) -> tuple[str, str]:
    environment = soak.environment
    commit = f"commit {environment.commit[:9]}" if environment.commit else "commit unknown"
    basis = [
        f"{soak.minutes:g} minutes each",
        soak.people_by,
        f"thinking {soak.think_seconds:g} s",
        f"model: fake Gemini, {soak.fake_gemini.get('profile', '-')}",
    ]
    machine = [f"{environment.cpu_model}, {environment.cpu_count} cores", commit, soak.id]
    return style.SEPARATOR.join(basis), style.SEPARATOR.join(machine)
