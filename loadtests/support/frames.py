"""Whole text frames cut out of a stream (RFC 6455, section 5.2), which is nearly all that a chat server sends. Pure.

Everything else, and a frame that is not whole yet, is left for who knows the rest of the protocol.
"""

WHOLE_TEXT = 0x81
"""FIN, no extension, opcode text."""
_LENGTH_OF_2_BYTES, _LENGTH_OF_8_BYTES = 126, 127
"""Any larger second byte means a masked frame, which a server must not send."""


def cut(data: bytes) -> tuple[list[bytes], bytes, bool]:
    """The payloads of the whole text frames that `data` begins with, what follows them, and whether that is strange.

    Strange is what can be no beginning of a whole text frame.
    """
    payloads: list[bytes] = []
    start, size = 0, len(data)
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
