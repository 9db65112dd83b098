"""A simulated person who chats: one WebSocket at a time, one turn after another.

Scenarios say when to ask, to listen, to barge in and to leave; what happens is entered here, packet by packet. A
session that fails costs the turns that waited on it, and the person comes back after a short pause.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import ClassVar

import gevent
from locust import User, events
from locust.env import Environment
from locust.exception import StopTest, StopUser
from locust.user.task import LOCUST_STATE_STOPPING

from loadtests.support import orphans, start_up
from loadtests.support.address import Address
from loadtests.support.choices import Choices
from loadtests.support.clock import now
from loadtests.support.conversation import Conversation
from loadtests.support.failures import SessionFailed
from loadtests.support.load_process import LoadProcess
from loadtests.support.options import add_options, options_of
from loadtests.support.packets import tagged
from loadtests.support.turn import Turn
from loadtests.support.websocket_client import Connection

_ARRIVAL_SECONDS = 0.5
"""Locust spawns people in clumps, one a second; they begin spread over half of it, not in lock-step."""
_RETURN_SECONDS = 1.0
"""The longest pause before a person whose session failed comes back."""


class ChatUser(User):
    abstract = True
    load: ClassVar[LoadProcess]

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        try:
            self.address = Address.of(self.host)
        except ValueError as mistake:
            raise StopTest(str(mistake)) from mistake
        self.options = options_of(environment)
        self.choices = Choices(self.options.seed, self.load.next_person())
        self.connection: Connection | None = None
        self.conversation = Conversation()
        self.turns = 0
        self.sessions = 0
        self.due_at = 0.0
        self._prompt = ""
        self._sent_at = 0.0
        self._lost: SessionFailed | None = None

    def on_start(self) -> None:
        self.due_at = now() + self.choices.arrival_seconds(_ARRIVAL_SECONDS)
        gevent.sleep(self.due_at - now())

    def on_stop(self) -> None:
        self.leave()

    def wait_time(self) -> float:
        """Pause. Locust calls this while it counts a person as waiting, so that a stop ends the pause at once.

        The socket is read meanwhile, for pings want answers; so there is nothing left for Locust to wait.
        """
        self.due_at = now() + self.pause_seconds()
        self._idle_until(self.due_at)
        return 0.0

    def pause_seconds(self) -> float:
        """How long to wait before the next task: think, or, after a failure, recover."""
        if self.connection is None:
            return self.choices.pause_seconds(self.turns, _RETURN_SECONDS)
        return self.choices.think_seconds(self.turns, self.options.think_seconds)

    @contextmanager
    def exchange(self) -> Iterator[None]:
        """Every turn asked inside is entered in the ledgers when it is left, whatever ends it."""
        failure: SessionFailed | None = None
        try:
            yield
        except SessionFailed as reason:
            failure = reason
            self.conversation.fail(reason.label, now())
        finally:
            for turn in self.conversation.settle():
                self.load.settle(turn, failure)
        if failure:
            self.leave()

    def ask(self) -> Turn:
        """Send the next prompt, planned for the end of the pause; opens a session first where there is none.

        Raises StopUser once the test is over: Locust kills those who pause, but a pause may end while it does.
        """
        if self.stopping:
            raise StopUser
        if self.connection is None:
            self.sessions += 1
        turn = self._plan(self.due_at)
        turn.begun_at = now()
        if self._lost:
            raise self._lost
        if self.connection is None:
            self.connection = Connection(self.address, self.options.connect_timeout, self.conversation.hear)
            turn.connect_seconds = self.connection.connect_seconds
            self.load.connected(turn.connect_seconds)
        self._send(turn)
        return turn

    def barge_in(self, interrupted: Turn, planned_at: float) -> Turn:
        """Send the next prompt while the reply to `interrupted` is still arriving."""
        turn = self._plan(planned_at)
        turn.barges_in_on = interrupted.id
        turn.begun_at = now()
        self._send(turn)
        interrupted.interrupted_at = turn.sent_at
        return turn

    def listen(self) -> None:
        """Until every prompt has its whole reply."""
        self.conversation.heeds_first_words = False
        while self.conversation.waiting:
            self._wait(inf)

    def listen_for(self, seconds: float, turn: Turn) -> float | None:
        """Until `seconds` after the first chunk of the turn's reply.

        Returns that moment in Unix seconds, or None where all replies were over before it came.
        """
        self.conversation.heeds_first_words = True
        while self.conversation.waiting:
            moment = turn.chunks_at[0] + seconds if turn.chunks_at else inf
            if now() >= moment:
                return moment
            self._wait(moment)
        return None

    def leave(self) -> None:
        """Close the session, if there is one."""
        connection, self.connection, self._lost = self.connection, None, None
        if connection:
            connection.leave()

    @property
    def stopping(self) -> bool:
        """Whether this person is to begin nothing new: the test is over, or fewer people are wanted."""
        return self.load.stopping or self._state == LOCUST_STATE_STOPPING

    def _plan(self, planned_at: float) -> Turn:
        self.turns += 1
        self._prompt = self.choices.prompt(self.turns)
        turn = Turn(
            id=self.choices.turn_id(self.turns),
            session=f"{self.choices.person}/{self.sessions}",
            sessions=self.load.wanted(),
            prompt_characters=len(self._prompt),
            planned_at=planned_at,
        )
        self.load.open(turn)
        self.conversation.ask(turn)
        return turn

    def _send(self, turn: Turn) -> None:
        assert self.connection
        prompt = self._prompt if self.options.no_tags else tagged(turn.id, self._prompt)
        turn.sent_at = self.connection.send(prompt)
        self._sent_at = turn.sent_at

    def _wait(self, moment: float) -> None:
        """Until something happens or `moment` comes. Raises SessionFailed after too long a silence."""
        assert self.connection
        self.connection.wait(min(moment, self._patience_ends_at()))
        if now() >= self._patience_ends_at():
            raise SessionFailed("timeout", f"nothing for {self.options.reply_timeout:g} s")

    def _patience_ends_at(self) -> float:
        """Later with every packet; nobody is woken for that."""
        assert self.connection
        return max(self._sent_at, self.connection.heard_at) + float(self.options.reply_timeout)

    def _idle_until(self, moment: float) -> None:
        """A session that ends meanwhile fails the next turn on it, as it would a person who types on."""
        try:
            while self.connection and not self._lost and now() < moment:
                self.connection.wait(moment)
        except SessionFailed as failure:
            self._lost = failure
        if now() < moment:
            gevent.sleep(moment - now())


def _start_up(environment: Environment, **_: object) -> None:
    start_up.check_server(environment)
    load = start_up.load_process(environment)
    if load:
        ChatUser.load = load
    start_up.await_start(environment)
    # The event loop's idea of now dates from before the imports; timers set by it, --run-time's is one, would
    # fire as much too early.
    gevent.get_hub().loop.update_now()


# A module is imported once per process, so these are registered once, whatever scenarios are loaded.
events.init_command_line_parser.add_listener(add_options)
events.init.add_listener(_start_up)
orphans.prevent()
