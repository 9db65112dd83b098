import json

from loadtests.support.packets import parse, read_tag
from servers.null_chat import reply as wording
from servers.null_chat.reply import WORDS, Reply
from servers.null_chat.timing import Plan

PROMPT_AT = 1_700_000_000_000_000_000
PLAN = Plan((5_000_000, 8_000_000), stalled=False)


def payload_of(frame: bytes) -> bytes:
    """Short frames of a server have a header of two bytes, those up to 64 KiB one of four."""
    return frame[2 if frame[1] < 126 else 4 :]


def test_chunk_of_a_tagged_prompt_tells_when_it_was_sent_and_what_had_been_spent() -> None:
    reply = Reply("#1.2-3.4 why?", PROMPT_AT, PLAN)
    reply.next_chunk(PROMPT_AT + 5_000_000)
    packet = parse(payload_of(reply.next_chunk(PROMPT_AT + 8_123_456)), arrived_at=0.0)
    tag = read_tag(packet.text)
    assert tag and (tag.id, tag.index) == ("1.2-3.4", 1)
    assert tag.sent_at == (PROMPT_AT + 8_123_456) / 1e9
    assert tag.spent_seconds == 0.008123
    assert packet.text[tag.length :] == WORDS


def test_chunk_of_another_prompt_is_plain_text() -> None:
    packet = parse(payload_of(Reply("why?", PROMPT_AT, PLAN).next_chunk(PROMPT_AT)), arrived_at=0.0)
    assert (packet.text, packet.turn_complete, packet.interrupted) == (WORDS, False, False)


def test_chunks_are_due_as_planned_until_there_are_no_more() -> None:
    reply, dues = Reply("why?", PROMPT_AT, PLAN), []
    while reply.due is not None:
        dues.append(reply.due)
        reply.next_chunk(reply.due)
    assert dues == [PROMPT_AT + 5_000_000, PROMPT_AT + 8_000_000]


def test_packets_besides_chunks_are_of_the_protocol() -> None:
    complete = parse(payload_of(wording.TURN_COMPLETE), 0.0)
    interrupted = parse(payload_of(wording.INTERRUPTED), 0.0)
    assert (complete.text, complete.turn_complete, complete.interrupted) == ("", True, False)
    assert (interrupted.text, interrupted.turn_complete, interrupted.interrupted) == ("", False, True)
    assert json.loads(payload_of(wording.error("full", "come back"))) == {
        "error": {"code": "full", "message": "come back"}
    }
