"""What the server did and how late it was, since its start or since the last reset."""

import time
from array import array
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from servers.fake_gemini.ledger import nearest_rank


@dataclass(slots=True)
class Ledger:
    sessions_open: int = 0
    sessions_total: int = 0
    prompts: int = 0
    prompts_without_kernel_stamp: int = 0
    """Their `spent` counts from when they were read, which hides how late that was."""
    turns_completed: int = 0
    turns_interrupted: int = 0
    turns_stalled: int = 0
    chunks: int = 0
    chunks_held_back: int = 0
    """The client's side was full: they left later than they say."""
    freezes: int = 0
    lateness_seconds: "array[float]" = field(default_factory=lambda: array("d"))
    """Of every chunk: when it was handed to the socket minus when it was due; a freeze makes nothing late."""
    handover_seconds: "array[float]" = field(default_factory=lambda: array("d"))
    """Of every chunk: how long handing it over took. When it left lies somewhere in there: nobody can know the truth
    any better, and where this is long somebody took our core meanwhile."""
    started_at: float = field(default_factory=time.monotonic)
    cpu_seconds_before: float = field(default_factory=time.process_time)

    def reset(self) -> None:
        """Count anew; the sessions that are open stay open."""
        fresh = Ledger(sessions_open=self.sessions_open)
        for each in fields(Ledger):
            setattr(self, each.name, getattr(fresh, each.name))

    def report(self) -> dict[str, Any]:
        """All of it, ready for JSON. Sorts all that was kept of every chunk: ask when nothing is being measured."""
        counts = {name: count for name, count in asdict(self).items() if isinstance(count, int)}
        return counts | {
            "lateness_seconds": _percentiles(self.lateness_seconds),
            "handover_seconds": _percentiles(self.handover_seconds),
            "elapsed_seconds": time.monotonic() - self.started_at,
            "cpu_seconds": time.process_time() - self.cpu_seconds_before,
        }


def _percentiles(values: "array[float]") -> dict[str, float | None]:
    ordered = sorted(values)
    return {
        "count": len(ordered),
        "p50": nearest_rank(ordered, 50),
        "p99": nearest_rank(ordered, 99),
        "max": ordered[-1] if ordered else None,
    }
