import json

import pytest
from hypothesis import given, settings, strategies as st

from loadtests.support.failures import SessionFailed
from loadtests.support.packets import Introduction, parse, read_plain_chunk, read_tag, tagged


def test_a_packet_keeps_its_text_and_the_moment_it_arrived() -> None:
    packet = parse(b'{"text": "gr\xc3\xbc\xc3\x9fe", "turn_complete": false}', 12.5)
    assert (packet.text, packet.turn_complete, packet.interrupted, packet.arrived_at) == ("grüße", False, False, 12.5)


def test_a_packet_may_carry_fields_of_a_later_protocol() -> None:
    assert parse(b'{"text": "", "turn_complete": true, "mood": "fine"}', 0.0).turn_complete


def test_an_error_packet_has_a_code_and_a_message() -> None:
    assert parse(b'{"error": {"code": "full", "message": "try later"}}', 0.0).error == ("full", "try later")


def test_the_refusal_of_one_prompt_names_it() -> None:
    packet = parse(
        b'{"error": {"code": "rate_limited", "message": "wait", "prompt": 3, "retry_after_seconds": 1}}', 0.0
    )
    assert (packet.refused_prompt, packet.error) == (3, ("rate_limited", "wait"))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no json",
        b"[]",
        b'"text"',
        b"{}",
        b'{"text": "", "turn_complete": false}',
        b'{"text": 1, "turn_complete": false}',
        b'{"text": null, "turn_complete": true}',
        b'{"text": "a", "turn_complete": "no"}',
        b'{"text": "a", "interrupted": 1}',
        b'{"error": "full"}',
        b'{"error": {"message": "no code"}}',
        b'{"error": {"code": "rate_limited", "message": "which?"}}',
        b'{"error": {"code": "rate_limited", "message": "", "prompt": 0}}',
        b'{"error": {"code": "rate_limited", "message": "", "prompt": true}}',
        b'{"error": {"code": "rate_limited", "message": "", "prompt": "1"}}',
        b'{"server": "quart"}',
        b'{"server": {"instance": "a1"}}',
        b'{"server": {"serving_seconds": 1.5}}',
        b'{"server": {"instance": "", "serving_seconds": 1.5}}',
        b'{"server": {"instance": 7, "serving_seconds": 1.5}}',
        b'{"server": {"instance": null, "serving_seconds": 1.5}}',
        b'{"server": {"instance": "a1", "serving_seconds": "1.5"}}',
        b'{"server": {"instance": "a1", "serving_seconds": true}}',
        b'{"server": {"instance": "a1", "serving_seconds": -1.5}}',
        b'{"server": {"instance": "a1", "serving_seconds": null}}',
        b'{"server": {"instance": "a1", "serving_seconds": 1.5}, "text": ""}',
        b'{"text": "\xff"}',
    ],
)
def test_what_is_not_the_protocol_is_refused(payload: bytes) -> None:
    with pytest.raises(SessionFailed) as failed:
        parse(payload, 0.0)
    assert failed.value.label == "bad_packet"


@pytest.mark.parametrize("seconds", [12.3, 12, 0])
def test_a_server_that_introduces_itself_says_which_instance_it_is_and_for_how_long_it_has_served(
    seconds: float,
) -> None:
    server = {"app": "quart", "build": "0123456789ab", "instance": "a1", "revision": None, "serving_seconds": seconds}
    packet = parse(json.dumps({"server": server}).encode(), 0.0)
    assert packet.introduction == Introduction("a1", float(seconds), "0123456789ab", None)
    assert not packet.text and not packet.turn_complete and not packet.interrupted and not packet.error


@pytest.mark.parametrize("told", [{}, {"build": "", "revision": 3}], ids=["nothing", "nothing of use"])
def test_a_server_need_not_say_of_which_build_and_revision_it_is(told: dict[str, object]) -> None:
    packet = parse(json.dumps({"server": {"instance": "a1", "serving_seconds": 1, **told}}).encode(), 0.0)
    assert packet.introduction == Introduction("a1", 1.0, None, None)


def test_a_chunk_that_says_something_about_the_server_is_a_chunk() -> None:
    packet = parse(b'{"text": "word", "server": {"instance": "a1", "serving_seconds": 1.5}}', 0.0)
    assert (packet.text, packet.introduction) == ("word", None)


@settings(deadline=None)
@given(payload=st.binary(max_size=200))
def test_no_frame_can_do_worse_than_be_refused(payload: bytes) -> None:
    try:
        packet = parse(payload, 0.0)
    except SessionFailed:
        return
    assert packet.text or packet.turn_complete or packet.interrupted or packet.error or packet.introduction


def test_a_tag_says_whose_chunk_it_is_and_when_it_was_sent() -> None:
    text = "{1.0-3.12 4 1795339047430950212 123456}and so on"
    tag = read_tag(text)
    assert tag
    assert (tag.id, tag.index, tag.spent_seconds) == ("1.0-3.12", 4, 0.123456)
    assert tag.sent_at == pytest.approx(1795339047.430950, abs=1e-6)
    assert text[tag.length :] == "and so on"


@pytest.mark.parametrize("text", ["", "and so on", "{}", "{a b c}", "{1 2 3 4", " {1 2 3 4}", "{ 2 3 4}", '{"a": 1}'])
def test_text_that_merely_looks_like_a_tag_is_text(text: str) -> None:
    assert read_tag(text) is None


def test_a_prompt_is_tagged_as_the_fake_reads_it() -> None:
    assert tagged("1.2.3", "Hello there") == "#1.2.3 Hello there"


@settings(deadline=None)
@given(text=st.text(), id_=st.from_regex(r"[0-9.\-]{1,20}", fullmatch=True), index=st.integers(0, 10**6))
def test_any_text_survives_its_tag(text: str, id_: str, index: int) -> None:
    packet = parse(json.dumps({"text": f"{{{id_} {index} 1 1}}{text}"}).encode(), 0.0)
    tag = read_tag(packet.text)
    assert tag and (tag.id, tag.index, packet.text[tag.length :]) == (id_, index, text)


@settings(deadline=None)
@given(
    text=st.text(st.characters(codec="ascii")) | st.text(),
    id_=st.from_regex(r"[0-9.\-]{1,20}", fullmatch=True),
    numbers=st.tuples(st.integers(0, 10**6), st.integers(0, 2 * 10**18), st.integers(0, 10**8)),
    compact=st.booleans(),
)
def test_a_plain_chunk_is_read_as_any_other_packet_is(
    text: str, id_: str, numbers: tuple[int, int, int], compact: bool
) -> None:
    index, sent_at_nanoseconds, spent_microseconds = numbers
    fields = {"text": f"{{{id_} {index} {sent_at_nanoseconds} {spent_microseconds}}}{text}", "turn_complete": False}
    payload = json.dumps(fields, separators=(",", ":") if compact else None).encode()
    packet = parse(payload, 0.0)
    tag, chunk = read_tag(packet.text), read_plain_chunk(payload)
    assert tag
    if chunk is None:
        assert not text.isascii() or json.dumps(text)[1:-1] != text or "\x7f" in text
        return
    assert chunk[1].decode() == tag.id
    assert (int(chunk[2]), int(chunk[3]) / 1e9, int(chunk[4]) / 1e6) == (tag.index, tag.sent_at, tag.spent_seconds)
    assert len(chunk[5]) == len(packet.text) - tag.length


@pytest.mark.parametrize(
    "payload",
    [
        b'{"text": "{1 2 3 4}word", "turn_complete": true}',
        b'{"text": "{1 2 3 4}word", "turn_complete": false, "interrupted": true}',
        b'{"text": "word", "turn_complete": false}',
        b'{"text": "{1 2 3 4}gr\xc3\xbc", "turn_complete": false}',
        b'{"text": "{1 2 3 4}a\\nb", "turn_complete": false}',
        b'{"text": "{1 2 3 4}", "turn_complete": false} ',
    ],
)
def test_only_what_says_nothing_else_is_a_plain_chunk(payload: bytes) -> None:
    assert read_plain_chunk(payload) is None
