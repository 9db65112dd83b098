"""How long a session may be silent before it is given up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from servers.farewells import Refused


@asynccontextmanager
async def at_most(seconds: float) -> AsyncIterator[Callable[[], None]]:
    """Ends what runs within it after so many seconds of silence, by raising Refused.

    Gives a function to call whenever something is heard: the seconds then count anew.
    """
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if not limit.expired():
            limit.reschedule(loop.time() + seconds)

    try:
        async with asyncio.timeout(seconds) as limit:
            yield heard
    except TimeoutError:
        raise too_long(seconds) from None


def too_long(seconds: float) -> Refused:
    """What to raise after so many seconds of silence."""
    return Refused("idle", f"nothing was said for {seconds:g} s")
