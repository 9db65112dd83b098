"""WebSocket frames as bytes (RFC 6455, section 5). Pure.

The server's are never masked and never fragmented; a client's are masked and may be fragmented. No extension is spoken.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
CLOSE_GOING_AWAY, CLOSE_PROTOCOL, CLOSE_NOT_UTF8, CLOSE_REFUSED, CLOSE_TOO_LONG = 1001, 1002, 1007, 1008, 1009
MESSAGE_BYTES_MAX = 64 * 1024

_FIN, _RESERVED, _MASKED = 0x80, 0x70, 0x80
_CONTROL = 0x8
"""The bit that tells control frames."""
_CONTROL_BYTES_MAX = 125


class Violation(Exception):
    """The client broke the protocol; the connection is to be closed with this code."""

    def __init__(self, close_code: int, reason: str) -> None:
        super().__init__(reason)
        self.close_code = close_code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """What a client sent, put together from its frames."""

    opcode: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Frame:
    final: bool
    opcode: int
    payload: bytes
    end: int
    """Where the next one begins."""


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole message in one frame, as a server sends it."""
    length = len(payload)
    if length < 126:
        return bytes((_FIN | opcode, length)) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", _FIN | opcode, 126, length) + payload
    return struct.pack("!BBQ", _FIN | opcode, 127, length) + payload


def close(code: int, reason: str = "") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason.encode())


class Inbox:
    """Puts messages together from bytes that arrive in any pieces."""

    __slots__ = ("_fragments", "_opcode", "_waiting")

    def __init__(self) -> None:
        self._waiting = b""
        """The beginning of a frame whose end has not come yet."""
        self._fragments = b""
        self._opcode: int | None = None
        """Of the message whose fragments are coming in; None between messages."""

    def take(self, arrived: bytes) -> Iterator[Message]:
        """The messages that are complete now. Raises Violation, after those that came before it."""
        buffer = self._waiting + arrived if self._waiting else arrived
        begin = 0
        while found := _read_frame(buffer, begin):
            begin = found.end
            if found.opcode & _CONTROL:
                yield Message(found.opcode, found.payload)
            elif message := self._add(found):
                yield message
        self._waiting = buffer[begin:]

    def _add(self, fragment: _Frame) -> Message | None:
        if (fragment.opcode == CONTINUATION) == (self._opcode is None):
            raise Violation(CLOSE_PROTOCOL, "a fragment out of turn")
        if self._opcode is None:
            if fragment.final:
                return Message(fragment.opcode, fragment.payload)
            self._opcode = fragment.opcode
        if len(self._fragments) + len(fragment.payload) > MESSAGE_BYTES_MAX:
            raise Violation(CLOSE_TOO_LONG, "message too long")
        self._fragments += fragment.payload
        if not fragment.final:
            return None
        message = Message(self._opcode, self._fragments)
        self._opcode, self._fragments = None, b""
        return message


def _read_frame(buffer: bytes, begin: int) -> _Frame | None:
    """The frame that begins there, unmasked; None where it is not all there. Raises Violation."""
    if len(buffer) - begin < 2:
        return None
    first, second = buffer[begin], buffer[begin + 1]
    opcode, length, start = first & 0x0F, second & 0x7F, begin + 2
    _check(first, second, opcode, length)
    if length >= 126:
        size = 2 if length == 126 else 8
        if len(buffer) - start < size:
            return None
        length = int.from_bytes(buffer[start : start + size], "big")
        start += size
    if length > MESSAGE_BYTES_MAX:
        raise Violation(CLOSE_TOO_LONG, "message too long")
    end = start + 4 + length
    if len(buffer) < end:
        return None
    return _Frame(bool(first & _FIN), opcode, _unmasked(buffer[start : start + 4], buffer[start + 4 : end]), end)


def _check(first: int, second: int, opcode: int, length: int) -> None:
    if first & _RESERVED or opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
        raise Violation(CLOSE_PROTOCOL, "a frame of no kind that was agreed on")
    if not second & _MASKED:
        raise Violation(CLOSE_PROTOCOL, "a frame that is not masked")
    if opcode & _CONTROL and (not first & _FIN or length > _CONTROL_BYTES_MAX):
        raise Violation(CLOSE_PROTOCOL, "a control frame that is too long or in pieces")


def _unmasked(mask: bytes, masked: bytes) -> bytes:
    """As one exclusive or of two long numbers: a loop over bytes would cost as much as all the rest."""
    size = len(masked)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(masked, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
