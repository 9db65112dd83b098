"""What a gate decided: for every gated metric head / base in each block, and what of it is allowed.

Look at where the bar lies. A dot is one block; the mark is the estimate over all of them and the bar its 95 % interval.
The green zone is what is allowed, which for a metric that is next to nothing is wide: nobody cares about so little. A
bar that lies wholly beyond it shuts the gate.
"""

from collections.abc import Sequence
from math import ceil, floor, isfinite, log2
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bench import units
from bench.charts import style
from bench.charts.lettering import printable, wrapped
from bench.gate import words
from bench.gate.conclude import earlier_blocks, good_blocks
from bench.gate.gated import BY_NAME
from bench.gate.pairs import Block
from bench.gate.record import Decided, Gate, LostTurns
from bench.results import Verdict

COLOURS: dict[str, str] = {"PASS": style.STAMPS["VALID"], "FAIL": style.STALE, "INCONCLUSIVE": style.STAMPS["SUSPECT"]}
MARKS = {"PASS": "o", "FAIL": "X", "INCONCLUSIVE": "D"}
NARROWEST, WIDEST = 1.25, 16.0
"""How far the scale goes at least and at most, both ways from 1; what lies beyond is an arrow at the edge."""
LEFT, WIDTH = 0.345, 0.32
NAMES, NUMBERS, VERDICTS = ((at - LEFT) / WIDTH for at in (style.LEFT - 0.03, LEFT + WIDTH + 0.015, style.RIGHT))
"""Where each row says what it is of, what came out and what that means; as shares of the axes."""
FINE = (0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.6, 1.8)
COARSE = (0.25, 0.33, 0.5, 0.7, 1, 1.5, 2, 3, 4)
WHY_POINTS = 270.0
"""How long a line in the midst of a row may be."""


def draw(gate: Gate) -> Figure | None:
    if not gate.decisions:
        return None
    figure = style.blank(
        title(gate),
        f"{_meaning(gate)} Green: what is allowed. Bar: 95 % interval of the estimate.",
        _caption(gate),
    )
    axes = figure.add_axes((LEFT, 0.135, WIDTH, style.TOP - 0.115))
    reach = _reach(gate)
    axes.set_xscale("log")
    axes.set_xlim(1 / reach, reach)
    axes.axvline(1, color=style.MUTED, linewidth=1)
    for row, decided in enumerate(gate.decisions):
        _row(axes, gate, decided, row, reach)
    rows = len(gate.decisions)
    if gate.lost:
        _lost_row(axes, gate.lost, rows)
        rows += 1
    axes.set_ylim(rows - 0.45, -0.6)
    _ticks(axes, reach)
    _stamp(figure, gate)
    return figure


def title(gate: Gate) -> str:
    """The verdict and what it is due to. The numbers are in the rows."""
    who = words.judged(gate)
    taken = _named(gate, ("FAIL", "INCONCLUSIVE"), accepted=True)
    accepted = f"; accepted as it is: {', '.join(taken)}" if taken else ""
    match gate.verdict:
        case "PASS":
            return f"PASS: {who} is no worse than allowed{accepted}"
        case "FAIL":
            return f"FAIL: {who} is worse in {', '.join(_named(gate, ('FAIL',)))}{accepted}"
        case "INCONCLUSIVE":
            undecided = _named(gate, ("INCONCLUSIVE",))
            return f"INCONCLUSIVE: whether {who} is worse is not decided for {', '.join(undecided)}{accepted}"
        case "INVALID":
            return gate.headline


def _meaning(gate: Gate) -> str:
    if gate.yardstick:
        return f"Each dot is one block: head / {gate.yardstick.name}, as a multiple of what that was."
    return "Each dot is one block: head / base, measured right after each other."


def _named(gate: Gate, verdicts: Sequence[str], *, accepted: bool = False) -> list[str]:
    """What came out so, in a word or two each."""
    named = [
        BY_NAME[decided.name].short
        for decided in gate.decisions
        if decided.verdict in verdicts and decided.accepted == accepted
    ]
    if gate.lost and gate.lost.verdict in verdicts and gate.lost.accepted == accepted:
        named.append("lost turns")
    return named


def _row(axes: Axes, gate: Gate, decided: Decided, row: int, reach: float) -> None:
    if decided.base:
        allowed = BY_NAME[decided.name].limit(decided.base) / decided.base
        axes.barh(row, min(allowed, reach) - 1 / reach, left=1 / reach, height=0.76, color=style.STAMPS["VALID"],
                  alpha=0.10, linewidth=0, gid=f"allowed-{decided.name}")  # fmt: skip
    _dots(axes, decided, _ratios(gate, decided), row, reach)
    if decided.ratio:
        _estimate(axes, decided, row, reach)
    else:
        _in_the_midst(axes, _why_no_ratio(decided), row)
    name, statistic, _ = decided.title.partition(", p")
    values = " to ".join(units.show(value, decided.unit) for value in (decided.base, decided.head))
    below = f"{values if decided.difference else 'not measured'}{_not_everywhere(decided)}"
    _write(axes, NAMES, row, name, f"p{decided.statistic[1:]}, {below}" if statistic else below, weight="bold")
    _write(axes, NUMBERS, row, words.number(decided), f"allowed {words.allowed(decided)}")
    _verdict(axes, decided, row)


def _not_everywhere(decided: Decided) -> str:
    """In how few blocks there was a value."""
    if decided.missing:
        return f", too few turns in {words.counted(decided.missing, 'block')}"
    return f", in {decided.blocks} of {decided.of_blocks} blocks" if 0 < decided.blocks < decided.of_blocks else ""


def _why_no_ratio(decided: Decided) -> str:
    if decided.difference:
        return "no ratio: it is 0 in some block"
    return "the head answered too few turns" if decided.missing else "no block has it of both"


def _lost_row(axes: Axes, lost: LostTurns, row: int) -> None:
    """What has no ratio, and no margin either."""
    _write(axes, NAMES, row, "Turns lost", f"{lost.base} to {lost.head}, all blocks", weight="bold")
    more = "in no block more" if not lost.blocks_worse else f"more in {words.counted(lost.blocks_worse, 'block')}"
    _write(axes, NUMBERS, row, more, "allowed none more")
    _verdict(axes, lost, row)
    _in_the_midst(axes, words.why_lost(lost), row)


def _write(axes: Axes, across: float, row: int, above: str, below: str, weight: str = "normal") -> None:
    """Two lines of a row: what matters, and in grey what belongs to it."""
    place = axes.get_yaxis_transform()
    axes.text(across, row - 0.15, above, transform=place, va="center", size=style.SMALL_POINTS, weight=weight)
    axes.text(across, row + 0.19, below, transform=place, va="center", size=style.SMALL_POINTS, color=style.MUTED)


def _verdict(axes: Axes, item: Decided | LostTurns, row: int) -> None:
    place, colour = axes.get_yaxis_transform(), COLOURS[item.verdict]
    axes.text(VERDICTS, row - 0.15 if item.accepted else row, item.verdict, transform=place, va="center", ha="right",
              size=style.LABEL_POINTS, weight="bold", color=colour)  # fmt: skip
    if item.accepted:
        axes.text(VERDICTS, row + 0.19, "accepted", transform=place, va="center", ha="right", color=colour,
                  size=style.SMALL_POINTS)  # fmt: skip


def _in_the_midst(axes: Axes, text: str, row: int) -> None:
    """In place of what cannot be drawn; of much, the first lines."""
    lines = wrapped(printable(text), style.SMALL_POINTS, WHY_POINTS)
    shown = lines if len(lines) <= 2 else [lines[0], f"{lines[1]} ..."]
    axes.text(0.5, row, "\n".join(shown), transform=axes.get_yaxis_transform(), ha="center", va="center",
              color=style.MUTED, size=style.SMALL_POINTS, gid=f"text-{row}",
              bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 2})  # fmt: skip


def _dots(axes: Axes, decided: Decided, ratios: Sequence[float], row: int, reach: float) -> None:
    """One for each block, above and below each other in their order."""
    heights = [row + (index % 5 - 2) * 0.13 for index in range(len(ratios))]
    for marker in sorted({_marker(ratio, reach, "o") for ratio in ratios}):
        here = [place for place, ratio in enumerate(ratios) if _marker(ratio, reach, "o") == marker]
        axes.plot([_within(ratios[place], reach) for place in here], [heights[place] for place in here],
                  linestyle="none", marker=marker, markersize=5, color=style.MODEL, alpha=0.8, clip_on=False,
                  gid=f"{'blocks' if marker == 'o' else 'beyond'}-{decided.name}")  # fmt: skip


def _estimate(axes: Axes, decided: Decided, row: int, reach: float) -> None:
    ratio, colour = decided.ratio, COLOURS[decided.verdict]
    assert ratio is not None
    if ratio.low is not None and ratio.high is not None:
        ends = [_within(end, reach) for end in (ratio.low, ratio.high)]
        axes.plot(ends, [row, row], color=colour, linewidth=4, solid_capstyle="butt", gid=f"interval-{decided.name}")
    axes.plot([_within(ratio.center, reach)], [row], linestyle="none", color=colour, markeredgecolor=style.PAPER,
              marker=_marker(ratio.center, reach, MARKS[decided.verdict]), markersize=10, clip_on=False,
              gid=f"ratio-{decided.name}")  # fmt: skip


def _within(ratio: float, reach: float) -> float:
    return min(max(ratio, 1 / reach), reach)


def _marker(ratio: float, reach: float, usual: str) -> str:
    """An arrow head where the ratio itself lies beyond the edge."""
    return "<" if ratio < 1 / reach else ">" if ratio > reach else usual


def _ratios(gate: Gate, decided: Decided) -> list[float]:
    ratios = _within_blocks(good_blocks(gate), decided)
    if gate.kind != "baseline":
        return ratios
    before = [ratio for ratio in _within_blocks(earlier_blocks(gate), decided) if isfinite(ratio)]
    return [ratio / median(before) for ratio in ratios] if before else []


def _within_blocks(blocks: Sequence[Block], decided: Decided) -> list[float]:
    """Infinite where the head answered too few turns."""
    pairs = [block.pair(BY_NAME[decided.name]) for block in blocks]
    return [pair.head / pair.base for pair in pairs if pair and pair.base and pair.head]


def _reach(gate: Gate) -> float:
    ratios = [ratio for decided in gate.decisions for ratio in _ratios(gate, decided) if isfinite(ratio)]
    furthest = max([NARROWEST, *(max(ratio, 1 / ratio) for ratio in ratios)])
    return min(WIDEST, furthest * 1.05)


def _ticks(axes: Axes, reach: float) -> None:
    ticks: Sequence[float] = FINE if reach < 2 else COARSE
    if reach > COARSE[-1]:
        ticks = [4.0**power for power in range(floor(-log2(reach) / 2), ceil(log2(reach) / 2) + 1)]
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in ticks if 1 / reach <= tick <= reach]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("head / base (log scale)")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x")


def _caption(gate: Gate) -> tuple[str, str]:
    case, environment = gate.case, gate.environment
    basis = [
        f"base {words.name_of(gate, 'base')}",
        f"yardstick {gate.yardstick.name}" if gate.yardstick else f"head {words.name_of(gate, 'head')}",
        f"{words.counted(words.blocks(gate), 'block')} of {case.window_seconds:g} s",
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
