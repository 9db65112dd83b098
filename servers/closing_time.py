"""Closing time: what a server that is told to stop does with those who are still there.

Everyone is told at once. A session in the middle of a reply may finish it, if that does not take too long; any other
ends there and then. When the last has left, so does the server.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Timer

from servers.farewells import GoingAway

REPLY_SECONDS = 5.0
"""How long a reply may still take."""
LAST_SECONDS = 7.5
"""When the server leaves whoever is still there: a client that no longer reads would keep it for ever."""


class ClosingTime:
    """Of one server. It begins once and is never over."""

    def __init__(self) -> None:
        self.begun = False
        # No lock: begin() may be a signal's, and have interrupted the very thread that held it.
        self._to_tell: set[Callable[[], object]] = set()

    def call(self) -> None:
        """Begins it, and ends this process by force should it not end by itself. May be a signal's, and be repeated."""
        if not self.begun:
            last = Timer(LAST_SECONDS, os._exit, (0,))
            last.daemon = True
            last.start()
            self.begin()

    def begin(self) -> None:
        """Tells everyone who is there; those who come later are told when they come."""
        if not self.begun:
            self.begun = True
            for tell in self._to_tell.copy():
                tell()

    @contextmanager
    def heeded(self, tell: Callable[[], object]) -> Iterator[None]:
        """Within it, `tell` is called when closing time begins, or has begun: by any thread, and perhaps twice."""
        self._to_tell.add(tell)
        try:
            if self.begun:
                tell()
            yield
        finally:
            self._to_tell.discard(tell)

    @asynccontextmanager
    async def limit(self) -> AsyncIterator["Replies"]:
        """Ends what runs within it at closing time, by raising GoingAway; it is to say of each reply when it is due."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                replies = Replies(limit)

                def tell() -> None:
                    with suppress(RuntimeError):  # the loop was closed a moment ago
                        loop.call_soon_threadsafe(replies.hurry)

                with self.heeded(tell):
                    yield replies
        except TimeoutError:
            if limit.expired():
                raise GoingAway from None
            raise


class Replies:
    """The replies that a session owes its client."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        self._limit = limit
        self._owed = 0
        self._at_the_latest: float | None = None

    def owe(self) -> None:
        """The client has said something."""
        self._owed += 1
        self._reconsider()

    def paid(self) -> None:
        """A reply is over."""
        self._owed = max(0, self._owed - 1)
        self._reconsider()

    def hurry(self) -> None:
        """It is closing time."""
        self._at_the_latest = self._at_the_latest or asyncio.get_running_loop().time() + REPLY_SECONDS
        self._reconsider()

    def _reconsider(self) -> None:
        if self._at_the_latest:
            with suppress(RuntimeError):  # it has run out or been left, and cannot be set any more
                self._limit.reschedule(self._at_the_latest if self._owed else 0.0)
