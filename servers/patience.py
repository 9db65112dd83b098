"""Patience with a Gemini that takes no sessions for now: another attempt, after a while, and then another.

The whiles grow, and each is drawn between nothing and its most ("full jitter"), so that all who were refused
together do not come back together.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeVar

from servers.causes import is_quota, may_pass
from servers.farewells import TRY_LATER, Refused

CLOSE_SECONDS = 1.0
"""How long Gemini may take to answer a close: its client waits to hear why."""
WAITS_SECONDS = (1.0, 2.0, 4.0)
"""The most that is waited before the second attempt and each after it. Who chats waits meanwhile, and is then told."""

Session = TypeVar("Session")


@asynccontextmanager
async def connected(
    connect: Callable[[], AbstractAsyncContextManager[Session]],
    refused: Callable[[Exception], object],
    wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> AsyncIterator[Session]:
    """What `connect` opens; tries again where that is refused for now, and tells `refused` of each error that it keeps.

    `wait` is given seconds, and may end it by raising. When all attempts were in vain it raises Refused `quota` where
    the last was refused for that, and else the last error.
    """
    async with AsyncExitStack() as opened:
        for most_seconds in (*WAITS_SECONDS, None):
            try:
                session = await opened.enter_async_context(connect())
                break
            except Exception as error:
                if not may_pass(error) or (most_seconds is None and not is_quota(error)):
                    raise
                refused(error)
                if most_seconds is None:
                    raise Refused("quota", "Gemini takes no more sessions: try again later", TRY_LATER) from error
            await wait(random.uniform(0.0, most_seconds))
        yield session
