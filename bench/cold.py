"""Sessions that had to wait for their instance to start: those stand in metrics of their own, not in the warm ones.

A session is cold where its instance was ready for less time than the session took to connect. Goodput and failures
take no notice: who waits for an instance waits. Pure.
"""

from bench.windows import Window
from loadtests.support.turn import Turn


def is_cold(turn: Turn) -> bool:
    """Whether it is the first turn of a session that waited for its instance; never, where a server does not say."""
    serving, connecting = turn.instance_serving_seconds, turn.connect_seconds
    return serving is not None and connecting is not None and serving < connecting


def first_turns(window: Window) -> list[Turn]:
    """Of all cold sessions that were opened at the window's level before it closed, in its ramp and warm-up too: that
    is when instances start."""
    return [turn for turn in window.of_level if is_cold(turn) and turn.planned_at < window.closed_at]


def connects(window: Window) -> list[float]:
    """How long each of them took to connect."""
    return [turn.connect_seconds for turn in first_turns(window) if turn.connect_seconds is not None]


def waits(window: Window) -> list[float]:
    """From the moment the person meant to ask to the first words, of those that ended properly."""
    return [
        turn.chunks_at[0] - turn.planned_at for turn in first_turns(window) if turn.outcome == "ok" and turn.chunks_at
    ]
