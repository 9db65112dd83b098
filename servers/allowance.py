"""How much may be said in a minute: a token bucket. Any thread may use one."""

import time
from collections.abc import Callable
from threading import Lock

SECONDS_PER_MINUTE = 60.0


class Allowance:
    """So much a minute, which may be used up at once; it comes back little by little."""

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / SECONDS_PER_MINUTE
        self._clock = clock
        self._left = self._most
        """As it was at `_counted_at`; below zero it is a debt."""
        self._counted_at = clock()
        self._lock = Lock()

    def take(self, amount: float = 1.0) -> float:
        """Takes an amount, if that much is left. Gives 0, or the seconds until it will be."""
        with self._lock:
            self._count()
            missing = amount - self._left
            if missing > 0:
                return missing / self._per_second
            self._left -= amount
            return 0.0

    def spend(self, amount: float) -> None:
        """Takes an amount that has been used already, be it into debt; gives it back where it is below zero."""
        with self._lock:
            self._count()
            self._left = min(self._most, self._left - amount)

    def debt_seconds(self) -> float:
        """How long it takes until nothing is owed; 0 where nothing is."""
        with self._lock:
            self._count()
            return max(0.0, -self._left / self._per_second)

    def _count(self) -> None:
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._counted_at) * self._per_second)
        self._counted_at = now
