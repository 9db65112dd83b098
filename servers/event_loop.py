"""The event loop of both servers: uvloop's, without the fuss it makes of a connection that was cut on purpose."""

import asyncio
from typing import Any

import uvloop


def new_event_loop() -> asyncio.AbstractEventLoop:
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    loop.set_exception_handler(_report)
    return loop


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A session may end while Gemini is still being dialled. Of a connection cut in its TLS handshake uvloop takes what
    # arrives all the same, finds that it cannot answer, and calls that fatal, which it is to no one.
    if isinstance(context.get("exception"), RuntimeError) and context.get("message") == "Fatal error on SSL protocol":
        return
    loop.default_exception_handler(context)
