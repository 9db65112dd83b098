import asyncio
import logging
from collections.abc import Callable

import pytest

from servers.event_loop import new_event_loop
from servers.gemini import connect, make_client
from servers.settings import read_settings
from tests.fake_gemini_process import fake_gemini

STEPS = 40


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.ERROR)
    return lambda: [record.getMessage() for record in caplog.records]


def test_session_given_up_while_gemini_is_dialled_leaves_no_trace_in_the_log(
    monkeypatch: pytest.MonkeyPatch, logged: Callable[[], list[str]]
) -> None:
    """At whatever moment: a dial takes more than a few of these steps, and fewer than all of them."""

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fake_gemini("fast") as fake, asyncio.Runner(loop_factory=new_event_loop) as runner:
        monkeypatch.setenv("SSL_CERT_FILE", str(fake.certificate))
        settings = read_settings({"GOOGLE_GEMINI_BASE_URL": fake.url})
        client = make_client(settings)

        async def open_and_close() -> None:
            async with connect(client, settings):
                pass

        async def give_up_after(steps: int) -> None:
            opening = asyncio.create_task(open_and_close())
            for _ in range(steps):
                await asyncio.sleep(0.0002)
            opening.cancel()
            await asyncio.wait([opening])
            await asyncio.sleep(0.005)  # what arrives late has then arrived

        for steps in range(STEPS):
            runner.run(give_up_after(steps))
    assert logged() == []


@pytest.mark.parametrize(
    ("message", "error", "lines"),
    [
        ("Fatal error on SSL protocol", RuntimeError(), 0),
        ("Error occurred during shutdown", RuntimeError(), 0),
        ("Error occurred during shutdown", OSError(), 1),
        ("Something else", RuntimeError(), 1),
    ],
)
def test_only_what_the_loop_says_of_connections_that_were_cut_is_passed_over(
    logged: Callable[[], list[str]], message: str, error: Exception, lines: int
) -> None:
    async def complain() -> None:
        asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(complain())
    assert len(logged()) == lines


def test_other_faults_are_logged(logged: Callable[[], list[str]]) -> None:
    async def fail() -> None:
        def fault() -> None:
            raise RuntimeError("a fault of ours")

        asyncio.get_running_loop().call_soon(fault)
        await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(fail())
    assert len(logged()) == 1
