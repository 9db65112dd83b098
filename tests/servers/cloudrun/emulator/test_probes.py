import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from servers.cloudrun.emulator.manifest import Probe
from servers.cloudrun.emulator.probes import ProbeFailed, wait_until_started
from servers.ports import free_ports

BRIEF = {"period_seconds": 0.05, "timeout_seconds": 0.05}
PATIENT = {"period_seconds": 0.05, "timeout_seconds": 30.0}


@asynccontextmanager
async def answering(answers: list[bytes], port: int = 0) -> AsyncIterator[int]:
    """A port where each connection is told the next of the answers; the last for ever."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readline()
            writer.write(answers.pop(0) if len(answers) > 1 else answers[0])
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 302 Found\r\n\r\n"])
def test_answer_of_success_is_a_start(answer: bytes) -> None:
    async def probing() -> None:
        async with answering([answer]) as port:
            await wait_until_started(Probe(8080, "/ready", failure_threshold=1, **PATIENT), port)

    asyncio.run(probing())


@pytest.mark.parametrize("answer", [b"HTTP/1.1 503 No\r\n\r\n", b"hello\r\n", b""])
def test_answer_that_is_none_is_asked_for_again_as_often_as_may_be(answer: bytes) -> None:
    async def probing(failures: int) -> None:
        async with answering([answer] * 2 + [b"HTTP/1.1 200 OK\r\n\r\n"]) as port:
            await wait_until_started(Probe(8080, "/ready", failure_threshold=failures, **PATIENT), port)

    asyncio.run(probing(3))
    with pytest.raises(ProbeFailed, match=r"GET /ready, port 8080\) failed 2 times of 30 s, once every 0.05 s"):
        asyncio.run(probing(2))


def test_port_that_opens_late_is_a_start_within_one_probe() -> None:
    async def probing() -> None:
        (port,) = free_ports(1)
        probe = asyncio.ensure_future(wait_until_started(Probe(8080, failure_threshold=1, **PATIENT), port))
        done, _ = await asyncio.wait((probe,), timeout=0.1)
        assert not done
        async with answering([b""], port):
            await probe

    asyncio.run(probing())


def test_port_that_nobody_opens_is_no_start() -> None:
    (port,) = free_ports(1)
    with pytest.raises(ProbeFailed, match=r"a connection, port 8080\) failed 2 times"):
        asyncio.run(wait_until_started(Probe(8080, failure_threshold=2, **BRIEF), port))
