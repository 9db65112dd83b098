"""What a fault does to a session. Those that bend the course of a turn are the speaker's."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode

from servers.fake_gemini import frames
from servers.fake_gemini.faults.control_frames import answer_late
from servers.fake_gemini.faults.kinds import Act
from servers.fake_gemini.faults.script import Fault
from servers.fake_gemini.refusals import Refusal, Refused


class Stage(Protocol):
    """What an effect needs of the session it strikes."""

    @property
    def connection(self) -> ServerConnection: ...

    def go_away(self, time_left_seconds: float, refusal: Refusal, index: int) -> None:
        """Say goAway, and close with `refusal` when that time is over; `index` of the fault that does it."""


async def strike(fault: Fault, stage: Stage) -> None:
    """Let a fault happen now. Raises Refused where it closes the session, ConnectionClosed where that is lost."""
    if effect := _EFFECTS.get(fault.kind.act):
        await effect(fault, stage)


async def _close(fault: Fault, stage: Stage) -> None:
    assert fault.kind.refusal is not None
    await asyncio.sleep(fault.parameters["seconds"])
    raise Refused(fault.kind.refusal)


async def _drop(fault: Fault, stage: Stage) -> None:
    stage.connection.transport.abort()
    await _until_lost(stage)


async def _drop_in_frame(fault: Fault, stage: Stage) -> None:
    whole = Frame(Opcode.BINARY, frames.GENERATION_COMPLETE).serialize(mask=False)
    stage.connection.transport.write(whole[: len(whole) // 2])
    # Not aborted: the half would be thrown away unsent.
    stage.connection.transport.close()
    await _until_lost(stage)


async def _until_lost(stage: Stage) -> None:
    await stage.connection.wait_closed()
    await stage.connection.ping()  # raises ConnectionClosed as everything does that is sent from here on


async def _frame(fault: Fault, stage: Stage) -> None:
    await stage.connection.send(_FRAMES[fault.what](fault.parameters))


async def _stall(fault: Fault, stage: Stage) -> None:
    if math.isfinite(fault.parameters["seconds"]):
        await asyncio.sleep(fault.parameters["seconds"])
    else:
        await stage.connection.wait_closed()


async def _late_pongs(fault: Fault, stage: Stage) -> None:
    answer_late(stage.connection, Opcode.PING, fault.parameters["seconds"])


async def _late_close(fault: Fault, stage: Stage) -> None:
    answer_late(stage.connection, Opcode.CLOSE, fault.parameters["seconds"])


async def _goaway(fault: Fault, stage: Stage) -> None:
    assert fault.kind.refusal is not None
    stage.go_away(fault.parameters["seconds"], fault.kind.refusal, fault.index)


_EFFECTS: Mapping[Act, Callable[[Fault, Stage], Awaitable[None]]] = {
    "close": _close,
    "drop": _drop,
    "drop_in_frame": _drop_in_frame,
    "frame": _frame,
    "stall": _stall,
    "late_pongs": _late_pongs,
    "late_close": _late_close,
    "goaway": _goaway,
}

_FRAMES: Mapping[str, Callable[[Mapping[str, float]], bytes]] = {
    "oversize_frame": lambda parameters: frames.encode(
        {"serverContent": {"inputTranscription": {"text": "x" * int(parameters["bytes"])}}}
    ),
    "unknown_frame": lambda _: frames.encode({"sessionWeather": {"outlook": "fair"}}),
    "error_frame": lambda _: frames.encode(
        {"error": {"code": 500, "message": "Internal error encountered.", "status": "INTERNAL"}}
    ),
    "not_json": lambda _: b"upstream connect error or disconnect/reset before headers\n",
}
