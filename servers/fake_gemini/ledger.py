"""What the fake did and how late it was, since its start or since the last reset."""

import math
import time
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Ledger:
    profile: str
    seed: int
    sessions_open: int = 0
    sessions_total: int = 0
    sessions_new: int = 0
    """Those whose setup was answered and named no conversation of before."""
    sessions_resumed: int = 0
    """Those whose setup was answered and did. Who left before belongs to neither."""
    turns_started: int = 0
    turns_completed: int = 0
    turns_interrupted: int = 0
    longest_conversation_turns: int = 0
    """Of all conversations, those that were resumed with the turns they brought along."""
    prompts_answered: Counter[str] = field(default_factory=Counter)
    """How often each tagged prompt was answered to the end, or until it was interrupted."""
    chunks: int = 0
    closes: Counter[int] = field(default_factory=Counter)
    lateness_seconds: "array[float]" = field(default_factory=lambda: array("d"))
    """Of every chunk: when it was handed to the socket minus when it was due."""
    started_at: float = field(default_factory=time.monotonic)
    cpu_seconds_before: float = field(default_factory=time.process_time)

    def session_opened(self) -> None:
        self.sessions_open += 1
        self.sessions_total += 1

    def session_set_up(self, resumes: bool) -> None:
        if resumes:
            self.sessions_resumed += 1
        else:
            self.sessions_new += 1

    def session_closed(self, code: int) -> None:
        """`code` is the close code that ended the session; 1006 where the peer vanished without one."""
        self.sessions_open -= 1
        self.closes[code] += 1

    def chunk_sent(self, late_seconds: float) -> None:
        self.chunks += 1
        self.lateness_seconds.append(late_seconds)

    def answered(self, tag: str | None, conversation_turns: int) -> None:
        """A turn is over, and its conversation now has so many."""
        self.longest_conversation_turns = max(self.longest_conversation_turns, conversation_turns)
        if tag:
            self.prompts_answered[tag] += 1

    def reset(self) -> None:
        """Count anew; the sessions that are open stay open."""
        fresh = Ledger(self.profile, self.seed, self.sessions_open)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def report(self) -> dict[str, Any]:
        """All of it, ready for JSON. Sorts every lateness kept: ask when nothing is being measured."""
        elapsed_seconds = time.monotonic() - self.started_at
        cpu_seconds = time.process_time() - self.cpu_seconds_before
        late = sorted(self.lateness_seconds)
        return {
            "sessions_open": self.sessions_open,
            "sessions_total": self.sessions_total,
            "sessions_new": self.sessions_new,
            "sessions_resumed": self.sessions_resumed,
            "turns_started": self.turns_started,
            "turns_completed": self.turns_completed,
            "turns_interrupted": self.turns_interrupted,
            "longest_conversation_turns": self.longest_conversation_turns,
            "prompts_answered": len(self.prompts_answered),
            "prompts_repeated": sum(count > 1 for count in self.prompts_answered.values()),
            "chunks": self.chunks,
            "closes": {str(code): count for code, count in sorted(self.closes.items())},
            "lateness_seconds": {
                "count": len(late),
                "p50": nearest_rank(late, 50),
                "p99": nearest_rank(late, 99),
                "max": late[-1] if late else None,
            },
            "elapsed_seconds": elapsed_seconds,
            "cpu_seconds": cpu_seconds,
            "profile": self.profile,
            "seed": self.seed,
        }


def nearest_rank(ordered: list[float], percent: float) -> float | None:
    """The smallest value with at least `percent` of all values at or below it; None where there are no values."""
    return ordered[math.ceil(len(ordered) * percent / 100) - 1] if ordered else None
