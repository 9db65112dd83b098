import os
from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st
from websockets.frames import Frame, Opcode

from servers.null_chat import frames
from servers.null_chat.frames import Inbox, Message, Violation


def sent(opcode: Opcode, payload: bytes, *, final: bool = True) -> bytes:
    """As the websockets library sends it for a client."""
    return Frame(opcode, payload, fin=final).serialize(mask=True)


def messages(pieces: Iterable[bytes]) -> list[Message]:
    inbox = Inbox()
    return [message for piece in pieces for message in inbox.take(piece)]


# Lengths on both sides of where the header grows: RFC 6455, section 5.2.
@pytest.mark.parametrize("length", [0, 1, 125, 126, 65535, 65536])
def test_frame_is_what_a_library_writes(length: int) -> None:
    payload = os.urandom(length)
    assert frames.frame(frames.TEXT, payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)


@pytest.mark.parametrize("length", [0, 1, 3, 125, 126, 4097, 65536])
def test_client_frame_is_unmasked(length: int) -> None:
    payload = os.urandom(length)
    assert messages([sent(Opcode.BINARY, payload)]) == [Message(frames.BINARY, payload)]


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(1, 40))
def test_messages_survive_any_cutting(payloads: list[bytes], step: int) -> None:
    stream = b"".join(sent(Opcode.TEXT, payload) for payload in payloads)
    pieces = [stream[begin : begin + step] for begin in range(0, len(stream), step)]
    assert messages(pieces) == [Message(frames.TEXT, payload) for payload in payloads]


def test_fragments_are_put_together_around_a_ping() -> None:
    stream = [
        sent(Opcode.TEXT, b"how long ", final=False),
        sent(Opcode.PING, b"there?"),
        sent(Opcode.CONT, b"does the ", final=False),
        sent(Opcode.CONT, b"ferry take"),
        sent(Opcode.TEXT, b"and back"),
    ]
    assert messages(stream) == [
        Message(frames.PING, b"there?"),
        Message(frames.TEXT, b"how long does the ferry take"),
        Message(frames.TEXT, b"and back"),
    ]


HALF = bytes(frames.MESSAGE_BYTES_MAX // 2 + 1)


BREACHES = {
    "not masked": (Frame(Opcode.TEXT, b"bare").serialize(mask=False), 1002),
    "continues nothing": (sent(Opcode.CONT, b"of nothing"), 1002),
    "interrupts a message": (sent(Opcode.TEXT, b"a", final=False) + sent(Opcode.TEXT, b"b"), 1002),
    "ping in pieces": (b"\x09\x80\x00\x00\x00\x00", 1002),
    "ping of 256 bytes": (b"\x89\xfe\x01\x00", 1002),
    "reserved bit": (b"\xc1\x80\x00\x00\x00\x00", 1002),
    "unknown opcode": (b"\x83\x80\x00\x00\x00\x00", 1002),
    "too long": (sent(Opcode.TEXT, bytes(frames.MESSAGE_BYTES_MAX + 1)), 1009),
    "too long by its header alone": (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 1009),
    "too long in all": (sent(Opcode.TEXT, HALF, final=False) + sent(Opcode.CONT, HALF), 1009),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_breach_of_the_protocol_names_its_close_code(breach: str) -> None:
    stream, close_code = BREACHES[breach]
    with pytest.raises(Violation) as caught:
        messages([stream])
    assert caught.value.close_code == close_code


def test_message_before_a_breach_still_counts() -> None:
    inbox = Inbox()
    arriving = inbox.take(sent(Opcode.TEXT, b"well said") + b"\x01\x00")
    assert next(arriving) == Message(frames.TEXT, b"well said")
    with pytest.raises(Violation):
        next(arriving)
