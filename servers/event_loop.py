"""The event loop of both servers: uvloop's, without the fuss it makes of a connection that was cut on purpose."""

import asyncio
from contextlib import suppress
from threading import Lock
from typing import Any
from weakref import WeakSet

import uvloop

_loops: WeakSet[asyncio.AbstractEventLoop] = WeakSet()
_lock = Lock()
_OF_CUT_CONNECTIONS = ("Fatal error on SSL protocol", "Error occurred during shutdown")


def new_event_loop() -> asyncio.AbstractEventLoop:
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    loop.set_exception_handler(_report)
    with _lock:
        _loops.add(loop)
    return loop


def count_tasks() -> int:
    """Of all loops that are there, those that stand still or are closed too: a task that nobody ends stays in them."""
    with _lock:
        loops = set(_loops)
    with suppress(RuntimeError):  # where it is asked outside any loop
        loops.add(asyncio.get_running_loop())
    return sum(len(asyncio.all_tasks(loop)) for loop in loops)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A session may end while Gemini is still being dialled. Of a connection cut in its TLS handshake uvloop takes what
    # arrives all the same, finds that it cannot answer, and calls that fatal, which it is to no one. So it does where
    # one is cut that was about to close.
    if isinstance(context.get("exception"), RuntimeError) and context.get("message") in _OF_CUT_CONNECTIONS:
        return
    loop.default_exception_handler(context)
