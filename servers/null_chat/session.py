"""One client's connection: an HTTP request, or a conversation."""

import time
from dataclasses import dataclass, field
from http import HTTPStatus

from servers.introduction import Introduction, asked_for
from servers.null_chat import frames
from servers.null_chat.agenda import Agenda
from servers.null_chat.frames import Inbox, Message, Violation
from servers.null_chat.ledger import Ledger
from servers.null_chat.reply import INTERRUPTED, TURN_COMPLETE, Reply, error
from servers.null_chat.request import END_OF_HEAD, HEAD_BYTES_MAX, BadRequest, Request, answer, upgrade
from servers.null_chat.timing import NANOSECONDS, Timing, plan_reply
from servers.null_chat.wire import Wire

LINGER_SECONDS = 1
"""How long a client may take to hang up once it has been told all."""


@dataclass(frozen=True, slots=True)
class Service:
    """What all sessions share."""

    timing: Timing
    seed: int
    agenda: Agenda
    ledger: Ledger
    introduction: Introduction
    sessions: "dict[int, Session]" = field(default_factory=dict)
    """Those that have not ended, by their file descriptors."""


class Session:
    """Its methods raise OSError once the client has gone."""

    __slots__ = ("_ended", "_head", "_inbox", "_leaving", "_reply", "_service", "_wire")

    def __init__(self, wire: Wire, service: Service) -> None:
        self._wire = wire
        self._service = service
        self._head = b""
        """What has come of the request's head."""
        self._inbox: Inbox | None = None
        """None until the connection is a WebSocket."""
        self._reply: Reply | None = None
        self._leaving = False
        self._ended = False

    def readable(self) -> None:
        """Something has arrived, or the client has hung up."""
        try:
            arrived, stamp = self._wire.read()
        except BlockingIOError:
            return
        if not arrived:
            self.end()
        elif self._leaving:
            return  # what comes after the goodbye is read only so that the goodbye is not lost to a reset
        elif self._inbox:
            self._take(self._inbox, arrived, stamp)
        else:
            self._read_head(arrived)

    def writable(self) -> None:
        self._wire.send_rest()
        if self._leaving and self._wire.all_sent:
            self._wire.say_no_more()

    def say_goodbye(self, code: int, reason: str = "") -> None:
        self._leave(frames.close(code, reason) if self._inbox else b"")

    def end(self) -> None:
        """Frees the socket; whatever was still to be said is not."""
        if self._ended:
            return
        self._ended = True
        self._reply = None
        if self._inbox:
            self._service.ledger.sessions_open -= 1
        del self._service.sessions[self._wire.descriptor]
        self._wire.close()

    def _take(self, inbox: Inbox, arrived: bytes, stamp: int | None) -> None:
        try:
            for message in inbox.take(arrived):
                self._obey(message, stamp)
                if self._leaving:
                    return
        except Violation as violation:
            self.say_goodbye(violation.close_code, violation.reason)

    def _obey(self, message: Message, stamp: int | None) -> None:
        """Raises Violation."""
        match message.opcode:
            case frames.TEXT:
                self._ask(_prompt_of(message.payload), stamp)
            case frames.PING:
                self._wire.send(frames.frame(frames.PONG, message.payload))
            case frames.CLOSE:
                self._leave(frames.frame(frames.CLOSE, message.payload[:2]))
            case frames.BINARY:
                self._refuse("unsupported", "binary frames are reserved for audio: send the prompt as text")

    def _ask(self, prompt: str, stamp: int | None) -> None:
        if not prompt.strip():
            self._refuse("empty_prompt", "the prompt is empty")
            return
        service = self._service
        service.ledger.prompts += 1
        service.ledger.prompts_without_kernel_stamp += stamp is None
        if self._reply:
            service.ledger.turns_interrupted += 1
            self._wire.send(INTERRUPTED + TURN_COMPLETE)
        plan = plan_reply(service.timing, service.seed, prompt)
        service.ledger.turns_stalled += plan.stalled
        self._reply = reply = Reply(prompt, stamp or time.time_ns(), plan)
        self._expect_chunk(reply)

    def _expect_chunk(self, reply: Reply) -> None:
        assert reply.due is not None
        self._service.agenda.at(reply.due, lambda due: self._speak(reply, due))

    def _speak(self, reply: Reply, due: int) -> None:
        if reply is not self._reply:
            return  # it was cut
        now = time.time_ns()
        data = reply.next_chunk(now)
        over = reply.due is None
        try:
            at_once = self._wire.send(data + TURN_COMPLETE if over else data)
        except OSError:
            self.end()
            return
        ledger = self._service.ledger
        ledger.handover_seconds.append((time.time_ns() - now) / NANOSECONDS)
        ledger.chunks += 1
        ledger.chunks_held_back += not at_once
        ledger.lateness_seconds.append(self._service.agenda.lateness_seconds(due, now))
        if over:
            ledger.turns_completed += 1
            self._reply = None
        else:
            self._expect_chunk(reply)

    def _refuse(self, code: str, message: str) -> None:
        self._leave(error(code, message) + frames.close(frames.CLOSE_REFUSED))

    def _leave(self, last_words: bytes) -> None:
        """Says them, and waits a little for the client to hang up."""
        self._leaving = True
        self._reply = None
        self._wire.send(last_words)
        if self._wire.all_sent:
            self._wire.say_no_more()
        self._service.agenda.at(time.time_ns() + LINGER_SECONDS * NANOSECONDS, lambda _: self.end())

    def _read_head(self, arrived: bytes) -> None:
        self._head += arrived
        head, end, rest = self._head.partition(END_OF_HEAD)
        if not end and len(head) <= HEAD_BYTES_MAX:
            return
        self._head = b""
        try:
            request = Request.read(head)
            if request.path != "/live":
                self._leave(self._answer(request))
                return
            self._wire.send(upgrade(request) + self._introduction(request))
        except BadRequest as reason:
            self._leave(answer(HTTPStatus.BAD_REQUEST, {"error": str(reason)}))
            return
        self._inbox = Inbox()
        self._service.ledger.sessions_open += 1
        self._service.ledger.sessions_total += 1
        if rest:
            self._take(self._inbox, rest, None)

    def _introduction(self, request: Request) -> bytes:
        """The frame with it, where it is asked for."""
        if not asked_for(request.headers):
            return b""
        return frames.frame(frames.TEXT, self._service.introduction.packet.encode())

    def _answer(self, request: Request) -> bytes:
        match request.path:
            case "/healthz":
                return answer(HTTPStatus.OK, {**self._service.introduction.names, "backend": "custom"})
            case "/ledger":
                report = self._service.ledger.report()
                if request.query.get("reset") == ["1"]:
                    self._service.ledger.reset()
                return answer(HTTPStatus.OK, report)
        return answer(HTTPStatus.NOT_FOUND, {"error": f"nothing is served at {request.path}"})


def _prompt_of(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as wrong:
        raise Violation(frames.CLOSE_NOT_UTF8, "not UTF-8") from wrong
