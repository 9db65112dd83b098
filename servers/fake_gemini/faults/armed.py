"""The script that is armed, and the account of what struck whom."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from servers.fake_gemini.faults.kinds import Moment
from servers.fake_gemini.faults.schedule import Clockwork, Schedule
from servers.fake_gemini.faults.script import Script
from servers.fake_gemini.limits import Limits


@dataclass(slots=True)
class Sufferer:
    """A session as the account names it."""

    session: int
    """Counted from 1 over the life of the process."""
    turn: str | None = None
    """The tag of the turn in progress."""
    last_turn: str | None = None
    """The tag of the latest prompt."""
    struck: bool = False
    """Whether a fault has struck it, or the session whose conversation it goes on with."""


@dataclass(slots=True)
class Faults:
    """What may strike, for all sessions of a service. Nothing does until a script is armed."""

    limits: Limits = field(default_factory=Limits)
    """Those that hold now."""
    _own_limits: Limits = field(init=False)
    _script: Script | None = field(default=None, init=False)
    _schedule: Schedule = field(default_factory=lambda: Schedule((), 0), init=False)
    _armed_at: float | None = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)
    _struck: list[dict[str, Any]] = field(default_factory=list, init=False)
    _spared_turns: set[str] = field(default_factory=set, init=False)
    """The tags of prompts of sessions that were struck, where those are spared from then on."""
    _sessions: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1), init=False)

    def __post_init__(self) -> None:
        self._own_limits = self.limits

    def arm(self, script: Script | None, seed: int) -> None:
        """From now on this script and no other, its counts begun anew; None for none. `seed` where it has none."""
        self._script = script
        self._schedule = Schedule(script.faults, _seed(script, seed)) if script else Schedule((), seed)
        self.limits = script.limited(self._own_limits) if script else self._own_limits
        self._armed_at, self._started_at = (time.time() if script else None), time.monotonic()
        self._struck, self._spared_turns = [], set()

    def sufferer(self) -> Sufferer:
        """A new session."""
        return Sufferer(next(self._sessions))

    def awaits(self, moment: Moment) -> bool:
        """Whether it is worth waiting for such a moment."""
        return self._schedule.awaits(moment)

    def due(self, moment: Moment, sufferer: Sufferer | None = None) -> Clockwork | None:
        """The fault that takes this opportunity, which is nobody's yet where a session is only being dialled.

        Whoever asks must do it and say so, or give it back.
        """
        if not self._schedule.awaits(moment) or (sufferer and sufferer.struck and self._spares):
            return None
        return self._schedule.due(moment, time.monotonic() - self._started_at)

    def holds(self, clockwork: Clockwork) -> bool:
        """Whether the fault that was due is of the script that is armed now."""
        return clockwork in self._schedule

    def last_asked(self, sufferer: Sufferer, turn: str | None) -> None:
        """A session's latest prompt, by its tag: one of a session that was struck may be asked again in another."""
        sufferer.last_turn = turn
        if turn in self._spared_turns:
            sufferer.struck = True
        self._remember(sufferer)

    def struck(self, what: str, index: int | None, sufferer: Sufferer) -> None:
        """Enter in the account what has struck whom; `index` is its place in the script, None for a limit."""
        sufferer.struck = True
        self._remember(sufferer)
        self._struck.append(
            {
                "fault": what,
                "index": index,
                "at": time.time(),
                "session": sufferer.session,
                "turn": sufferer.turn,
                "last_turn": sufferer.last_turn,
            }
        )

    @property
    def _spares(self) -> bool:
        return self._script is not None and self._script.one_a_session

    def _remember(self, sufferer: Sufferer) -> None:
        if self._spares and sufferer.struck and sufferer.last_turn:
            self._spared_turns.add(sufferer.last_turn)

    def report(self) -> dict[str, Any]:
        """The account since the script was armed, ready for JSON."""
        name = self._script.name if self._script else None
        return {"script": name, "armed_at": self._armed_at, "struck": self._struck}


def _seed(script: Script, otherwise: int) -> int:
    return otherwise if script.seed is None else script.seed
