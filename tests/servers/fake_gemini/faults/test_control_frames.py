import pytest
from websockets.frames import Frame, Opcode

from servers.fake_gemini.faults.control_frames import control_frame_bytes


def frame(opcode: Opcode, data: bytes = b"") -> bytes:
    return Frame(opcode, data).serialize(mask=True)


@pytest.mark.parametrize("data", [b"", b"four", bytes(125)], ids=len)
def test_control_frame_at_the_beginning_is_measured(data: bytes) -> None:
    ping = frame(Opcode.PING, data)
    assert control_frame_bytes(ping, Opcode.PING) == len(ping) == 6 + len(data)
    assert control_frame_bytes(ping + frame(Opcode.TEXT, b"more"), Opcode.PING) == len(ping)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        frame(Opcode.PING, b"four")[:-1],
        frame(Opcode.PONG, b"four"),
        frame(Opcode.TEXT, b"text"),
        Frame(Opcode.PING, b"from a server").serialize(mask=False),
    ],
    ids=["nothing", "cut", "pong", "text", "unmasked"],
)
def test_anything_else_is_none(data: bytes) -> None:
    assert control_frame_bytes(data, Opcode.PING) == 0
