"""When a conversation moves to another connection, and what it takes along."""

from collections import deque

import pytest
from google.genai.errors import APIError
from google.genai.types import LiveServerGoAway, LiveServerMessage, LiveServerSessionResumptionUpdate
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from servers.carrying import MOST_BARREN, Conversation, was_lost
from servers.chunks import Chunk


def lost(code: int = 1011) -> APIError:
    return APIError(code, "Internal error encountered.")


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def conversation(clock: Clock) -> Conversation:
    """One on its first connection, of which one turn is over, with its handle."""
    conversation = Conversation(clock=clock)
    conversation.connected()
    have_turn(conversation)
    conversation.given("first")
    return conversation


def have_turn(conversation: Conversation) -> None:
    conversation.asks("Hello")
    conversation.replying = True
    conversation.over()


def go_away(time_left: str | None = "50s") -> LiveServerMessage:
    return LiveServerMessage(go_away=LiveServerGoAway(time_left=time_left))


def update(handle: str | None, resumable: bool | None) -> LiveServerMessage:
    return LiveServerMessage(
        session_resumption_update=LiveServerSessionResumptionUpdate(new_handle=handle, resumable=resumable)
    )


def test_conversation_that_is_quiet_moves_when_gemini_says_go_away(conversation: Conversation) -> None:
    assert not conversation.moves
    conversation.heed(go_away())
    assert conversation.moves


def test_reply_ends_and_its_handle_comes_before_the_conversation_moves(conversation: Conversation) -> None:
    conversation.asks("Hello")
    conversation.heed(go_away())
    assert not conversation.moves
    conversation.over()
    assert not conversation.moves
    assert conversation.heed(update("second", True)) == "second"
    assert conversation.moves
    assert conversation.handle == "second"


def test_conversation_without_a_handle_stays_where_it_is() -> None:
    conversation = Conversation()
    conversation.connected()
    conversation.heed(go_away())
    assert not conversation.moves
    assert not conversation.defers()


def test_conversation_that_is_resumed_may_move_before_anything_is_said() -> None:
    conversation = Conversation("from before")
    conversation.connected()
    conversation.heed(go_away())
    assert conversation.moves


@pytest.mark.parametrize(("handle", "resumable"), [(None, False), ("", False), (None, None), ("", True), ("h", False)])
def test_word_that_nothing_can_be_resumed_now_leaves_the_handle_as_it_is(
    conversation: Conversation, handle: str | None, resumable: bool | None
) -> None:
    assert conversation.heed(update(handle, resumable)) is None
    assert conversation.handle == "first"


def test_other_messages_say_nothing_of_the_connection(conversation: Conversation) -> None:
    for message in (Chunk("Hello"), LiveServerMessage()):
        assert conversation.heed(message) is None
    assert not conversation.moves


def test_interruption_waits_for_the_next_connection_once_half_of_what_is_left_is_over(
    conversation: Conversation, clock: Clock
) -> None:
    conversation.asks("Hello")
    conversation.heed(go_away("50s"))
    clock.seconds += 24.9
    assert not conversation.defers()
    clock.seconds += 0.2
    assert conversation.defers()


def test_prompt_does_not_wait_where_no_reply_would_be_interrupted(conversation: Conversation, clock: Clock) -> None:
    conversation.asks("Hello")
    conversation.heed(go_away("0.5s"))
    conversation.over()
    clock.seconds += 0.4
    assert not conversation.defers()


@pytest.mark.parametrize("time_left", [None, "", "soon", "1m"])
def test_interruption_waits_at_once_where_nobody_knows_how_much_is_left(
    conversation: Conversation, time_left: str | None
) -> None:
    conversation.asks("Hello")
    conversation.heed(go_away(time_left))
    assert conversation.defers()


def test_prompts_that_were_not_answered_are_asked_again_once_and_in_order(conversation: Conversation) -> None:
    conversation.asks("one")
    conversation.asks("two")
    assert conversation.outlives(lost())
    assert conversation.connected() == ["one", "two"]
    assert not conversation.outlives(lost())


def test_first_prompt_of_all_is_asked_again_though_there_is_no_handle() -> None:
    conversation = Conversation()
    conversation.connected()
    assert not conversation.outlives(lost())
    conversation.asks("Hello")
    assert conversation.outlives(lost())
    assert (conversation.handle, conversation.connected()) == (None, ["Hello"])


def test_half_a_reply_is_not_asked_for_again(conversation: Conversation) -> None:
    conversation.asks("Hello")
    conversation.replying = True
    assert not conversation.outlives(lost())


def test_loss_without_notice_is_borne_only_where_the_handle_stands_for_all_that_was_said(
    conversation: Conversation,
) -> None:
    assert conversation.outlives(lost())
    have_turn(conversation)
    assert not conversation.outlives(lost())
    conversation.heed(go_away())
    assert conversation.outlives(lost())


def test_gemini_that_only_ever_says_go_away_is_left_in_the_end(conversation: Conversation) -> None:
    moves = 0
    conversation.heed(go_away())
    while conversation.moves:
        conversation.connected()
        conversation.heed(go_away())
        moves += 1
    assert moves == MOST_BARREN
    assert not conversation.outlives(lost())
    have_turn(conversation)
    conversation.given("second")
    assert conversation.moves


def test_turn_that_nobody_asked_for_changes_nothing(conversation: Conversation) -> None:
    conversation.over()
    assert conversation.outlives(lost())


@pytest.mark.parametrize(
    ("error", "is_loss"),
    [
        (lost(1000), True),
        (lost(1006), True),
        (lost(1008), True),
        (lost(1011), True),
        (lost(1007), False),  # what we say is wrong, and would be the next time
        (APIError(429, {"error": {"message": "slowly"}}), False),
        (ConnectionClosedError(None, None), True),
        (ConnectionClosedError(Close(1011, ""), None), True),
        (ConnectionClosedError(Close(1007, ""), None), False),
        (OSError(), False),
    ],
    ids=repr,
)
def test_end_of_a_connection_is_told_from_other_failures(error: Exception, is_loss: bool) -> None:
    assert was_lost(error) is is_loss


class Talk(RuleBasedStateMachine):
    """A Gemini and a client that do what they like, and a server that does what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.conversation = Conversation(clock=self.clock)
        self.said = 0
        self.answered: list[str] = []
        self.remembered: dict[str | None, int] = {None: 0}
        """How many turns each handle stands for."""
        self.waiting: deque[str] = deque()
        self.ended = self.announced = False
        self.reconnect()

    def reconnect(self) -> None:
        forgotten = len(self.answered) - self.remembered[self.conversation.handle]
        assert forgotten == 0 or self.announced
        self.asked = deque(self.conversation.connected())
        self.begun = self.announced = False
        while self.waiting:
            self.send(self.waiting.popleft())

    def send(self, prompt: str) -> None:
        self.conversation.asks(prompt)
        self.asked.append(prompt)

    def move_if_told(self) -> None:
        if self.conversation.moves:
            assert not self.asked
            assert self.remembered[self.conversation.handle] == len(self.answered)
            self.reconnect()

    @precondition(lambda self: not self.ended)
    @rule()
    def client_asks(self) -> None:
        prompt = str(self.said)
        self.said += 1
        if self.waiting or self.conversation.defers():
            assert self.announced
            self.waiting.append(prompt)
        else:
            self.send(prompt)

    @precondition(lambda self: not self.ended and self.asked)
    @rule()
    def gemini_says_a_word(self) -> None:
        self.begun = self.conversation.replying = True

    @precondition(lambda self: not self.ended and self.asked)
    @rule()
    def gemini_ends_a_reply(self) -> None:
        self.answered.append(self.asked.popleft())
        self.begun = False
        self.conversation.over()

    @precondition(lambda self: not self.ended and not self.asked)
    @rule()
    def gemini_gives_a_handle(self) -> None:
        handle = f"handle {len(self.answered)}"
        self.remembered[handle] = len(self.answered)
        self.conversation.heed(update(handle, True))
        self.move_if_told()

    @precondition(lambda self: not self.ended and not self.announced)
    @rule()
    def gemini_says_go_away(self) -> None:
        self.announced = True
        self.conversation.heed(go_away("50s"))
        self.move_if_told()

    @precondition(lambda self: not self.ended)
    @rule()
    def connection_is_lost(self) -> None:
        if self.conversation.outlives(lost()):
            assert not self.begun
            self.reconnect()
        else:
            self.ended = True

    @rule()
    def time_passes(self) -> None:
        self.clock.seconds += 20.0

    @invariant()
    def no_turn_is_lost_or_doubled_or_out_of_order(self) -> None:
        unanswered = [*self.asked, *self.waiting]
        assert self.answered + unanswered == [str(number) for number in range(self.said)]


TestTalk = Talk.TestCase
TestTalk.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
