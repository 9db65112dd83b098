import json

import pytest

from loadtests.support.conversation import Conversation
from loadtests.support.failures import ErrorPacket, SessionFailed
from loadtests.support.packets import Packet
from loadtests.support.turn import Turn

MINE, NEXT, ANOTHERS = "1.1.1", "1.1.2", "1.2.1"


def turn(id_: str = MINE) -> Turn:
    return Turn(id=id_, session="1/1", sessions=1, prompt_characters=5, planned_at=0.0)


def chunk(at: float, text: str = "word") -> Packet:
    return Packet(text=text, turn_complete=False, interrupted=False, error=None, arrived_at=at)


def tagged(at: float, id_: str, index: int) -> Packet:
    return chunk(at, f"{{{id_} {index} 5000000000 250000}}word")


def complete(at: float) -> Packet:
    return Packet(text="", turn_complete=True, interrupted=False, error=None, arrived_at=at)


def cut(at: float) -> Packet:
    return Packet(text="", turn_complete=False, interrupted=True, error=None, arrived_at=at)


def heard(*packets: Packet) -> Turn:
    """A turn whose reply was these packets."""
    conversation, only = Conversation(), turn()
    conversation.ask(only)
    for packet in packets:
        conversation.take(packet)
    return only


def barged_in(*packets: Packet) -> tuple[Turn, Turn]:
    """The old turn and the new one that barged in on it, at 1.5, after which these packets came."""
    conversation, old, new = Conversation(), turn(MINE), turn(NEXT)
    conversation.ask(old)
    conversation.take(chunk(1.0))
    conversation.ask(new)
    old.interrupted_at = new.sent_at = 1.5
    for packet in packets:
        conversation.take(packet)
    return old, new


def test_a_reply_is_its_chunks_and_its_completion() -> None:
    reply = heard(chunk(1.0), chunk(1.5, "more"), complete(2.0))
    assert (reply.chunks_at, reply.characters, reply.ended_at, reply.outcome) == ([1.0, 1.5], 8, 2.0, "ok")


def test_a_completion_may_come_with_the_last_chunk() -> None:
    last = Packet(text="word", turn_complete=True, interrupted=False, error=None, arrived_at=1.0)
    assert heard(last).chunks_at == [1.0]


def test_a_reply_without_a_completion_stays_unfinished() -> None:
    reply = heard(chunk(1.0))
    assert (reply.outcome, reply.ended_at) == ("unfinished", None)


def test_a_reply_without_text_has_failed() -> None:
    reply = heard(complete(1.0))
    assert (reply.outcome, reply.failure) == ("failed", "empty_reply")


def test_a_cut_that_nobody_asked_for_is_a_failure() -> None:
    reply = heard(chunk(1.0), cut(1.1), complete(1.2))
    assert (reply.outcome, reply.failure) == ("failed", "cut_short")


def test_a_gap_in_the_tags_is_a_lost_chunk() -> None:
    whole = heard(tagged(1.0, MINE, 0), tagged(1.1, MINE, 1), complete(1.2))
    torn = heard(tagged(1.0, MINE, 0), tagged(1.1, MINE, 2), complete(1.2))
    assert (whole.failure, torn.failure) == (None, "lost_chunk")


def test_a_tag_is_taken_off_and_its_times_are_kept() -> None:
    reply = heard(tagged(1.0, MINE, 0), complete(1.2))
    assert (reply.characters, reply.chunks_sent_at, reply.chunks_spent_seconds) == (4, [5.0], [0.25])


def test_after_a_barge_in_everything_up_to_the_next_completion_is_the_old_reply() -> None:
    old, new = barged_in(chunk(1.6), cut(1.7), complete(1.8), chunk(2.0), complete(3.0))
    assert (old.chunks_at, old.acknowledged_at, old.ended_at, old.outcome) == ([1.0, 1.6], 1.7, 1.8, "ok")
    assert (new.chunks_at, new.acknowledged_at, new.ended_at, new.outcome) == ([2.0], None, 3.0, "ok")


def test_a_server_that_cannot_be_interrupted_finishes_the_old_reply_first() -> None:
    old, new = barged_in(chunk(1.6), chunk(1.9), complete(2.0), chunk(2.5), complete(3.0))
    assert (old.chunks_at, old.acknowledged_at, old.outcome) == ([1.0, 1.6, 1.9], None, "ok")
    assert (new.chunks_at, new.outcome) == ([2.5], "ok")


def test_a_chunk_that_leaks_after_the_cut_is_kept_with_the_old_reply() -> None:
    old, new = barged_in(cut(1.6), tagged(1.7, MINE, 1), complete(1.8), tagged(1.9, MINE, 2), tagged(2.0, NEXT, 0))
    assert old.chunks_at == [1.0, 1.7, 1.9]
    assert new.chunks_at == [2.0]
    assert old.foreign_chunks == new.foreign_chunks == 0


def test_a_barge_in_excuses_the_old_reply_from_being_whole() -> None:
    old, _ = barged_in(tagged(1.6, MINE, 4), tagged(1.7, MINE, 7), complete(1.8))
    assert old.outcome == "ok"


def test_a_chunk_of_another_person_is_counted_and_not_heard() -> None:
    reply = heard(tagged(1.0, ANOTHERS, 0), tagged(1.1, MINE, 0), complete(1.2))
    assert (reply.foreign_chunks, reply.chunks_at, reply.characters) == (1, [1.1], 4)


def test_a_chunk_that_comes_while_nobody_waits_counts_against_the_next_turn() -> None:
    conversation, only = Conversation(), turn()
    conversation.take(chunk(0.5))
    conversation.ask(only)
    assert (only.foreign_chunks, only.chunks_at) == (1, [])


@pytest.mark.parametrize(("session", "foreign_chunks"), [("1/1", 0), ("1/2", 1)])
def test_a_chunk_of_a_settled_turn_is_late_on_its_session_and_foreign_to_others(
    session: str, foreign_chunks: int
) -> None:
    conversation, after = Conversation(), turn(NEXT)
    after.session = session
    conversation.ask(turn(MINE))
    conversation.take(complete(1.0))
    conversation.settle()
    conversation.ask(after)
    conversation.take(tagged(2.0, MINE, 9))
    assert (after.foreign_chunks, after.chunks_at) == (foreign_chunks, [])


@pytest.mark.parametrize("stray", [complete(1.0), cut(1.0)])
def test_a_completion_that_nobody_waits_for_is_not_the_protocol(stray: Packet) -> None:
    with pytest.raises(SessionFailed) as failed:
        Conversation().take(stray)
    assert failed.value.label == "bad_packet"


def test_a_failed_session_fails_every_turn_that_waits_and_no_other() -> None:
    conversation, first, second, third = Conversation(), turn("1"), turn("2"), turn("3")
    for each in (first, second, third):
        conversation.ask(each)
    conversation.take(chunk(1.0))
    conversation.take(complete(1.1))
    conversation.fail("lost", 2.0)
    assert [each.failure for each in (first, second, third)] == [None, "lost", "lost"]
    assert [each.ended_at for each in (first, second, third)] == [1.1, 2.0, 2.0]
    assert not conversation.waiting


def test_settling_hands_out_every_turn_once() -> None:
    conversation = Conversation()
    asked = [turn("1"), turn("2")]
    for each in asked:
        conversation.ask(each)
    assert conversation.waiting
    assert conversation.settle() == asked
    assert conversation.settle() == []
    assert not conversation.waiting


def frame(id_: str, index: int) -> bytes:
    return b'{"text": "{%s %d 5000000000 250000}word", "turn_complete": false}' % (id_.encode(), index)


DONE = b'{"text": "", "turn_complete": true}'


def test_a_frame_is_entered_as_its_packet_would_be() -> None:
    as_packets, as_frames = heard(tagged(1.0, MINE, 0), tagged(1.1, MINE, 2), complete(1.2)), turn()
    conversation = Conversation()
    conversation.ask(as_frames)
    for at, payload in ((1.0, frame(MINE, 0)), (1.1, frame(MINE, 2)), (1.2, DONE)):
        conversation.hear(payload, at, None)
    assert as_frames == as_packets
    assert as_frames.failure == "lost_chunk"


@pytest.mark.parametrize("heeded", [True, False])
def test_whoever_waits_is_woken_for_the_end_and_where_it_is_heeded_for_the_first_chunk(heeded: bool) -> None:
    conversation = Conversation()
    conversation.heeds_first_words = heeded
    conversation.ask(turn())
    assert [conversation.hear(frame(MINE, index), 1.0, None) for index in range(3)] == [heeded, False, False]
    assert conversation.hear(DONE, 1.1, None)


def test_a_turn_all_of_whose_chunks_the_kernel_stamped_is_in_its_time() -> None:
    conversation, stamped, mixed = Conversation(), turn(MINE), turn(NEXT)
    for this, lags in ((stamped, (0.1, 0.2)), (mixed, (0.1, None))):
        conversation.ask(this)
        for index, lag_seconds in enumerate(lags):
            conversation.hear(frame(this.id, index), 1.0, lag_seconds)
        conversation.hear(DONE, 1.1, None)
    conversation.settle()
    assert (stamped.clock, stamped.chunks_lag_seconds) == ("kernel", [0.1, 0.2])
    assert (mixed.clock, mixed.chunks_lag_seconds) == ("user", [])


def test_an_error_frame_is_the_failure_it_names() -> None:
    with pytest.raises(ErrorPacket) as failed:
        Conversation().hear(b'{"error": {"code": "busy", "message": "later"}}', 1.0, None)
    assert (failed.value.label, failed.value.code_and_message) == ("error_busy", ("busy", "later"))


INTRODUCTION = (
    b'{"server": {"app": "quart", "build": "0123456789ab", "instance": "a1", "revision": "quart-00003", '
    b'"serving_seconds": 12.5}}'
)


def test_a_server_that_introduces_itself_is_entered_on_the_turn_that_opened_the_session() -> None:
    conversation, first, second = Conversation(), turn(MINE), turn(NEXT)
    conversation.ask(first)
    assert not conversation.hear(INTRODUCTION, 0.5, None)
    for index, payload in enumerate((frame(MINE, 0), frame(MINE, 1), DONE)):
        conversation.hear(payload, 1.0 + index, None)
    conversation.settle()
    conversation.ask(second)
    assert (first.instance, first.instance_serving_seconds) == ("a1", 12.5)
    assert (first.chunks_at, first.characters, first.foreign_chunks, first.outcome) == ([1.0, 2.0], 8, 0, "ok")
    assert (first.instance_build, first.instance_revision) == ("0123456789ab", "quart-00003")
    assert (second.instance, second.instance_serving_seconds) == (None, None)
    assert (second.instance_build, second.instance_revision) == (None, None)


def test_every_session_may_have_its_introduction() -> None:
    conversation, before, after = Conversation(), turn(MINE), turn(NEXT)
    after.session = "1/2"
    for each in (before, after):
        conversation.ask(each)
        conversation.hear(INTRODUCTION, 0.5, None)
        conversation.fail("lost", 1.0)
        conversation.settle()
    assert [each.instance for each in (before, after)] == ["a1", "a1"]


@pytest.mark.parametrize("before", [[INTRODUCTION], [frame(MINE, 0)], [DONE]], ids=["twice", "in a reply", "after it"])
def test_an_introduction_that_does_not_come_first_is_not_the_protocol(before: list[bytes]) -> None:
    conversation = Conversation()
    conversation.ask(turn())
    for payload in before:
        conversation.hear(payload, 1.0, None)
    with pytest.raises(SessionFailed) as failed:
        conversation.hear(INTRODUCTION, 2.0, None)
    assert failed.value.label == "bad_packet"


def test_nobody_is_to_be_introduced_between_two_turns() -> None:
    conversation = Conversation()
    conversation.ask(turn())
    conversation.hear(DONE, 1.0, None)
    conversation.settle()
    with pytest.raises(SessionFailed) as failed:
        conversation.hear(INTRODUCTION, 2.0, None)
    assert failed.value.label == "bad_packet"


def test_the_age_of_a_session_that_ended_is_entered_on_the_turns_it_failed_and_on_no_other() -> None:
    conversation, first, second, third = Conversation(), turn("1"), turn("2"), turn("3")
    for each in (first, second, third):
        conversation.ask(each)
    conversation.take(chunk(1.0))
    conversation.take(complete(1.1))
    conversation.fail("lost", 2.0, 1.9)
    assert [each.session_seconds for each in (first, second, third)] == [None, 1.9, 1.9]


def refusal_of(number: int) -> bytes:
    error = {"code": "rate_limited", "message": "wait", "prompt": number, "retry_after_seconds": 1.5}
    return json.dumps({"error": error}).encode()


def test_a_refused_prompt_fails_alone_and_the_session_goes_on() -> None:
    conversation, turns = Conversation(), [turn("1.1.1"), turn("1.1.2"), turn("1.1.3")]
    for asked in turns:
        conversation.ask(asked)
    assert conversation.hear(refusal_of(2), 1.0, None)
    for packet in (chunk(2.0), complete(3.0), chunk(4.0), chunk(5.0), complete(6.0)):
        conversation.take(packet)
    assert [(turn.outcome, turn.failure, turn.ended_at) for turn in turns] == [
        ("ok", None, 3.0),
        ("failed", "rate_limited", 1.0),
        ("ok", None, 6.0),
    ]
    assert [len(turn.chunks_at) for turn in turns] == [1, 0, 2]
    assert not conversation.waiting


def test_a_refused_prompt_has_interrupted_nothing() -> None:
    old, new = turn(MINE), turn(NEXT)
    conversation = Conversation()
    conversation.ask(old)
    conversation.take(chunk(1.0))
    conversation.ask(new)
    new.barges_in_on, old.interrupted_at = MINE, 1.5
    conversation.hear(refusal_of(2), 2.0, None)
    conversation.take(chunk(3.0))
    conversation.take(complete(4.0))
    assert (old.outcome, old.interrupted_at, new.barges_in_on) == ("ok", None, None)


def test_prompts_are_numbered_anew_in_each_session() -> None:
    conversation, first, second = Conversation(), turn(MINE), turn(NEXT)
    conversation.ask(first)
    conversation.take(chunk(1.0))
    conversation.take(complete(2.0))
    conversation.settle()
    second.session = "1/2"
    conversation.ask(second)
    conversation.hear(refusal_of(1), 3.0, None)
    assert (first.failure, second.failure) == (None, "rate_limited")


def test_numbers_go_on_when_turns_of_the_session_are_settled() -> None:
    conversation, first, second = Conversation(), turn(MINE), turn(NEXT)
    conversation.ask(first)
    conversation.take(chunk(1.0))
    conversation.take(complete(2.0))
    conversation.settle()
    conversation.ask(second)
    conversation.hear(refusal_of(2), 3.0, None)
    assert second.failure == "rate_limited"


@pytest.mark.parametrize("number", [1, 3], ids=["is answered", "was never asked"])
def test_refusal_of_a_prompt_that_does_not_wait_is_not_the_protocol(number: int) -> None:
    conversation = Conversation()
    for asked in (turn(MINE), turn(NEXT)):
        conversation.ask(asked)
    conversation.take(chunk(1.0))
    conversation.take(complete(2.0))
    with pytest.raises(SessionFailed) as failed:
        conversation.hear(refusal_of(number), 3.0, None)
    assert failed.value.label == "bad_packet"
