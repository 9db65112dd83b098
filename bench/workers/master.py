"""The master's side: who has come to make load, and what they are told to do.

A worker introduces itself (`introduction`) and is let in (`welcome`) or not (`refusal`). For every execution all are
sent to `work`, and each says when it has `ended`, which it can be told to `stop` and do; when the run is `over`, they
leave.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bench.errors import BenchError
from bench.results import LoadWorker
from bench.workers.guest import Guest, guest_of, why_unwelcome
from bench.workers.wire import Message, Wire

INTRODUCED_WITHIN_SECONDS = 10.0
STARTED_WITHIN_SECONDS = 30
"""How long the load's processes may take to come up on a worker that is there."""
ENDED_WITHIN_SECONDS = 30.0
"""How long a worker's processes may take to end when their master has."""
_LOOK_SECONDS = 0.1
_SAY_EVERY_SECONDS = 10.0


class WorkersMissing(BenchError):
    """Not all workers are there, and the others have waited long enough."""

    ends_the_run = True


@dataclass(frozen=True)
class Meeting:
    """Where workers are awaited, how many and for how long."""

    host: str
    port: int
    """Of the connection that leads them; Locust's own is the next."""
    workers: int
    patience_seconds: float


class Master:
    """A crew (see `bench.crew`) of workers that come over the network, from entering the context to leaving it."""

    elsewhere = True

    def __init__(self, meeting: Meeting, say: Callable[[str], None]) -> None:
        self.meeting = meeting
        self._say = say
        self._guests: list[Guest] = []
        self._gone: list[str] = []
        """Of those who left while others were awaited: who, when and why."""
        self._refused: str | None = None
        self.lost: str | None = None
        self._was_away = self._has_worked = False
        self._by_hand = False
        self._changing = threading.Lock()
        self._listener: socket.socket

    @property
    def workers(self) -> int:
        return sum(guest.processes for guest in self._guests)

    @property
    def away(self) -> bool:
        """Whether load was made on another machine, or will be if all stay who are there before there was any."""
        return self._was_away or (not self._has_worked and any(not guest.is_here for guest in self._still_there()))

    @property
    def guests(self) -> Sequence[Guest]:
        """Who is there now."""
        return list(self._guests)

    def gather(self) -> Sequence[LoadWorker]:
        """Who they are, when all are there.

        Raises BenchError where one is refused and WorkersMissing where some do not come.
        """
        said_at = began_at = time.monotonic()
        while (there := len(self._still_there())) < self.meeting.workers and not self._refused:
            if time.monotonic() - began_at > self.meeting.patience_seconds:
                raise WorkersMissing(self._missing(there))
            if time.monotonic() - said_at > _SAY_EVERY_SECONDS or said_at == began_at:
                said_at = time.monotonic()
                self._say(f"waiting for workers: {there} of {self.meeting.workers} are there")
            time.sleep(_LOOK_SECONDS)
        if self._refused:
            raise BenchError(self._refused)
        return [guest.as_record() for guest in self._guests]

    def _missing(self, there: int) -> str:
        """In one line; who came and went is named."""
        gone = "".join(f"; {who}" for who in self._gone)
        return (
            f"{there} of {self.meeting.workers} workers came to {self.meeting.host}:{self.meeting.port} within "
            f"{self.meeting.patience_seconds:g} s{' and stayed' if gone else ''}{gone}: start the others with "
            "live-bench run --worker --master-host HOST, or wait longer with --workers-timeout"
        )

    def options(self) -> Sequence[str]:
        """Locust's, for the workers that are there when all are. Raises as `gather`."""
        self.gather()
        return (
            *("--master", "--master-bind-host", self.meeting.host, "--master-bind-port", str(self.meeting.port + 1)),
            *("--expect-workers", str(self.workers), "--expect-workers-max-wait", str(STARTED_WITHIN_SECONDS)),
        )

    def tell_end_by_hand(self) -> None:
        """When all are told that the run is over."""
        self._by_hand = True

    @contextlib.contextmanager
    def at_work(self, scenario: str, name: str) -> Iterator[None]:
        working, self.lost = self.guests, None
        self._was_away = self._was_away or any(not guest.is_here for guest in working)
        self._has_worked = True
        for guest in working:
            guest.wire.send("work", scenario=scenario, name=name, port=self.meeting.port + 1)
        leave = threading.Event()
        watch = threading.Thread(target=self._watch, args=(working, leave), name="workers", daemon=True)
        watch.start()
        try:
            yield
        except BaseException:
            for guest in working:  # whose load may not have come as far as to notice that nobody leads it
                guest.wire.send("stop")
            raise
        finally:
            leave.set()
            watch.join()

    def _watch(self, working: Sequence[Guest], leave: threading.Event) -> None:
        """Until all have ended, or are gone; not for ever once `leave` is set. Who is gone is told at once."""
        busy = list(working)
        give_up_at: float | None = None
        while busy and (give_up_at is None or time.monotonic() < give_up_at):
            if leave.is_set() and give_up_at is None:
                give_up_at = time.monotonic() + ENDED_WITHIN_SECONDS
            for guest in list(busy):
                message = guest.wire.receive(_LOOK_SECONDS)
                if guest.wire.exhausted or (message and message["kind"] == "ended"):
                    self._tell_of_loss(guest, message)
                    busy.remove(guest)
        for guest in busy:
            self._say(f"{guest.name} did not end with the load: it is sent away")
            guest.wire.close()
        self._still_there()

    def _tell_of_loss(self, guest: Guest, message: Message | None) -> None:
        lost = None
        if guest.wire.exhausted:
            lost = guest.gone
        elif message and message.get("exit_code"):
            lost = f"the load on {guest.name} ended with exit code {message['exit_code']}: {message['last_word']}"
        if lost:
            self._say(lost)
            self.lost = self.lost or lost

    def _still_there(self) -> list[Guest]:
        with self._changing:
            self._gone += [guest.gone for guest in self._guests if guest.wire.gone is not None]
            self._guests = [guest for guest in self._guests if guest.wire.gone is None]
            return list(self._guests)

    def _receive_guests(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return  # closed: the run is over
            threading.Thread(target=self._meet, args=(connection, address[0]), name="guest", daemon=True).start()

    def _meet(self, connection: socket.socket, address: str) -> None:
        wire = Wire(connection)
        message = wire.receive(INTRODUCED_WITHIN_SECONDS)
        guest = guest_of(message, address, wire) if message else None
        if guest is None:  # whoever this is, it is no worker
            wire.close()
            return
        self._still_there()
        with self._changing:
            full = len(self._guests) >= self.meeting.workers
            unwelcome = why_unwelcome(guest)
            if not full and not unwelcome:
                wire.send("welcome")
                self._guests.append(guest)
                return
            self._refused = self._refused or unwelcome
        wire.send("refusal", why=unwelcome or f"the run has all of its {self.meeting.workers} workers")
        wire.close()

    def __enter__(self) -> Self:
        for port in (self.meeting.port + 1, self.meeting.port):
            listener = _listen(self.meeting.host, port)
            if port != self.meeting.port:
                listener.close()
        self._listener = listener
        threading.Thread(target=self._receive_guests, name="workers come", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        by_hand = self._by_hand or kind is KeyboardInterrupt
        why = None if kind is None or by_hand else str(error) or kind.__name__
        with self._changing:  # whoever is being welcomed right now has been, and is told too
            guests = list(self._guests)
        for guest in guests:
            guest.wire.send("over", why=why, by_hand=by_hand)
            guest.wire.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise BenchError(
            f"cannot await workers on {host}:{port}: {reason}; choose others with --master-bind-host and "
            "--master-bind-port, which is the first of two"
        ) from error
