"""A simulated person who chats: one WebSocket at a time, one turn after another.

Scenarios say when to ask, to listen and to barge in; what happens is entered here, packet by packet. A session that
fails costs the turns that waited on it. In a closed load each of Locust's users is such a person, who then comes back
after a short pause. In an open one each is a source of people, visitors, who never come back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import ClassVar, Self

import gevent
from locust import User, events
from locust.env import Environment
from locust.exception import StopTest, StopUser
from locust.user.task import LOCUST_STATE_STOPPING

from loadtests.support import orphans, start_up
from loadtests.support.address import Address
from loadtests.support.arrivals import Arrivals, moments
from loadtests.support.choices import Choices
from loadtests.support.clock import now
from loadtests.support.conversation import Conversation
from loadtests.support.cookies import Cookies
from loadtests.support.failures import SessionFailed
from loadtests.support.id_token import NoToken
from loadtests.support.identity import Auth
from loadtests.support.load_process import LoadProcess
from loadtests.support.options import add_options, options_of
from loadtests.support.packets import tagged
from loadtests.support.source import Source
from loadtests.support.turn import Turn
from loadtests.support.websocket_client import Connection

_ARRIVAL_SECONDS = 0.5
"""Locust spawns people in clumps, one a second; they begin spread over half of it, not in lock-step."""
_RETURN_SECONDS = 1.0
"""The longest pause before a person whose session failed comes back."""


class ChatUser(User):
    abstract = True
    load: ClassVar[LoadProcess]
    turns_per_visit: ClassVar[int | None] = None
    """How many turns people of a closed load take on average before they leave and come back; None: they stay."""
    source: Source | None = None
    """Of people, where this is no person but stands for one."""

    def __init__(self, environment: Environment, visitor: Choices | None = None) -> None:
        """One of Locust's users, or a `visitor`. Raises StopTest where the options given on Locust's page are wrong."""
        super().__init__(environment)
        self.options = options_of(environment)
        try:
            self.address = Address.of(self.host)
            arrivals = Arrivals.of(self.options, self.turns_per_visit)
            self.auth = Auth.of_options(self.options)
        except ValueError as mistake:
            raise StopTest(str(mistake)) from mistake
        self.choices = visitor or Choices(self.options.seed, self.load.next_person())
        self.connection: Connection | None = None
        self.conversation = Conversation()
        self.turns = 0
        self.sessions = 0
        self.due_at = inf
        """When the next turn is planned for; never, while one is under way."""
        self._turns_left = inf
        self._prompt = ""
        self._sent_at = 0.0
        self._lost: SessionFailed | None = None
        self._lost_by: str | None = None
        """The label of the failure that ended the last session that was open; None once there is another."""
        self._cookies = Cookies() if self.options.keep_cookies else None
        self.visiting = visitor is not None
        if not visitor and arrivals.mode != "closed":
            self.source = Source(moments(self.choices, now(), arrivals.source_per_second), self._visitor)
            self.tasks = [type(self)._run_source]

    def on_start(self) -> None:
        if not self.source and not self.visiting:
            self.due_at = now() + self.choices.arrival_seconds(_ARRIVAL_SECONDS)
            gevent.sleep(self.due_at - now())

    def stop(self, force: bool = False) -> bool:
        """As Locust has it. A visitor whose greenlet has not run yet never will, and so has missed a turn."""
        if self._state is None:
            self._enter_missed()
        if self.source:
            self.source.close()
        return bool(super().stop(force))

    def on_stop(self) -> None:
        self._enter_missed()
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
        """Every turn asked inside is entered in the ledgers when it is left, whatever ends it.

        Who has taken the turns of a visit then leaves, as does everybody whose session failed. A visitor does for good:
        raises StopUser.
        """
        failure: SessionFailed | None = None
        try:
            yield
        except SessionFailed as reason:
            failure = reason
            self._fail(reason)
        finally:
            for turn in self.conversation.settle():
                self.load.settle(turn, failure)
        self._turns_left -= 1
        if failure or self._turns_left <= 0:
            self.leave()
            if self.visiting:
                raise StopUser

    def ask(self) -> Turn:
        """Send the next prompt, planned for the end of the pause; opens a session first where there is none.

        Raises StopUser once the test is over: Locust kills those who pause, but a pause may end while it does.
        """
        if self.stopping:
            raise StopUser
        turn = self._plan_due()
        self.load.begin(turn)
        if self._lost:
            raise self._lost
        if self.connection is None:
            self._connect(turn)
        self._send(turn)
        return turn

    def barge_in(self, interrupted: Turn, planned_at: float) -> Turn:
        """Send the next prompt while the reply to `interrupted` is still arriving."""
        turn = self._plan(planned_at)
        turn.barges_in_on = interrupted.id
        self.load.begin(turn)
        self._send(turn)
        if turn.outcome == "unfinished":  # and not refused before it was all sent
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

    def question(self) -> str:
        """What the turn asks that is planned now."""
        return self.choices.prompt(self.turns)

    def leave(self) -> None:
        """Close the session, if there is one."""
        connection, self.connection, self._lost = self.connection, None, None
        if connection:
            connection.leave()

    @property
    def stopping(self) -> bool:
        """Whether this person is to begin nothing new: the test is over, or fewer people are wanted."""
        return self.load.stopping or self._state == LOCUST_STATE_STOPPING

    def _run_source(self) -> None:
        """All that a Locust user does who is a source."""
        assert self.source
        self.source.run()
        raise StopUser

    def _visitor(self, number: int, comes_at: float) -> Self:
        visitor = type(self)(self.environment, self.choices.visitor(number))
        visitor.due_at = comes_at
        return visitor

    def _enter_missed(self) -> None:
        """The turn of a visitor whose moment came while the load lasted, and which the load did not get round to."""
        if self.visiting and self.due_at < min(self.load.stopped_at, now()):
            self._plan_due()
            for turn in self.conversation.settle():
                self.load.settle(turn, None)

    def _plan_due(self) -> Turn:
        """The turn that was planned for the end of the pause, or for the arrival; with it a visit, where none is on."""
        if self.connection is None:
            self.sessions += 1
            mean = Arrivals.of(self.options, self.turns_per_visit).turns_per_visit
            self._turns_left = self.choices.turns_of_visit(self.sessions, mean) if mean else inf
        planned_at, self.due_at = self.due_at, inf
        return self._plan(planned_at)

    def _plan(self, planned_at: float) -> Turn:
        self.turns += 1
        self._prompt = self.question()
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

    def _connect(self, turn: Turn) -> None:
        """Open the session whose first turn it is."""
        turn.reconnects_after = self._lost_by
        self.connection = Connection(
            self.address, self.options.connect_timeout, self.conversation.hear, self._token(), self._cookies
        )
        self._lost_by = None
        turn.connect_seconds = self.connection.connect_seconds
        self.load.connected(turn)

    def _token(self) -> Mapping[str, str]:
        """As headers; it may be another one by now than when the last session was opened."""
        try:
            return self.auth.headers_for(self.address)
        except NoToken as reason:
            raise SessionFailed("unauthorized", str(reason)) from reason

    def _fail(self, failure: SessionFailed) -> None:
        """All turns that wait have failed, and with them the session, if one was open."""
        session_seconds = None
        if self.connection:
            session_seconds = self.connection.age_seconds
            self._lost_by = failure.label
        self.conversation.fail(failure.label, now(), session_seconds, failure.told)

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
    if load := start_up.prepare(environment):
        ChatUser.load = load


# A module is imported once per process, so these are registered once, whatever scenarios are loaded.
events.init_command_line_parser.add_listener(add_options)
events.init.add_listener(_start_up)
orphans.prevent()
