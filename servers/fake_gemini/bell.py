"""Waiting that can be cut short."""

import asyncio
import math


class Bell:
    """Wakes the one coroutine that waits on it: when the time is up, or when it is rung."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wakes whoever waits now; nothing is kept for later."""
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, seconds: float | None = None) -> None:
        """Returns when rung, or after so many seconds. Never early."""
        self._waiter = self._loop.create_future()
        if seconds is None:
            await self._waiter
            return
        # The loop's timers count whole milliseconds and round to the nearest, which may be early: so round up.
        timer = self._loop.call_later(math.ceil(seconds * 1000) / 1000, self.ring)
        try:
            await self._waiter
        finally:
            timer.cancel()
