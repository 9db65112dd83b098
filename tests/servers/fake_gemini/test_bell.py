import asyncio
import time

import uvloop

from servers.fake_gemini.bell import Bell
from tests.servers.fake_gemini.conversation import run


def test_wait_is_over_a_tick_before_its_moment_at_the_earliest() -> None:
    """On the loop that the fake runs on, whose timers count whole milliseconds."""

    async def earliest() -> float:
        bell, lateness = Bell(), []
        for tenths in range(100):
            moment = time.monotonic() + tenths * 0.0001
            await bell.wait(moment)
            lateness.append(time.monotonic() - moment)
        return min(lateness)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(earliest()) >= -0.001


def test_ring_ends_a_wait() -> None:
    async def rung() -> float:
        bell = Bell()
        asyncio.get_running_loop().call_soon(bell.ring)
        started = time.monotonic()
        await bell.wait(started + 3600.0)
        return time.monotonic() - started

    assert run(rung) < 60.0


def test_ring_ends_a_wait_without_limit() -> None:
    async def rung() -> None:
        bell = Bell()
        asyncio.get_running_loop().call_soon(bell.ring)
        await bell.wait()

    run(rung)


def test_ring_that_nobody_hears_is_not_kept() -> None:
    async def rung_before() -> float:
        bell = Bell()
        bell.ring()
        started = time.monotonic()
        await bell.wait(started + 0.01)
        bell.ring()
        bell.ring()
        await bell.wait(started + 0.02)
        return time.monotonic() - started

    assert run(rung_before) >= 0.02
