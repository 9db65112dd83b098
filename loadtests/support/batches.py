"""A numbered stream of record lines from one load process to another: how it is cut, and how a loss is noticed.

Each batch carries its own number and how many lines went before it, so that whoever receives them knows of a gap how
wide it is, and of a batch whether it came before. Pure: no socket, no clock, no file.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LARGEST_BYTES = 512 * 1024
"""A batch that large takes a load process about a millisecond to hand over."""


@dataclass(frozen=True, slots=True)
class Batch:
    number: int
    """From 1, without gaps."""
    lines_before: int
    """How many lines all batches before it held."""
    lines: list[bytes]
    last: bool = False
    """Whether the stream ends with it."""
    open: list[str] = field(default_factory=list)
    """The ids of the turns that were under way when it was cut."""
    unsent: int = 0
    """How many lines were left for the next."""

    def as_message(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_message(cls, values: Mapping[str, Any]) -> "Batch":
        return cls(**values)


class Outbox:
    """Lines on their way out."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._cut_lines = 0
        self._cut_batches = 0

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, line: bytes) -> None:
        self._lines.append(line)

    def cut(self, *, ending: bool, open_turns: Iterable[str] = ()) -> Batch:
        """The next batch, one line at least where there are any; the last of the stream if it is `ending` and empty."""
        before, size_bytes = self._cut_lines, 0
        lines: list[bytes] = []
        while self._lines and (not lines or size_bytes + len(self._lines[0]) <= LARGEST_BYTES):
            line = self._lines.popleft()
            lines.append(line)
            size_bytes += len(line)
        self._cut_lines += len(lines)
        self._cut_batches += 1
        last, unsent = ending and not self._lines, len(self._lines)
        return Batch(self._cut_batches, before, lines, last, list(open_turns), unsent)


@dataclass(slots=True)
class Inbox:
    """What is known of a stream by the batches that came."""

    batches: int = 0
    """The number of the latest."""
    lines: int = 0
    """How many lines came."""
    missing: int = 0
    """Lines that others show to have been sent, and that did not come."""
    repeated: int = 0
    """Batches that came when a later one, or they themselves, had come before."""
    ended: bool = False
    open: list[str] = field(default_factory=list)
    """The turns that were under way by the latest batch."""
    unsent: int = 0
    """The lines that were still to come by the latest batch."""

    def take(self, batch: Batch) -> list[bytes]:
        """The lines of the batch that are new."""
        if batch.number <= self.batches:
            self.repeated += 1
            return []
        self.missing += batch.lines_before - self.lines - self.missing
        self.batches = batch.number
        self.lines += len(batch.lines)
        self.ended = self.ended or batch.last
        self.open, self.unsent = batch.open, batch.unsent
        return batch.lines
