import asyncio
import time

from servers.fake_gemini.bell import Bell
from tests.servers.fake_gemini.conversation import run


def test_wait_is_never_shorter_than_asked() -> None:
    async def waits() -> list[float]:
        bell, short = Bell(), []
        for seconds in (0.0001, 0.0014, 0.0016, 0.0023):
            started = time.perf_counter()
            await bell.wait(seconds)
            short.append(time.perf_counter() - started - seconds)
        return short

    assert min(run(waits)) >= 0


def test_ring_ends_a_wait() -> None:
    async def rung() -> float:
        bell = Bell()
        asyncio.get_running_loop().call_soon(bell.ring)
        started = time.perf_counter()
        await bell.wait(3600.0)
        return time.perf_counter() - started

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
        started = time.perf_counter()
        await bell.wait(0.01)
        bell.ring()
        bell.ring()
        await bell.wait(0.01)
        return time.perf_counter() - started

    assert run(rung_before) >= 0.02
