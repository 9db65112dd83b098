"""What one service allows: how many sessions, how many tokens, and how long a connection may last."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Literal

from servers.fake_gemini.refusals import QUOTA, TOO_MANY_SESSIONS, Refusal, Refused

SessionsRefusal = Literal["too_many_sessions", "quota"]
DEFAULT_REFUSAL: SessionsRefusal = "too_many_sessions"
REFUSALS: dict[SessionsRefusal, Refusal] = {"too_many_sessions": TOO_MANY_SESSIONS, "quota": QUOTA}


def limit_behind(refusal: Refusal) -> SessionsRefusal:
    """The name of what a session is refused with at the gate."""
    return next(name for name, known in REFUSALS.items() if known is refusal)


MINUTE_SECONDS = 60.0
GOODBYE_SECONDS = 50.0
"""How long before the end of a connection the service says so."""


@dataclass(frozen=True, slots=True)
class Limits:
    """None is no limit."""

    max_sessions: int | None = None
    sessions_refusal: SessionsRefusal = DEFAULT_REFUSAL
    """How a session too many is refused: the service has used both texts."""
    tokens_per_minute: int | None = None
    """Of prompts and replies, over all sessions."""
    connection_seconds: float | None = None
    time_left_seconds: float | None = None
    """How long before the end goAway is said; None is the service's own 50 s, or half of a short connection."""

    @property
    def goodbye_seconds(self) -> float:
        """How long before the end goAway is said. Asked only where connections end."""
        assert self.connection_seconds is not None
        if self.time_left_seconds is not None:
            return min(self.time_left_seconds, self.connection_seconds)
        return min(GOODBYE_SECONDS, self.connection_seconds / 2)


class TokenMeter:
    """The tokens of the last minute."""

    def __init__(self) -> None:
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0

    def spend(self, tokens: int, now: float) -> None:
        """`now` in seconds of any clock that does not go back."""
        self._spent.append((now, tokens))
        self._total += tokens

    def exhausted(self, tokens_per_minute: int, now: float) -> bool:
        """Whether the minute before `now` has seen as many tokens as it may."""
        while self._spent and self._spent[0][0] <= now - MINUTE_SECONDS:
            self._total -= self._spent.popleft()[1]
        return self._total >= tokens_per_minute


class Gate:
    """Who is in, and what they have used. All of a service's sessions pass it."""

    def __init__(self) -> None:
        self._sessions = 0
        self._meter = TokenMeter()

    def enter(self, limits: Limits) -> None:
        """Raises Refused where there are as many sessions, or as many tokens in the last minute, as there may be."""
        if limits.max_sessions is not None and self._sessions >= limits.max_sessions:
            raise Refused(REFUSALS[limits.sessions_refusal])
        if self._exhausted(limits):
            raise Refused(QUOTA)
        self._sessions += 1

    def leave(self) -> None:
        """Who has entered leaves."""
        self._sessions -= 1

    def spend(self, tokens: int, limits: Limits) -> bool:
        """The tokens of a turn. Returns whether the minute's are used up."""
        if limits.tokens_per_minute is None:
            return False
        self._meter.spend(tokens, time.monotonic())
        return self._exhausted(limits)

    def _exhausted(self, limits: Limits) -> bool:
        return limits.tokens_per_minute is not None and self._meter.exhausted(
            limits.tokens_per_minute, time.monotonic()
        )
