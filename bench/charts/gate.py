"""What a gate decided: for every gated metric head / base in each block, and what of it is allowed.

Look at where the bar lies. A dot is one block; the mark is the estimate over all of them and the bar its 95 % interval.
The green zone is what is allowed, which for a metric that is next to nothing is wide: nobody cares about so little. A
bar that lies wholly beyond it shuts the gate.
"""

from collections.abc import Sequence
from math import ceil, floor, log2

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bench import units
from bench.charts import style
from bench.gate import words
from bench.gate.conclude import good_blocks
from bench.gate.gated import BY_NAME
from bench.gate.record import Decided, Gate
from bench.results import Verdict

COLOURS: dict[str, str] = {"PASS": style.STAMPS["VALID"], "FAIL": style.STALE, "INCONCLUSIVE": style.STAMPS["SUSPECT"]}
MARKS = {"PASS": "o", "FAIL": "X", "INCONCLUSIVE": "D"}
NARROWEST, WIDEST = 1.25, 16.0
"""How far the scale goes at least and at most, both ways from 1."""
LEFT, WIDTH = 0.285, 0.34


def draw(gate: Gate) -> Figure | None:
    if not gate.decisions:
        return None
    figure = style.blank(
        gate.headline,
        "Each dot is one block: head / base, measured right after each other on fresh servers; log scale. "
        "Green: what is allowed. Bar: 95 % interval of the estimate.",
        _caption(gate),
    )
    axes = figure.add_axes((LEFT, 0.15, WIDTH, style.TOP - 0.13))
    reach = _reach(gate)
    axes.set_xscale("log")
    axes.set_xlim(1 / reach, reach)
    axes.axvline(1, color=style.MUTED, linewidth=1)
    for row, decided in enumerate(gate.decisions):
        _row(axes, gate, decided, row, reach)
    axes.set_ylim(len(gate.decisions) - 0.4, -0.75)
    _ticks(axes, reach)
    if gate.lost:
        colour = COLOURS[gate.lost.verdict]
        figure.text(
            0.035, 0.072, words.lost(gate.lost).capitalize(), color=colour, size=style.SMALL_POINTS, weight="bold"
        )
    _stamp(figure, gate)
    return figure


def _row(axes: Axes, gate: Gate, decided: Decided, row: int, reach: float) -> None:
    colour, across = COLOURS[decided.verdict], axes.get_yaxis_transform()
    if decided.base:
        allowed = BY_NAME[decided.name].limit(decided.base) / decided.base
        axes.barh(row, min(allowed, reach) - 1 / reach, left=1 / reach, height=0.72, color=style.STAMPS["VALID"],
                  alpha=0.10, linewidth=0, gid=f"allowed-{decided.name}")  # fmt: skip
    ratios = _ratios(gate, decided)
    shown = [min(max(ratio, 1 / reach), reach) for ratio in ratios]
    axes.plot(shown, [row + _spread(index) for index in range(len(shown))], linestyle="none", marker="o", markersize=5,
              color=style.MODEL, alpha=0.8, gid=f"blocks-{decided.name}", clip_on=False)  # fmt: skip
    if decided.ratio:
        _estimate(axes, decided, row, reach)
    else:
        axes.text(0.5, row, "no ratio: it is 0 in some block", transform=across, ha="center", va="center",
                  color=style.MUTED, size=style.SMALL_POINTS)  # fmt: skip
    title, statistic, _ = decided.title.partition(", p")
    axes.text(-0.81, row - 0.13, title, transform=across, va="center", size=style.SMALL_POINTS, weight="bold")
    values = f"{units.show(decided.base, decided.unit)} to {units.show(decided.head, decided.unit)}"
    axes.text(-0.81, row + 0.19, f"{f'p{decided.statistic[1:]}, ' if statistic else ''}{values}", transform=across,
              va="center", size=style.SMALL_POINTS, color=style.MUTED)  # fmt: skip
    axes.text(1.04, row - 0.13, words.factor(decided), transform=across, va="center", size=style.SMALL_POINTS)
    axes.text(1.04, row + 0.19, f"allowed {words.allowed(decided)}", transform=across, va="center",
              size=style.SMALL_POINTS, color=style.MUTED)  # fmt: skip
    verdict = f"{decided.verdict}{', accepted' if decided.accepted else ''}"
    axes.text(2.01, row, verdict, transform=across, va="center", ha="right", size=style.LABEL_POINTS, weight="bold",
              color=colour)  # fmt: skip


def _estimate(axes: Axes, decided: Decided, row: int, reach: float) -> None:
    ratio, colour = decided.ratio, COLOURS[decided.verdict]
    assert ratio is not None
    if ratio.low is not None and ratio.high is not None:
        ends = [min(max(end, 1 / reach), reach) for end in (ratio.low, ratio.high)]
        axes.plot(ends, [row, row], color=colour, linewidth=4, solid_capstyle="butt", gid=f"interval-{decided.name}")
    axes.plot([min(max(ratio.center, 1 / reach), reach)], [row], linestyle="none", marker=MARKS[decided.verdict],
              markersize=10, color=colour, markeredgecolor=style.PAPER, gid=f"ratio-{decided.name}")  # fmt: skip


def _ratios(gate: Gate, decided: Decided) -> list[float]:
    pairs = [block.pair(BY_NAME[decided.name]) for block in good_blocks(gate)]
    return [pair.head / pair.base for pair in pairs if pair and pair.base and pair.head]


def _spread(index: int) -> float:
    """Dots of one row above and below each other, in the order of the blocks."""
    return (index % 5 - 2) * 0.13


def _reach(gate: Gate) -> float:
    ratios = [ratio for decided in gate.decisions for ratio in _ratios(gate, decided)]
    furthest = max([NARROWEST, *(max(ratio, 1 / ratio) for ratio in ratios)])
    return min(WIDEST, furthest * 1.05)


def _ticks(axes: Axes, reach: float) -> None:
    if reach < 2:
        ticks: Sequence[float] = [
            tick for tick in (0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 1.8) if 1 / reach <= tick
        ]
    else:
        ticks = [2.0**power for power in range(floor(-log2(reach)), ceil(log2(reach)) + 1)]
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in ticks if 1 / reach <= tick <= reach]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("head / base in a block (log scale)")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x")


def _caption(gate: Gate) -> tuple[str, str]:
    case, environment = gate.case, gate.environment
    basis = [
        f"base {words.name_of(gate, 'base')}",
        f"head {words.name_of(gate, 'head')}",
        f"{words.blocks(gate)} blocks of {case.window_seconds:g} s",
        units.people(case.sessions[-1]),
        f"model: fake Gemini, {gate.fake_profile}",
        f"seed {gate.seed}",
    ]
    return (
        style.SEPARATOR.join(basis),
        style.SEPARATOR.join([f"{environment.cpu_model}, {environment.cpu_count} cores", f"gate {gate.id}"]),
    )


def _stamp(figure: Figure, gate: Gate) -> None:
    validity: Verdict = "INVALID" if gate.verdict == "INVALID" else "SUSPECT" if gate.reasons else "VALID"
    style.stamp(figure, validity, complete=gate.complete)
