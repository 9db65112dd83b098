"""What the load generator itself reads wrong, against how many chunks a second it reads.

Look at where a line crosses its bound: from there on a number in a report may be the generator's own. The shaded part
is certified. Both axes of the left panel are logarithmic.
"""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from bench import units
from bench.certify import words
from bench.certify.certificate import TITLES, Level
from bench.certify.folder import StoredCertificate
from bench.certify.judgement import rising
from bench.charts import style
from bench.charts.lettering import spread

COLOURS = {"ttft_seconds": "#0072B2", "chunk_gap_seconds": "#D55E00"}
MARKERS = {"ttft_seconds": "o", "chunk_gap_seconds": "s"}
LATE_COLOUR, LATE_MARKER = "#009E73", "D"
CERTIFIED = "#E8F3EA"
ROOM = 0.13
"""What a label takes of the axis."""
Number = Callable[[Level], float | None]


def draw(certificate: StoredCertificate) -> Figure | None:
    levels = rising(certificate)
    if not levels:
        return None
    bounds = certificate.bounds
    figure = style.blank(
        words.headline(certificate),
        "Off by: what was reported less what was so, with a server that knows. Dashed: the bounds. Shaded: certified. "
        "Hollow: that server itself could not keep up, which says nothing of the generator.",
        _caption(certificate),
    )
    grid = figure.add_gridspec(1, 2, left=0.075, right=0.88, top=style.TOP - 0.02, bottom=0.18, wspace=0.5)
    errors = figure.add_subplot(grid[0])
    for name, title in TITLES.items():
        _line(errors, levels, _error(name), title, COLOURS[name], MARKERS[name])
    _line(errors, levels, lambda level: level.schedule_delay_seconds_p99, "prompts late", LATE_COLOUR, LATE_MARKER)
    _bound(errors, bounds.error_seconds, "readings")
    _bound(errors, bounds.schedule_delay_seconds, "prompts")
    errors.set_yscale("log")
    _finish(errors, certificate, levels, "99 of 100 are off by at most", "milliseconds, logarithmic")
    biases = figure.add_subplot(grid[1], sharex=errors)
    for name, title in TITLES.items():
        _line(biases, levels, _bias(name), title, COLOURS[name], MARKERS[name])
    for sign in (-1, 1):
        _bound(biases, sign * bounds.bias_seconds, "")
    biases.axhline(0, color=style.MUTED, linewidth=0.8)
    _finish(biases, certificate, levels, "Off by in the median", "milliseconds, late or long above 0")
    return figure


def _caption(certificate: StoredCertificate) -> Sequence[str]:
    pace, environment = certificate.pace, certificate.environment
    clocks = sorted({level.clock for level in certificate.levels})
    basis = (
        f"stamps: {', '.join(clocks)}; one execution for each load; replies of {pace.chunks} chunks, the first after "
        f"{pace.first_seconds:g} s, then every {units.seconds(pace.gap_seconds)}; {units.percent(pace.stall_share)} of "
        f"replies stall for {pace.stall_seconds:g} s; the server stands still for {pace.freeze_seconds:g} s every "
        f"{pace.freeze_every_seconds:g} s; seed {certificate.seed}"
    )
    commit = f"commit {environment.commit[:9]}" if environment.commit else "commit unknown"
    machine = f"{environment.cpu_model}, {environment.cpu_count} cores; {commit}; {certificate.id}"
    return basis, machine


def _error(name: str) -> Number:
    return lambda level: level.readings[name].error_seconds_p99


def _bias(name: str) -> Number:
    return lambda level: level.readings[name].bias_seconds


def _line(axes: Axes, levels: Sequence[Level], number: Number, title: str, colour: str, marker: str) -> None:
    known = [(level, value * 1000) for level in levels if (value := number(level)) is not None]
    if not known:
        return
    across, up = [level.frames_per_second for level, _ in known], [value for _, value in known]
    axes.plot(across, up, color=colour, linewidth=2.2, zorder=3, label=title, gid=f"line-{title}")
    for hollow in (False, True):
        marked = [(x, y) for (level, y), x in zip(known, across, strict=True) if level.server_saturated is hollow]
        axes.plot(
            [x for x, _ in marked], [y for _, y in marked], linestyle="none", marker=marker, markersize=7.5, zorder=4,
            markerfacecolor=style.PAPER if hollow else colour, markeredgecolor=colour,
        )  # fmt: skip


def _bound(axes: Axes, seconds: float, title: str) -> None:
    axes.axhline(seconds * 1000, color=style.STALE, linewidth=1.3, linestyle="--", zorder=2, gid=f"bound-{title}")
    if title:
        axes.annotate(
            f"bound on {title}, {units.seconds(seconds)}", (0.012, seconds * 1000), xytext=(0, 3),
            xycoords=axes.get_yaxis_transform(), textcoords="offset points", size=style.CAPTION_POINTS,
            color=style.STALE,
        )  # fmt: skip


def _finish(axes: Axes, certificate: StoredCertificate, levels: Sequence[Level], title: str, unit: str) -> None:
    axes.set_xscale("log")
    axes.set_title(title, loc="left", weight="bold")
    axes.set_xlabel("chunks read a second (people)")
    axes.set_ylabel(unit)
    ticks = _apart([(level.frames_per_second, level.sessions) for level in levels])
    axes.set_xticks([rate for rate, _ in ticks], [f"{rate:,.0f}\n({people})" for rate, people in ticks], size=10.5)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(True)
    low, high = axes.get_xlim()
    if certificate.certified:
        axes.axvspan(low, certificate.certified.frames_per_second, color=CERTIFIED, zorder=0, gid="certified")
    axes.set_xlim(low, high)
    _name_lines(axes)


def _apart(ticks: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """Those between which there is room for their labels, from the largest load down."""
    room = (ticks[-1][0] / ticks[0][0]) ** ROOM
    kept = [ticks[-1]]
    for tick in reversed(ticks[:-1]):
        if tick[0] * room <= kept[-1][0]:
            kept.append(tick)
    return kept[::-1]


def _name_lines(axes: Axes) -> None:
    """Each at its right end, moved apart."""
    lines = [line for line in axes.lines if (line.get_gid() or "").startswith("line-")]
    tops = [float(np.asarray(line.get_ydata())[-1]) for line in lines]
    inverse = axes.transAxes.inverted()
    ends = [inverse.transform(axes.transData.transform((1.0, top)))[1] for top in tops]
    for line, y in zip(lines, spread(ends, 0.06, 0.0, 1.0), strict=True):
        axes.text(
            1.02, y, str(line.get_label()), color=line.get_color(), size=style.SMALL_POINTS, weight="bold",
            va="center", transform=axes.transAxes,
        )  # fmt: skip
