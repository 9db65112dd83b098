"""One recorded exchange of each of many targets, a strip each below the other: time runs to the right."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.book import UNNOTICED_SECONDS
from bench.charts import alike, style
from bench.charts.data import ChartData, colour_of, ink_of
from bench.charts.exchanges import NEW_CHUNKS, Exchange, end_of, milliseconds, received_at, spoken
from bench.charts.lettering import width_points
from bench.results import Target

CLIENT, SERVER, GEMINI = 0.0, 1.0, 2.0
"""Heights of the lifelines, downwards."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.185, 0.775, 0.735, 0.125
_STRIP = 0.8
"""Of the height that a target has."""
_WORDS = 9.0
_LINE = 12.0
"""From one line of words to the next, in points."""


def finding(data: ChartData, targets: Sequence[Target], shown: dict[str, Exchange]) -> str:
    """Who has the interruption wait, and how long; those that pass it on unnoticed are told together."""
    waits = [
        (target, received_at(exchange.new) - exchange.interrupted_at)
        for target in targets
        if (exchange := shown[target.name]).gemini_seen
    ]
    talks = [(target, shown[target.name].stop_seconds) for target in targets if not shown[target.name].gemini_seen]
    reached = _told(data, waits, "after", "within")
    unseen = _told(data, talks, "for", "for up to")
    said = [f"the interruption reaches Gemini {reached}"] if waits else []
    said += [f"the old reply goes on {unseen}"] if talks else []
    return "T" + "; ".join(said)[1:]


def _told(data: ChartData, numbers: Sequence[alike.Number], word: str, at_most: str) -> str:
    late = sorted((number for number in numbers if number[1] > UNNOTICED_SECONDS), key=lambda number: -number[1])
    soon = [number for number in numbers if number[1] <= UNNOTICED_SECONDS]
    said = [f"{word} {group.said} with {alike.who(data, group.targets)}" for group in alike.groups(late, spoken)]
    if soon:
        latest = max(seconds for _, seconds in soon)
        how = f"{at_most} {spoken(latest)}" if latest > 0 else "not at all"
        said.append(f"{how} with {alike.who(data, [target for target, _ in soon])}")
    return ", ".join(said)


def draw(figure: Figure, data: ChartData, targets: Sequence[Target], shown: dict[str, Exchange]) -> None:
    """A strip for each target, and above them what the marks are."""
    latest = max(end_of(shown[target.name]) for target in targets)
    height = (_TOP - _BOTTOM) / len(targets)
    for row, target in enumerate(targets):
        bottom = _TOP - (row + 1) * height
        axes = figure.add_axes((_LEFT, bottom + (1 - _STRIP) * height, _RIGHT - _LEFT, _STRIP * height))
        axes.set_xlim(-0.02 * latest, 1.02 * latest)
        axes.set_ylim(GEMINI + 0.3, CLIENT - 0.3)
        _frame(axes, last=row == len(targets) - 1)
        _strip(axes, data, target, shown[target.name])
        _words(axes, shown[target.name], target, int(height * style.HEIGHT_INCHES * 72 // _LINE))
    _legend(figure, [shown[target.name] for target in targets])


def _frame(axes: Axes, *, last: bool) -> None:
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    style.scale(axes, "x", "count")
    axes.tick_params(axis="x", length=0, labelbottom=last)
    if last:
        axes.set_xlabel("milliseconds from prompt A")


def _strip(axes: Axes, data: ChartData, target: Target, exchange: Exchange) -> None:
    actors = {CLIENT: "client", SERVER: "server"} | ({GEMINI: "Gemini"} if exchange.gemini_seen else {})
    for y, name in actors.items():
        axes.axhline(y, color=style.MUTED, linewidth=0.9, zorder=1, gid=f"lifeline-{y:.0f}")
        axes.annotate(name, (0, y), xycoords=axes.get_yaxis_transform(), xytext=(-4, 0), textcoords="offset points",
                      size=7.5, color=style.MUTED, ha="right", va="center", annotation_clip=False)  # fmt: skip
    axes.annotate(
        style.name_of(data, target), (0, SERVER), xycoords=axes.get_yaxis_transform(), xytext=(-42, 0),
        textcoords="offset points", size=11, weight="bold", color=ink_of(target), ha="right", va="center",
        annotation_clip=False, gid=f"name-{target.name}",
    )  # fmt: skip
    _chunks(axes, exchange, colour_of(target))
    _prompt(axes, exchange, "A", style.INK)
    _prompt(axes, exchange, "B", colour_of(target))
    if exchange.gemini_seen:
        waits = [milliseconds(exchange, at) for at in (exchange.interrupted_at, received_at(exchange.new))]
        axes.plot(waits, [SERVER] * 2, color=style.INK, linewidth=6, solid_capstyle="butt", zorder=3, gid="wait")
    if exchange.old.acknowledged_at is not None:
        at = milliseconds(exchange, exchange.old.acknowledged_at)
        _arrow(axes, (at, SERVER), (at, CLIENT), style.INK, "ack", 1.6)


def _prompt(axes: Axes, exchange: Exchange, which: str, colour: str) -> None:
    """To the server when it was sent; on to Gemini when Gemini had it."""
    sent_at = exchange.began_at if which == "A" else exchange.interrupted_at
    sent = milliseconds(exchange, sent_at)
    _arrow(axes, (sent, CLIENT), (sent, SERVER), colour, f"sent-{which}", 2.2)
    axes.annotate(which, (sent, (CLIENT + SERVER) / 2), xytext=(-3, 0), textcoords="offset points", size=9,
                  weight="bold", color=style.INK, ha="right", va="center", zorder=5)  # fmt: skip
    if exchange.gemini_seen:
        received = milliseconds(exchange, received_at(exchange.old if which == "A" else exchange.new))
        _arrow(axes, (received, SERVER), (received, GEMINI), colour, f"received-{which}", 2.2)


def _chunks(axes: Axes, exchange: Exchange, colour: str) -> None:
    """From Gemini, when it sent them, to the client, when they arrived; from the server where only that is known."""
    origin = GEMINI if exchange.gemini_seen else SERVER
    for turn, limit, new in ((exchange.old, None, False), (exchange.new, NEW_CHUNKS, True)):
        starts = turn.chunks_sent_at if exchange.gemini_seen else turn.chunks_at
        for sent_at, at in list(zip(starts, turn.chunks_at, strict=True))[:limit]:
            late = not new and at > exchange.interrupted_at
            start, end = milliseconds(exchange, sent_at), milliseconds(exchange, at)
            look = style.STALE if late else colour if new else style.MODEL
            _arrow(axes, (start, origin), (end, CLIENT), look, "stale" if late else "new" if new else "old", 1.2)
            if late:
                axes.plot([end], [CLIENT], "x", color=style.STALE, markersize=6, markeredgewidth=1.7, zorder=4)


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, kind: str, width: float
) -> None:
    axes.annotate(
        "", xy=end, xytext=start, gid=kind, zorder=2,
        arrowprops={
            "arrowstyle": "-|>", "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 8,
        },
    )  # fmt: skip


def _words(axes: Axes, exchange: Exchange, target: Target, room: int) -> None:
    """Right of the strip, as many lines as there is room for."""
    interrupted = exchange.interrupted_at
    late = sum(at > interrupted for at in exchange.old.chunks_at)
    stale = f"{late} stale chunk{'s' if late > 1 else ''}, silent after {spoken(exchange.stop_seconds)}"
    said = [
        (stale, style.STALE, "normal") if late else ("nothing stale", style.MUTED, "normal"),
        (f"first words of B after {spoken(exchange.new.chunks_at[0] - interrupted)}", style.INK, "normal"),
    ]
    if exchange.gemini_seen:
        wait = received_at(exchange.new) - interrupted
        unread = target.style == "blocking" and wait > UNNOTICED_SECONDS
        said.insert(0, (f"B {'lies unread for' if unread else 'passed on after'} {spoken(wait)}", style.INK, "bold"))
    shown = said[: max(room, 1)]
    for index, (text, colour, weight) in enumerate(shown):
        axes.annotate(
            text, (1, SERVER), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
            xytext=(8, _LINE * ((len(shown) - 1) / 2 - index)), size=_WORDS, color=colour, weight=weight, va="center",
            annotation_clip=False,
        )  # fmt: skip


def _legend(figure: Figure, exchanges: Sequence[Exchange]) -> None:
    """What each kind of mark is, said once for all strips."""
    words = [
        ("grey: reply to A", style.MUTED),
        ("\N{MULTIPLICATION SIGN} still of A after B: stale", style.STALE),
        ("coloured: B and its reply", style.INK),
    ]
    if any(exchange.gemini_seen for exchange in exchanges):
        words.append(("\N{BLACK SQUARE} B lies in the server", style.INK))
    if any(exchange.old.acknowledged_at is not None for exchange in exchanges):
        words.append(("\N{UPWARDS ARROW} black: told that A was cut", style.INK))
    x = style.LEFT - 0.03
    for text, colour in words:
        figure.text(x, 0.775, text, color=colour, size=style.SMALL_POINTS)
        x += (width_points(text, style.SMALL_POINTS) + 22) / (style.WIDTH_INCHES * 72)
