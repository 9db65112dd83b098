"""One session at an address before anybody else comes: how long the way is, and what the server says of itself.

The session asks nothing. Its pings are answered by the server's own WebSocket layer, so that whatever stands between
(a load balancer, TLS, a proxy) is on the way, and Gemini is not.

On asyncio, because the blocking client of websockets reads and writes one TLS connection from two threads: with TLS 1.3
there is something to read right after the handshake, and two in a thousand sessions then never open.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from bench.address import refusal
from bench.elsewhere import Approach, RoundTrip
from bench.errors import ServerNotReady
from bench.health import NOBODY, health_of
from bench.stats import percentile
from loadtests.support.address import Address
from loadtests.support.id_token import NoToken
from loadtests.support.identity import Auth

PINGS, FEWEST_PINGS = 20, 5
OPEN_SECONDS = 60.0
"""An instance may have to start first."""
PONG_SECONDS = 5.0
PAUSE_SECONDS = 0.02
"""Between pings, so that all do not fall into one moment in which something else is busy."""
INTRODUCTION_SECONDS = 0.5
"""A server that introduces itself does so at once. One that does not reaches its Gemini meanwhile, and is quiet."""
LONGEST_SECONDS = OPEN_SECONDS + INTRODUCTION_SECONDS + PINGS * (PONG_SECONDS + PAUSE_SECONDS) + PONG_SECONDS
"""What a look may take where everything is as slow as it may be."""
INTRODUCTION = {"Live-Introduction": "1"}


def approach(url: str, auth: Auth = NOBODY) -> Approach:
    """Opens one session at the address of a chat server and looks about. Raises ServerNotReady where none opens."""
    try:
        return asyncio.run(_look(url, auth))
    except (OSError, InvalidHandshake, NoToken) as error:
        raise ServerNotReady(_why_none(url, auth, error)) from error


async def _look(url: str, auth: Auth) -> Approach:
    address = Address.of(url)
    headers = {**INTRODUCTION, **auth.headers_for(address)}
    began = time.perf_counter()
    async with connect(
        address.chat_url,
        additional_headers=headers,
        proxy=None,
        open_timeout=OPEN_SECONDS,
        ping_interval=None,
        compression=None,
        close_timeout=PONG_SECONDS,
    ) as session:
        connect_seconds = time.perf_counter() - began
        said = await _introduction(session) or _health(url, auth)
        return _approach(connect_seconds, said, await _round_trip(session))


def _why_none(url: str, auth: Auth, error: Exception) -> str:
    """What is told where no session was opened, and what to check."""
    if isinstance(error, InvalidStatus):
        answer = error.response
        told = refusal(f"{url}/live", answer.status_code, answer.headers.get("Location"), auth, Address.of(url))
        if told:
            return told
    hint = "" if isinstance(error, NoToken) else "; does the server still run?"
    return f"no session could be opened at {url}/live: {error}{hint}"


def _approach(connect_seconds: float, said: Mapping[str, Any], round_trip: RoundTrip | None) -> Approach:
    serving = said.get("serving_seconds")
    return Approach(
        connect_seconds=connect_seconds,
        round_trip=round_trip,
        from_elsewhere=False,
        **{name: str(said[name]) for name in ("app", "build", "revision", "instance") if said.get(name) is not None},
        cold=isinstance(serving, int | float) and serving < connect_seconds,
    )


async def _introduction(session: ClientConnection) -> Mapping[str, Any]:
    """What the server says of itself first of all; nothing, where it says something else or goes."""
    with suppress(TimeoutError, ConnectionClosed, ValueError):
        async with asyncio.timeout(INTRODUCTION_SECONDS):
            said = json.loads(await session.recv())
        if isinstance(said, dict) and isinstance(said.get("server"), dict):
            return dict(said["server"])
    return {}


def _health(url: str, auth: Auth) -> Mapping[str, Any]:
    """What it says over HTTP, where perhaps another instance answers: enough for who it is, not for which."""
    said = health_of(url, auth=auth) or {}
    return {name: said[name] for name in ("app", "build") if name in said}


async def _round_trip(session: ClientConnection) -> RoundTrip | None:
    """None where the server answers too few pings, or goes before it has."""
    seconds: list[float] = []
    with suppress(TimeoutError, ConnectionClosed):
        for _ in range(PINGS):
            began = time.perf_counter()
            async with asyncio.timeout(PONG_SECONDS):
                await (await session.ping())
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    if len(seconds) < FEWEST_PINGS:
        return None
    return RoundTrip(
        pings=len(seconds),
        p50_seconds=percentile(seconds, 50),
        min_seconds=min(seconds),
        p95_seconds=percentile(seconds, 95),
    )
