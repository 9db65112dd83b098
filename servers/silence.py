"""How long a session may be silent before it is given up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from servers.farewells import Refused


@asynccontextmanager
async def at_most(seconds: float) -> AsyncIterator[Callable[[], None]]:
    """Ends what runs within it after so many seconds of silence, by raising Refused.

    Gives a function to call whenever something is heard: the seconds then count anew. It is called for every chunk,
    so it only notes the moment, and a task looks at that when the seconds may be over.
    """
    loop = asyncio.get_running_loop()
    heard_at = loop.time()

    def heard() -> None:
        nonlocal heard_at
        heard_at = loop.time()

    async def watch() -> None:
        while (seconds_left := heard_at + seconds - loop.time()) > 0:
            await asyncio.sleep(seconds_left)
        limit.reschedule(loop.time())

    try:
        async with asyncio.timeout(None) as limit:
            watching = asyncio.create_task(watch())
            try:
                yield heard
            finally:
                watching.cancel()
    except TimeoutError:
        if limit.expired():
            raise too_long(seconds) from None
        raise


def too_long(seconds: float) -> Refused:
    """What to raise after so many seconds of silence."""
    return Refused("idle", f"nothing was said for {seconds:g} s")
