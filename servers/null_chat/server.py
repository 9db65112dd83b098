"""The loop: sockets that are ready, and what is due. One thread, and no wait longer than it must be.

/live           the chat
/ledger         what was done, and how late; ?reset=1 counts anew afterwards
/healthz        200 once it listens
"""

import gc
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from servers.introduction import introduce
from servers.null_chat import frames
from servers.null_chat.agenda import Agenda
from servers.null_chat.ledger import Ledger
from servers.null_chat.session import Service, Session
from servers.null_chat.timing import Timing, freeze_pauses
from servers.null_chat.wire import Wire, ask_for_stamps

BACKLOG = 4096
"""A crowd arrives at once."""
READ_AT_A_TIME, SENT_AT_A_TIME = 8, 64
"""Sockets that are read before chunks are sent again, and the other way round: neither is to hold up the other."""


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listener.setblocking(False)
    ask_for_stamps(listener)  # the kernel only begins to stamp some time after the first who asks
    return listener


class Server:
    def __init__(self, listener: socket.socket, timing: Timing, seed: int) -> None:
        self._listener = listener
        self._epoll = select.epoll()
        self._service = Service(timing, seed, Agenda(), Ledger(), introduce("null_chat", os.environ))
        self._pauses = freeze_pauses(timing, seed)
        self._alarm, told = socket.socketpair()
        self._told = told
        self._stopping = False
        for readable in (listener, told):
            self._epoll.register(readable, select.EPOLLIN)

    def run(self, announce: Callable[[], None]) -> None:
        """Serves until SIGTERM or SIGINT, then closes all sessions with 1001."""
        self._heed_signals()
        self._plan_freeze()
        # What lives long has been made by now, and nothing made later refers to itself in a circle.
        gc.collect()
        gc.freeze()
        gc.disable()
        announce()
        agenda = self._service.agenda
        while not self._stopping:
            # The epoll's own timeout is of whole milliseconds, that of a select on it of microseconds.
            select.select((self._epoll,), (), (), agenda.seconds_left())
            for descriptor, events in self._epoll.poll(0, READ_AT_A_TIME):
                self._attend(descriptor, events)
            agenda.do_due(SENT_AT_A_TIME)
        for session in list(self._service.sessions.values()):
            with suppress(OSError):
                session.say_goodbye(frames.CLOSE_GOING_AWAY)
            session.end()

    def _attend(self, descriptor: int, events: int) -> None:
        session = self._service.sessions.get(descriptor)
        if descriptor == self._listener.fileno():
            self._accept()
        elif descriptor == self._told.fileno():
            self._stopping = True
        elif session:  # else it ended while others were attended to
            try:
                if events & select.EPOLLOUT:
                    session.writable()
                if events & ~select.EPOLLOUT:
                    session.readable()
            except OSError:
                session.end()

    def _accept(self) -> None:
        with suppress(BlockingIOError):
            for _ in range(READ_AT_A_TIME):
                wire = Wire(self._listener.accept()[0], self._epoll)
                self._service.sessions[wire.descriptor] = Session(wire, self._service)

    def _plan_freeze(self) -> None:
        for pause in self._pauses:
            self._service.agenda.at(time.time_ns() + pause, self._freeze)
            return

    def _freeze(self, due: int) -> None:
        self._service.ledger.freezes += 1
        self._service.agenda.freeze(self._service.timing.freeze_seconds)
        self._plan_freeze()

    def _heed_signals(self) -> None:
        """A signal wakes the loop by a byte in the pair of sockets."""
        self._alarm.setblocking(False)
        signal.set_wakeup_fd(self._alarm.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
