"""Startup probes: asking a container whether it has started, as often and as patiently as its manifest says."""

import asyncio
import time
from contextlib import suppress

from servers.cloudrun.emulator.manifest import Probe

AGAIN_SECONDS = 0.02
"""One probe keeps trying to connect for as long as it may take: that is how the usual probe, of 240 s, can succeed."""


class ProbeFailed(Exception):
    """The container did not start in the time that it had. The message says what was asked."""


async def wait_until_started(probe: Probe, port: int) -> None:
    """Returns once a probe of the instance's `port` succeeds. Raises ProbeFailed after as many failures as may be."""
    await asyncio.sleep(probe.initial_delay_seconds)
    for failures in range(1, probe.failure_threshold + 1):
        began = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(probe.timeout_seconds):
                if await _succeeds(probe, port):
                    return
        if failures < probe.failure_threshold:
            await asyncio.sleep(max(0.0, probe.period_seconds - (time.monotonic() - began)))
    asked = f"GET {probe.path}" if probe.path else "a connection"
    raise ProbeFailed(
        f"its startup probe ({asked}, port {probe.port}) failed {probe.failure_threshold} times of "
        f"{probe.timeout_seconds:g} s, once every {probe.period_seconds:g} s"
    )


async def _succeeds(probe: Probe, port: int) -> bool:
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        try:
            return probe.path is None or await _answers(reader, writer, probe.path)
        finally:
            writer.close()


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bool:
    """Whether a GET is answered with 2xx or 3xx."""
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: GoogleHC/1.0\r\nConnection: close\r\n\r\n".encode()
    )
    try:
        parts = (await reader.readline()).split()
    except OSError:
        return False
    return len(parts) >= 2 and parts[1][:1] in (b"2", b"3")
