"""Made-up strikes and turns, every number of which is known."""

from typing import Any

from bench.faults.account import Strike
from loadtests.support.turn import Turn


def strike(
    fault: str = "aborted", moment: str = "mid_reply", at: float = 10.0, turn: str | None = "a", **fields: Any
) -> Strike:
    usual = {"session": 1, "last_turn": turn}
    return Strike(fault=fault, moment=moment, at=at, turn=turn, **{**usual, **fields})


def turn(id: str = "a", session: str = "1/1", asked_at: float = 9.0, **fields: Any) -> Turn:
    """A turn that was asked and answered by words 0.2 and 0.3 s later."""
    usual: dict[str, Any] = {
        "sessions": 2,
        "prompt_characters": 9,
        "planned_at": asked_at,
        "begun_at": asked_at,
        "sent_at": asked_at,
        "chunks_at": [asked_at + 0.2, asked_at + 0.3],
        "ended_at": asked_at + 0.4,
        "outcome": "ok",
    }
    return Turn(id=id, session=session, **{**usual, **fields})


def failed(id: str = "a", session: str = "1/1", at: float = 10.02, label: str = "upstream", **fields: Any) -> Turn:
    """A turn asked a second before that failed at a moment."""
    usual: dict[str, Any] = {"asked_at": at - 1.0, "chunks_at": [], "ended_at": at, "outcome": "failed"}
    return turn(id, session, failure=label, **{**usual, **fields})
