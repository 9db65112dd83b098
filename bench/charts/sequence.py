"""One real interrupted exchange per server, drawn as it happened: client, server and Gemini.

Time runs down, or, with more than three servers, to the right.

Every arrow is a pair of recorded moments. Look at the second prompt: how long it lies in the server before Gemini
gets it, and how much of the old reply (red, with crosses) the client still has to take meanwhile.
"""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.book import UNNOTICED_SECONDS
from bench.charts import strips, style
from bench.charts.data import ChartData, colour_of
from bench.charts.exchanges import NEW_CHUNKS, Exchange, choose, end_of, milliseconds, received_at, spoken
from bench.charts.lettering import spread
from bench.results import Target

CLIENT, SERVER, GEMINI = 0.0, 1.0, 2.0
_MOST = 3
"""So many exchanges can be read side by side; more lie below one another, in strips."""
_LONG_NAME = 10
_HEADROOM = 0.075
"""Above the first arrow, as a share of the height."""


@dataclass(frozen=True)
class Note:
    """Words beside the client's lifeline, at a moment in milliseconds."""

    at: float
    text: str
    colour: str


def draw(data: ChartData) -> Figure | None:
    place = data.interruption_place
    if place is None:
        return None
    shown = choose(data, data.measured_targets(place, "stop_seconds"), place)
    targets = [target for target in data.run.targets if target.name in shown]
    if not targets:
        return None
    finding = strips.finding if len(targets) > _MOST else _finding
    figure = style.sheet(data, finding(data, targets, shown), _subtitle(data, targets, shown), [place])
    if len(targets) > _MOST:
        strips.draw(figure, data, targets, shown)
    else:
        _side_by_side(figure, data, targets, shown)
    return figure


def _side_by_side(figure: Figure, data: ChartData, targets: list[Target], shown: dict[str, Exchange]) -> None:
    grid = figure.add_gridspec(
        1, len(targets), left=0.035, right=0.985, top=style.TOP + 0.035, bottom=0.085, wspace=0.03
    )
    latest = max(end_of(shown[target.name]) for target in targets)
    for column, target in enumerate(targets):
        axes = figure.add_subplot(grid[0, column])
        axes.set_ylim(latest * 1.03, -_HEADROOM * latest * 1.5)
        axes.set_xlim(-1.5 if len(targets) < _MOST else -2.25, 2.75 if len(targets) < _MOST else 2.5)
        axes.set_axis_off()
        _exchange(axes, data, target, shown[target.name], 10.5 if len(targets) < _MOST else 9.0)


def _finding(data: ChartData, targets: list[Target], shown: dict[str, Exchange]) -> str:
    said: list[str] = []
    unseen: list[str] = []
    for target in targets:
        exchange = shown[target.name]
        name = style.name_of(data, target)
        if exchange.gemini_seen:
            waited = spoken(received_at(exchange.new) - exchange.interrupted_at)
            said.append(f"after {waited} with {name}")
        else:
            unseen.append(f"{name} talks on for {spoken(exchange.stop_seconds)} after the interruption")
    reached = [f"The interruption reaches Gemini {', '.join(said)}"] if said else []
    return "; ".join([*reached, *unseen])


def _subtitle(data: ChartData, targets: list[Target], shown: dict[str, Exchange]) -> str:
    chosen = [shown[target.name] for target in targets]
    same = len({(exchange.trial, exchange.new.id) for exchange in chosen}) == 1
    which = (
        f"turn {chosen[0].new.id} of trial {chosen[0].trial}"
        if len(chosen) == 1
        else f"the same turn of the same person (turn {chosen[0].new.id} of trial {chosen[0].trial})"
        if same
        else "each server's median, as the servers share no complete turn"
    )
    unseen = (
        "" if all(exchange.gemini_seen for exchange in chosen) else " Gemini's side was not seen, so it is left out."
    )
    return f"One recorded exchange, milliseconds from prompt A: {which}.{unseen}"


def _exchange(axes: Axes, data: ChartData, target: Target, exchange: Exchange, points: float) -> None:
    colour = colour_of(target)
    actors = {CLIENT: "client", SERVER: style.name_of(data, target)}
    if exchange.gemini_seen:
        actors[GEMINI] = "Gemini (fake)" if data.run.fake_gemini and points > 10 else "Gemini"
    _lifelines(axes, actors, colour, points + 2)
    _prompt(axes, exchange, "A", style.INK)
    _chunks(axes, exchange, colour)
    _prompt(axes, exchange, "B", colour)
    if exchange.gemini_seen:
        _wait(axes, exchange, target, points)
    if exchange.old.acknowledged_at is not None:
        at = milliseconds(exchange, exchange.old.acknowledged_at)
        _arrow(axes, (SERVER, at), (CLIENT, at), style.INK, "ack", width=2.0)
    _notes(axes, exchange, colour, points)


def _lifelines(axes: Axes, actors: dict[float, str], colour: str, points: float) -> None:
    low, high = axes.get_ylim()
    for x, name in actors.items():
        axes.plot([x, x], [0.35 * high, low], color=style.MUTED, linewidth=1.2, zorder=1, gid=f"lifeline-{x:.0f}")
        axes.text(
            x, 0.62 * high, name, ha="center", va="center", weight="bold",
            size=points if len(name) < _LONG_NAME else points - 2.5,
            color=colour if x == SERVER else style.INK,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": style.PAPER, "edgecolor": style.MUTED},
        )  # fmt: skip


def _prompt(axes: Axes, exchange: Exchange, which: str, colour: str) -> None:
    """To the server when it was sent; on to Gemini when Gemini had it."""
    turn = exchange.old if which == "A" else exchange.new
    sent = milliseconds(exchange, exchange.began_at if which == "A" else exchange.interrupted_at)
    _arrow(axes, (CLIENT, sent), (SERVER, sent), colour, f"sent-{which}", width=2.2)
    _name_prompt(axes, 0.5, sent, which, colour)
    if exchange.gemini_seen:
        received = milliseconds(exchange, received_at(turn))
        _arrow(axes, (SERVER, received), (GEMINI, received), colour, f"received-{which}", width=2.2)
        _name_prompt(axes, 1.5, received, which, colour)


def _name_prompt(axes: Axes, x: float, at: float, which: str, colour: str) -> None:
    axes.annotate(
        f"prompt {which}", (x, at), xytext=(0, 9), textcoords="offset points", color=colour, size=10, weight="bold",
        ha="center", va="center", zorder=5,
        bbox={"boxstyle": "square,pad=0.05", "facecolor": style.PAPER, "linewidth": 0},
    )  # fmt: skip


def _chunks(axes: Axes, exchange: Exchange, colour: str) -> None:
    """From Gemini, when it sent them, to the client, when they arrived; from the server where only that is known."""
    for turn, limit, new in ((exchange.old, None, False), (exchange.new, NEW_CHUNKS, True)):
        starts = turn.chunks_sent_at if exchange.gemini_seen else turn.chunks_at
        for sent_at, at in list(zip(starts, turn.chunks_at, strict=True))[:limit]:
            late = not new and at > exchange.interrupted_at
            look = style.STALE if late else colour if new else style.MODEL
            origin = GEMINI if exchange.gemini_seen else SERVER
            start, end = milliseconds(exchange, sent_at), milliseconds(exchange, at)
            _arrow(axes, (origin, start), (CLIENT, end), look, "stale" if late else "new" if new else "old")
            if late:
                axes.plot(
                    [0.14], [start + 0.93 * (end - start)], "x", color=style.STALE, markersize=7, markeredgewidth=1.8
                )


def _wait(axes: Axes, exchange: Exchange, target: Target, points: float) -> None:
    """The span in which B has been sent and Gemini does not have it."""
    start, end = (milliseconds(exchange, at) for at in (exchange.interrupted_at, received_at(exchange.new)))
    axes.plot([SERVER, SERVER], [start, end], color=style.INK, linewidth=9, solid_capstyle="butt", zorder=3, gid="wait")
    unread = target.style == "blocking" and end - start > UNNOTICED_SECONDS * 1000
    what = "B lies unread\nfor" if unread else "B passed on\nafter"
    height = abs(axes.get_ylim()[0] - axes.get_ylim()[1])
    middle = (start + end) / 2 if end - start > 0.09 * height else end + 0.05 * height
    axes.text(
        SERVER + 0.09, middle, f"{what} {spoken((end - start) / 1000)}", size=points, weight="bold",
        va="center", zorder=6, bbox={"boxstyle": "round,pad=0.25", "facecolor": style.PAPER, "edgecolor": "none"},
    )  # fmt: skip


def _notes(axes: Axes, exchange: Exchange, colour: str, points: float) -> None:
    """What the client sees, in words with times, moved apart where they would lie on one another."""
    interrupted = milliseconds(exchange, exchange.interrupted_at)
    late = [milliseconds(exchange, at) for at in exchange.old.chunks_at if at > exchange.interrupted_at]
    notes = [
        Note(0, "asks A", style.INK),
        Note(milliseconds(exchange, exchange.old.chunks_at[0]), "A's first words", style.MUTED),
        Note(interrupted, "interrupts with B", colour),
        Note(milliseconds(exchange, exchange.new.chunks_at[0]), "B's first words", colour),
    ]
    if late:
        chunks = f"{len(late)} stale chunk{'s' if len(late) > 1 else ''}"
        notes.append(Note(late[-1], f"{chunks},\nsilent after {late[-1] - interrupted:,.0f} ms", style.STALE))
    if exchange.old.acknowledged_at is not None:
        notes.append(Note(milliseconds(exchange, exchange.old.acknowledged_at), "told A was cut", style.INK))
    notes.sort(key=lambda note: note.at)
    low, high = axes.get_ylim()
    places = spread([note.at for note in notes], 0.058 * (low - high), 0.0, 0.97 * low)
    for note, y in zip(notes, places, strict=True):
        axes.plot([-0.03, -0.14], [note.at, y], color=note.colour, linewidth=1, zorder=1)
        axes.text(
            -0.17, y, f"{note.text}  {note.at:,.0f} ms" if "\n" not in note.text else note.text, color=note.colour,
            size=points, ha="right", va="center",
        )  # fmt: skip


def _arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, kind: str, *, width: float = 1.3
) -> None:
    axes.annotate(
        "", xy=end, xytext=start, gid=kind, zorder=2,
        arrowprops={
            "arrowstyle": "-|>", "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0,
            "mutation_scale": 11,
        },
    )  # fmt: skip
