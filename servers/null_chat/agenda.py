"""What is to be done when. One clock: the wall clock in nanoseconds, which the kernel's receive stamps are of too."""

import heapq
import time
from collections.abc import Callable

from servers.null_chat.timing import NANOSECONDS

Act = Callable[[int], None]
"""Told when it was due."""


class Agenda:
    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Act]] = []
        self._count = 0
        self._woke_at = 0

    def at(self, due: int, act: Act) -> None:
        self._count += 1  # decides between two that are due at once: acts cannot be compared
        heapq.heappush(self._heap, (due, self._count, act))

    def do_due(self, most: int) -> None:
        """Does what is due, oldest first, but no more than so much of it at a time."""
        while self._heap and most and self._heap[0][0] <= time.time_ns():
            due, _, act = heapq.heappop(self._heap)
            act(due)
            most -= 1

    def seconds_left(self) -> float | None:
        """Until something is due; None where nothing ever is."""
        return max(0, self._heap[0][0] - time.time_ns()) / NANOSECONDS if self._heap else None

    def freeze(self, seconds: float) -> None:
        """Nothing is done meanwhile; what was due is only due when it is over."""
        time.sleep(seconds)
        self._woke_at = time.time_ns()

    def lateness_seconds(self, due: int, now: int) -> float:
        return (now - max(due, self._woke_at)) / NANOSECONDS
