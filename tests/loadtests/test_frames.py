import pytest
from hypothesis import given, strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from loadtests.support.frames import MASK_BYTES, cut, masked_text


def whole(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


payloads = st.lists(st.binary(max_size=300) | st.integers(0, 70_000).map(bytes), max_size=5)


@given(payloads=payloads)
def test_whole_text_frames_give_their_payloads(payloads: list[bytes]) -> None:
    assert cut(b"".join(map(whole, payloads))) == (payloads, b"", False)


@given(payloads=payloads, last=st.binary(max_size=300), data=st.data())
def test_what_is_not_whole_yet_is_kept(payloads: list[bytes], last: bytes, data: st.DataObject) -> None:
    piece = whole(last)[: data.draw(st.integers(0, len(whole(last)) - 1))]
    assert cut(b"".join(map(whole, payloads)) + piece) == (payloads, piece, False)


@given(payloads=payloads, opcode=st.sampled_from([Opcode.BINARY, Opcode.CLOSE, Opcode.PING, Opcode.PONG, Opcode.CONT]))
def test_any_other_frame_is_strange(payloads: list[bytes], opcode: Opcode) -> None:
    other = Frame(opcode, b"ab").serialize(mask=False)
    assert cut(b"".join(map(whole, payloads)) + other) == (payloads, other, True)


def test_half_a_message_and_a_masked_frame_are_strange() -> None:
    half = Frame(Opcode.TEXT, b"ab", fin=False).serialize(mask=False)
    masked = Frame(Opcode.TEXT, b"ab").serialize(mask=True)
    assert cut(half) == ([], half, True)
    assert cut(masked) == ([], masked, True)


@given(data=st.binary(max_size=400))
def test_no_byte_is_lost(data: bytes) -> None:
    taken, rest, _ = cut(data)
    assert b"".join(map(whole, taken)) + rest == data or not _is_shortest(data)


def _is_shortest(data: bytes) -> bool:
    """A length may be written longer than it needs to be, and then comes back shorter."""
    return not any(byte in (126, 127) for byte in data)


@given(payload=st.binary(max_size=300) | st.integers(60_000, 70_000).map(bytes), mask=st.binary(min_size=4, max_size=4))
def test_client_frame_is_the_one_that_others_make(payload: bytes, mask: bytes) -> None:
    assert len(mask) == MASK_BYTES
    reader = StreamReader()
    reader.feed_data(masked_text(payload, mask))
    with pytest.raises(StopIteration) as parsed:
        next(Frame.parse(reader.read_exact, mask=True))
    assert parsed.value.value == Frame(Opcode.TEXT, payload)
