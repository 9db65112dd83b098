"""The master's side of the records: a file for each worker, and a word at its end on whether all of it arrived.

Locust's master tells its workers to quit and leaves half a second later, whoever is still being served; what workers
send after that, their last counts of turns too, would be lost. So it is held back until each has sent its last batch,
or has long been silent.
"""

import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import gevent
from gevent.event import Event
from locust.env import Environment
from locust.exception import RPCError
from locust.rpc import Message
from locust.runners import MasterRunner

from loadtests.support.batches import Batch, Inbox
from loadtests.support.clock import now
from loadtests.support.record_stream import ACKNOWLEDGEMENT, RECORDS
from loadtests.support.register import Register
from loadtests.support.turn import Stream, Worker, to_line

_SILENCE_SECONDS = 6.0
"""A worker that lives is heard of every second."""
_PATIENCE_SECONDS = 60.0
"""How much longer than --stop-timeout a worker may take to end, if it is heard of."""
_LOOK_SECONDS = 0.05

logger = logging.getLogger(__name__)


@dataclass
class _Worker:
    index: int
    file: BinaryIO
    heard_at: float
    """In Unix seconds, as the next."""
    told_at: float = 0.0
    inbox: Inbox = field(default_factory=Inbox)
    acknowledged: bool = False

    def as_line(self) -> bytes:
        inbox = self.inbox
        return to_line(
            Stream(
                worker=self.index,
                batches=inbox.batches,
                lines=inbox.lines,
                missing=inbox.missing,
                repeated=inbox.repeated,
                ended=inbox.ended,
                acknowledged=self.acknowledged,
                heard_at=self.heard_at,
                told_at=self.told_at,
                open=inbox.open,
                unsent=inbox.unsent,
            )
        )


class Collector:
    """Writes `turns-<worker>-<pid of the master>.ndjson` for every worker that ever reported."""

    def __init__(self, environment: Environment, runner: MasterRunner, register: Register, folder: Path) -> None:
        """Raises OSError where the folder cannot be made or written to."""
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(0, "not writable")
        self._environment = environment
        self._runner = runner
        self._folder = folder
        self._workers: dict[str, _Worker] = {}
        self._leaving: Event | None = None
        runner.register_message(RECORDS, self._take)
        register.on_entry = self._enter
        environment.events.worker_connect.add_listener(self._meet)
        environment.events.heartbeat_sent.add_listener(self._hear)
        environment.events.quitting.add_listener(self._hold_back)
        for client in runner.clients.all:
            self._meet(client.id)
        for client_id, worker in register.workers.items():
            self._enter(client_id, worker)

    def _meet(self, client_id: str, **_: object) -> None:
        if client_id not in self._workers:
            index = self._runner.get_worker_index(client_id)
            file = (self._folder / f"turns-{index}-{os.getpid()}.ndjson").open("xb")
            self._workers[client_id] = _Worker(index, file, now())

    def _enter(self, client_id: str, worker: Worker) -> None:
        file = self._workers[client_id].file
        file.write(to_line(worker))
        file.flush()

    def _hear(self, client_id: str, **_: object) -> None:
        self._workers[client_id].heard_at = now()

    def _take(self, msg: Message, **_: object) -> None:
        worker = self._workers[msg.node_id]
        worker.heard_at = worker.told_at = now()
        batch = Batch.of_message(msg.data)
        worker.file.writelines(worker.inbox.take(batch))
        worker.file.flush()
        if batch.last:
            self._acknowledge(msg.node_id, worker)

    def _acknowledge(self, client_id: str, worker: _Worker) -> None:
        try:
            self._runner.send_message(ACKNOWLEDGEMENT, client_id=client_id)
            worker.acknowledged = True
        except RPCError as error:
            logger.error("worker %s cannot be told that its records arrived: %s", worker.index, error)

    def _hold_back(self, **_: object) -> None:
        """Return when nothing more will come. Where a signal ends it, Locust may come here twice at the same time."""
        if self._leaving:
            self._leaving.wait()
            return
        self._leaving = Event()
        self._runner.stop(send_stop_to_client=False)
        self._runner.send_message("quit")
        give_up_at = time.monotonic() + self._environment.stop_timeout + _PATIENCE_SECONDS
        while self._some_may_still_send() and time.monotonic() < give_up_at:
            self._listen_on()
            gevent.sleep(_LOOK_SECONDS)
        self._close()
        self._leaving.set()

    def _some_may_still_send(self) -> bool:
        long_ago = now() - _SILENCE_SECONDS
        return any(not worker.inbox.ended and worker.heard_at > long_ago for worker in self._workers.values())

    def _listen_on(self) -> None:
        if not self._runner.greenlet:
            self._runner.greenlet.spawn(self._runner.client_listener)

    def _close(self) -> None:
        for worker in self._workers.values():
            worker.file.write(worker.as_line())
            worker.file.close()
            if not (worker.inbox.ended and worker.acknowledged) or worker.inbox.missing or worker.inbox.repeated:
                logger.error(
                    "the record of worker %s is incomplete: %s", worker.index, worker.as_line().decode().strip()
                )
