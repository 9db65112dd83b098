"""Who makes load for a master: every worker presents itself, and nobody is let in who runs other code.

All of it goes over Locust's own messages: a worker asks for the time (see `presentation`), then says who it is.
"""

import logging
import time
from collections.abc import Callable

import gevent
from locust.rpc import Message
from locust.runners import MasterRunner

from loadtests.support.clock import now
from loadtests.support.load_code import why_refused
from loadtests.support.mistakes import give_up
from loadtests.support.turn import Worker

WHAT_TIME, TIME, INTRODUCTION, REFUSAL = "what_time", "time", "introduction", "refusal"
_LOOK_SECONDS = 0.05
_SAY_EVERY_SECONDS = 5.0
_GOODBYE_SECONDS = 0.5
"""What a message to the workers takes at most to leave this process."""

logger = logging.getLogger(__name__)


class Register:
    """The master's side."""

    def __init__(self, runner: MasterRunner, awaited: int) -> None:
        """`awaited` is how many workers the load begins with; 0 where somebody else says when it begins."""
        self.workers: dict[str, Worker] = {}
        """Those who presented themselves, by the id that Locust gave them."""
        self.on_entry: Callable[[str, Worker], None] = lambda client_id, worker: None
        """Told of each, and of those who were refused."""
        self._runner = runner
        self._awaited = awaited
        self._refused: list[str] = []
        runner.register_message(WHAT_TIME, self._tell)
        runner.register_message(INTRODUCTION, self._enter)

    def await_workers(self, patience_seconds: float) -> None:
        """Return when all who are awaited have presented themselves; exit where one is refused, or they do not come.

        0 is no limit to patience.
        """
        began_at = said_at = time.monotonic()
        while not self._refused and (there := self._there()) < self._awaited:
            if patience_seconds and time.monotonic() - began_at > patience_seconds:
                self._dismiss(
                    f"{there} of {self._awaited} workers came within {patience_seconds:g} s: start the others, or wait "
                    "longer with --expect-workers-max-wait"
                )
            if time.monotonic() - said_at > _SAY_EVERY_SECONDS:
                said_at = time.monotonic()
                logger.info("waiting for workers: %s of %s are there", there, self._awaited)
            gevent.sleep(_LOOK_SECONDS)
        if self._refused:
            self._dismiss(self._refused[0])
        self._awaited = 0

    def _there(self) -> int:
        return sum(client.id in self.workers for client in self._runner.clients.ready)

    def _dismiss(self, why: str) -> None:
        self._runner.send_message("quit")
        gevent.sleep(_GOODBYE_SECONDS)
        give_up(why)

    def _tell(self, msg: Message, **_: object) -> None:
        answer = {"question": msg.data["question"], "at": now()}
        self._runner.send_message(TIME, answer, client_id=msg.node_id)

    def _enter(self, msg: Message, **_: object) -> None:
        worker = Worker(**msg.data)
        self.on_entry(msg.node_id, worker)  # whoever it is: what came of it meanwhile is in the record too
        if why := why_refused(worker):
            self._refuse(msg.node_id, f"worker {worker.worker} (process {worker.pid} on {worker.host}) {why}")
            return
        self.workers[msg.node_id] = worker

    def _refuse(self, client_id: str, why: str) -> None:
        """Who comes while others are awaited ends it for all; who comes later is sent away alone."""
        self._runner.send_message(REFUSAL, {"why": why}, client_id=client_id)
        if self._awaited:
            self._refused.append(why)
        else:
            logger.error("%s", why)
            self._runner.send_message("quit", client_id=client_id)
