import asyncio
import gc

import pytest

from servers.raw.session import Session
from servers.raw_app import Server
from tests.chat_server_process import speaking_to
from tests.fake_gemini_process import RunningFake
from tests.servers.chat import chat_with, run


def test_session_that_is_over_is_gone_without_being_looked_for(
    monkeypatch: pytest.MonkeyPatch, gemini: RunningFake
) -> None:
    """Its buffers are large, and the garbage collector comes by too seldom for as many as there may be."""
    for name, value in speaking_to(gemini).items():
        monkeypatch.setenv(name, value)

    async def converse() -> None:
        door = await asyncio.get_running_loop().create_server(Server().welcome, "127.0.0.1", 0)
        async with door, chat_with(f"ws://127.0.0.1:{door.sockets[0].getsockname()[1]}/live") as chat:
            await chat.ask("Hello")
            assert sessions() == 1
            gc.disable()
            await chat.connection.close()
            while sessions():
                await asyncio.sleep(0.01)

    try:
        run(converse())
    finally:
        gc.enable()


def sessions() -> int:
    return sum(type(one) is Session for one in gc.get_objects())
