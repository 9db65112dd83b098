"""One connection as both sides of a session know it: what it may suffer, and how it ends."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from servers.fake_gemini import frames
from servers.fake_gemini.faults.effects import strike
from servers.fake_gemini.faults.kinds import Moment
from servers.fake_gemini.faults.schedule import Clockwork
from servers.fake_gemini.faults.script import Fault
from servers.fake_gemini.refusals import GOAWAY_IGNORED, Refusal
from servers.fake_gemini.service import Service


class Call:
    def __init__(self, connection: ServerConnection, service: Service) -> None:
        self.connection = connection
        self.service = service
        self.sufferer = service.faults.sufferer()
        self.refusal: Refusal | None = None
        """Why it was closed from this side."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self, refusal: Refusal) -> None:
        """End it; nothing more is sent."""
        self.refusal = refusal
        await self.connection.close(refusal.code, refusal.reason)

    def cancel(self) -> None:
        """Nothing of it goes on in the background."""
        for task in self._tasks:
            task.cancel()

    async def suffer(self, moment: Moment) -> Fault | None:
        """An opportunity for a fault: the one that has struck. Raises what `strike` raises."""
        clockwork = self.service.faults.due(moment, self.sufferer)
        return await self.strike(clockwork) if clockwork else None

    async def strike(self, clockwork: Clockwork) -> Fault | None:
        """Let a fault that was due happen, and enter it in the account; None where it was disarmed in between."""
        if not self.service.faults.holds(clockwork):
            return None
        fault = clockwork.fault
        self.service.faults.struck(fault.what, fault.index, self.sufferer)
        await strike(fault, self)
        return fault

    def begin_lifetime(self) -> None:
        """Count the seconds from now, where connections last only so many."""
        limits = self.service.faults.limits
        if limits.connection_seconds is not None:
            left = limits.goodbye_seconds
            self._in_background(self._live(limits.connection_seconds - left, left))

    async def _live(self, seconds: float, time_left_seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.service.faults.struck("goaway", None, self.sufferer)
        await self._say_goodbye(time_left_seconds, GOAWAY_IGNORED, None)

    def go_away(self, time_left_seconds: float, refusal: Refusal, index: int) -> None:
        """Say goAway, and close when the time is over; `index` of the fault that does it."""
        self._in_background(self._say_goodbye(time_left_seconds, refusal, index))

    async def _say_goodbye(self, time_left_seconds: float, refusal: Refusal, index: int | None) -> None:
        await self.connection.send(frames.go_away(time_left_seconds))
        await asyncio.sleep(time_left_seconds)
        self.service.faults.struck("goaway_ignored", index, self.sufferer)
        await self.close(refusal)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        async def unless_it_is_over() -> None:
            with suppress(ConnectionClosed):
                await work

        task = asyncio.create_task(unless_it_is_over())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
