"""Whole text frames (RFC 6455, section 5.2): a client's, made, and a server's, cut out of a stream. Pure.

They are nearly all that a chat sends. Everything else, and a frame that is not whole yet, is left for who knows the
rest of the protocol.
"""

import struct

WHOLE_TEXT = 0x81
"""FIN, no extension, opcode text."""
_LENGTH_OF_2_BYTES, _LENGTH_OF_8_BYTES = 126, 127
"""Any larger second byte means a masked frame, which a server must not send."""
_ONE_CHUNK = bytes((WHOLE_TEXT, _LENGTH_OF_2_BYTES))
"""How nearly every read begins, and what follows is just one chunk."""

MASK_BYTES = 4
_MASKED = 0x80


def masked_text(payload: bytes, mask: bytes) -> bytes:
    """The whole text frame that a client sends; the mask is to be one that nobody can foresee."""
    size = len(payload)
    if size < _LENGTH_OF_2_BYTES:
        head = bytes((WHOLE_TEXT, _MASKED | size))
    elif size < 1 << 16:
        head = struct.pack("!BBH", WHOLE_TEXT, _MASKED | _LENGTH_OF_2_BYTES, size)
    else:
        head = struct.pack("!BBQ", WHOLE_TEXT, _MASKED | _LENGTH_OF_8_BYTES, size)
    # As one exclusive or of two long numbers: a loop over bytes would cost more than the sending.
    key = (mask * (size // MASK_BYTES + 1))[:size]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
    return head + mask + masked


def cut(data: bytes) -> tuple[list[bytes], bytes, bool]:
    """The payloads of the whole text frames that `data` begins with, what follows them, and whether that is strange.

    Strange is what can be no beginning of a whole text frame.
    """
    size = len(data)
    if data[:2] == _ONE_CHUNK and int.from_bytes(data[2:4], "big") == size - 4:
        return [data[4:]], b"", False
    payloads: list[bytes] = []
    start = 0
    while start < size:
        if data[start] != WHOLE_TEXT:
            return payloads, data[start:], True
        if start + 1 == size:
            break
        length, head = data[start + 1], 2
        if length >= _LENGTH_OF_2_BYTES:
            if length > _LENGTH_OF_8_BYTES:
                return payloads, data[start:], True
            head = 4 if length == _LENGTH_OF_2_BYTES else 10
            if start + head > size:
                break
            length = int.from_bytes(data[start + 2 : start + head], "big")
        end = start + head + length
        if end > size:
            break
        payloads.append(data[start + head : end])
        start = end
    return payloads, data[start:], False
