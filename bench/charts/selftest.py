"""What the gate said of every fault: one row for each, one column for everything that is gated.

Look along a row. The framed cell is where the fault has to show, and it has to be red; in the first row, where there is
no fault, nothing may be. Other red cells are no mistake: who burns a third more processor time also answers later.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bench import units
from bench.charts import style
from bench.charts.lettering import printable, wrapped
from bench.gate import proof, words
from bench.gate.gated import GATED
from bench.gate.record import Decided
from bench.selftest.faults import BLIND
from bench.selftest.record import Checked, SelfTest

COLUMNS = (*(gated.name for gated in GATED), words.LOST)
HEADS = (*(gated.short.replace("words ", "words\n") for gated in GATED), "turns lost")
COLOURS = {"PASS": style.STAMPS["VALID"], "FAIL": style.STALE, "INCONCLUSIVE": style.STAMPS["SUSPECT"]}
LAST_ROW = " The last row is a gate that serves the base twice."
LEFT = 0.33
"""Where the cells begin, as a share of the sheet's width: before them stands what is wrong."""
WIDTH = style.RIGHT - LEFT - 0.115
NAMES = (style.LEFT - 0.03 - LEFT) / WIDTH
"""Where that begins, as a share of the axes."""
NAME_POINTS = 268.0
"""How long a line of it may be."""


def draw(test: SelfTest) -> Figure | None:
    if not test.checks:
        return None
    figure = style.blank(
        test.headline,
        "Each row is a head with something wrong on purpose, gated against a base without. Cells: head / base and the "
        f"decision. Framed: where it has to show.{LAST_ROW if test.checks[-1].fault == BLIND else ''}",
        _caption(test),
    )
    axes = figure.add_axes((LEFT, 0.10, WIDTH, style.TOP - 0.17))
    axes.set_xlim(0, len(COLUMNS))
    axes.set_ylim(len(test.checks), 0)
    axes.axis("off")
    for column, head in enumerate(HEADS):
        axes.text(column + 0.5, -0.12, head, ha="center", va="bottom", size=style.SMALL_POINTS, weight="bold")
    for row, check in enumerate(test.checks):
        _row(axes, check, row)
    style.stamp(figure, "VALID" if test.green else "INVALID", complete=test.complete)
    return figure


def _row(axes: Axes, check: Checked, row: int) -> None:
    across = axes.get_yaxis_transform()
    what = wrapped(printable(check.what), style.SMALL_POINTS, NAME_POINTS, bold=True)
    axes.text(NAMES, row + 0.53, "\n".join(what), transform=across, size=style.SMALL_POINTS, weight="bold",
              va="bottom", gid=f"fault-{check.fault}")  # fmt: skip
    axes.text(NAMES, row + 0.58, printable(check.injected) or "no fault in the servers", transform=across, va="top",
              size=style.CAPTION_POINTS, color=style.MUTED)  # fmt: skip
    if check.verdict == "INVALID":
        _cell(axes, row, 0, len(COLUMNS), _why_invalid(check), style.STAMPS["INVALID"])
    else:
        for column, name in enumerate(COLUMNS):
            _decision(axes, check, row, column, name)
    verdict = "as it has to be" if check.proved else "says nothing" if check.spoiled else "WRONG"
    axes.text(1.012, row + 0.38, check.verdict, transform=across, va="center", weight="bold",
              size=style.SMALL_POINTS)  # fmt: skip
    axes.text(1.012, row + 0.66, verdict, transform=across, va="center", size=style.CAPTION_POINTS,
              color=style.STAMPS["VALID" if check.proved else "INVALID"], gid=f"proved-{check.fault}")  # fmt: skip


def _decision(axes: Axes, check: Checked, row: int, column: int, name: str) -> None:
    if name == words.LOST:
        if check.lost:
            said = units.count(check.lost.head)
            _cell(axes, row, column, 1, said, COLOURS[check.lost.verdict], framed=name == check.shows_in)
        return
    for decided in check.decisions:
        if decided.name == name:
            _cell(axes, row, column, 1, _short(decided), COLOURS[decided.verdict], framed=name == check.shows_in)


def _why_invalid(check: Checked) -> str:
    """By the name of the check: what it says is too long for a cell."""
    (first, *_) = [reason.check for reason in check.reasons if reason.verdict == "INVALID"]
    return f"INVALID: {'the arms are not what was asked for' if first == proof.CHECK else first}"


def _short(decided: Decided) -> str:
    """On two lines; where there is no ratio, or a huge one, without its interval."""
    if decided.ratio and max(decided.ratio.center, decided.ratio.high or 0.0) < 9.995:
        return words.factor(decided).replace(" [", "\n[")
    return words.factor(decided).partition(" [")[0] if decided.difference else "unknown"


def _cell(axes: Axes, row: int, column: int, width: int, said: str, colour: str, *, framed: bool = False) -> None:
    box = Rectangle((column + 0.04, row + 0.08), width - 0.08, 0.84, facecolor=colour, alpha=0.16, linewidth=0)
    axes.add_patch(box)
    if framed:
        axes.add_patch(
            Rectangle((column + 0.04, row + 0.08), width - 0.08, 0.84, fill=False, edgecolor=colour, linewidth=2.4,
                      gid=f"framed-{row}")
        )  # fmt: skip
    axes.text(column + width / 2, row + 0.5, said, ha="center", va="center", size=style.SMALL_POINTS, color=style.INK,
              linespacing=1.25)  # fmt: skip


def _caption(test: SelfTest) -> tuple[str, str]:
    environment = test.environment
    basis = [
        test.target.label,
        f"{test.blocks_planned} blocks of {test.case.window_seconds:g} s",
        units.people(test.case.sessions[-1]),
        f"model: fake Gemini, {test.fake_profile}",
        f"seed {test.seed}",
    ]
    commit = f"commit {environment.commit[:9]}" if environment.commit else "commit unknown"
    machine = [f"{environment.cpu_model}, {environment.cpu_count} cores", commit, f"self-test {test.id}"]
    return style.SEPARATOR.join(basis), style.SEPARATOR.join(machine)
