"""Waiting that can be cut short."""

import asyncio
import math
import time


class Bell:
    """Wakes the one coroutine that waits on it: when the time is up, or when it is rung."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wakes whoever waits now; nothing is kept for later."""
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, until: float | None = None) -> None:
        """Returns when rung, or about when `time.monotonic` comes to `until`: ask it whether that is so."""
        self._waiter = self._loop.create_future()
        if until is None:
            await self._waiter
            return
        # uvloop's clock is the monotonic one, cut to whole milliseconds. Counting from its last tick to the first one
        # after the moment keeps a timer from firing early, which would cost another (where the kernel's coarse clock
        # is finer than a millisecond uvloop reads that one, and may still be a tick early).
        ticks = math.ceil(until * 1000) - math.floor(time.monotonic() * 1000)
        timer = self._loop.call_later(ticks / 1000, self.ring)
        try:
            await self._waiter
        finally:
            timer.cancel()
