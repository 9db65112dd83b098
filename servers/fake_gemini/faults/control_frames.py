"""Answers to pings and closes that come late or never.

The WebSocket library answers both by itself, as it must. What is asked late is answered late: frames that ask are held
back from it. Clients write such a frame in one piece, so it stands at the beginning of what has been read.
"""

import asyncio
import math

from websockets.asyncio.server import ServerConnection
from websockets.frames import Opcode

_FINAL, _MASKED, _LENGTH = 0x80, 0x80, 0x7F
_HEAD_BYTES = 6
"""Of a client's control frame: two, and its mask."""


def answer_late(connection: ServerConnection, opcode: Opcode, seconds: float) -> None:
    """From now on the frames of an opcode reach a connection so many seconds after they came; infinity is never."""
    receive = connection.protocol.receive_data
    loop = asyncio.get_running_loop()

    def deliver(frame: bytes) -> None:
        if connection.transport.is_closing():
            return
        connection.protocol.receive_data = receive  # type: ignore[method-assign]
        connection.data_received(frame)
        connection.protocol.receive_data = hold_back  # type: ignore[method-assign]

    def hold_back(data: bytes | bytearray) -> None:
        size = control_frame_bytes(data, opcode)
        if size:
            if math.isfinite(seconds):
                loop.call_later(seconds, deliver, bytes(data[:size]))
            data = data[size:]
        if data or not size:
            receive(data)

    connection.protocol.receive_data = hold_back  # type: ignore[method-assign]


def control_frame_bytes(data: bytes | bytearray, opcode: Opcode) -> int:
    """The length of the client's control frame of an opcode that stands at the beginning; 0 where none does."""
    if len(data) < _HEAD_BYTES or data[0] != _FINAL | opcode or not data[1] & _MASKED:
        return 0
    size = _HEAD_BYTES + (data[1] & _LENGTH)
    return size if len(data) >= size else 0
