"""A worker's records on their way to its master: over Locust's own messages, so that no disk need be shared.

A few times a second what has been recorded since goes out as one numbered batch, which also says what turns are under
way: should the worker be lost, that much is known to be missing. The last one is acknowledged by the master once it is
on its disk, and the worker does not leave before that, unless it waits in vain.
"""

import logging
from collections.abc import Callable, Collection

import gevent
from locust.exception import RPCError
from locust.runners import WorkerRunner

from loadtests.support.batches import Batch, Outbox
from loadtests.support.recorder import Recorder
from loadtests.support.turn import End, Line, Turn, to_line

RECORDS, ACKNOWLEDGEMENT = "turn_records", "turn_records_acknowledged"
_SEND_EVERY_SECONDS = 0.25
_ACKNOWLEDGED_WITHIN_SECONDS = 15.0

logger = logging.getLogger(__name__)


class RecordStream:
    """Takes records as a `Recorder` does. The `end`, once, sends all that is left and waits for the acknowledgement."""

    def __init__(self, runner: WorkerRunner, wanted: Callable[[], bool], copy: Recorder | None = None) -> None:
        """`wanted` says whether the master records: it tells its workers so when it first has them spawn people.

        `copy` takes everything as well, and stays here.
        """
        self.turns = 0
        self.closed = False
        self.open: Collection[str] = ()
        """The ids of the turns under way, as they change."""
        self._copy = copy
        self._open_sent: list[str] = []
        self._runner = runner
        self._wanted = wanted
        self._outbox = Outbox()
        self._unsent: Batch | None = None
        self._sender: gevent.Greenlet[[], None] | None = None

    def write(self, record: Line) -> None:
        if self._copy:
            self._copy.write(record)
        if not self._wanted():
            return
        self._outbox.add(to_line(record))
        if isinstance(record, Turn):
            self.turns += 1
        if isinstance(record, End):
            self._finish()
        elif not self._sender:
            self._sender = gevent.spawn(self._send_regularly)

    def _send_regularly(self) -> None:
        while True:
            gevent.sleep(_SEND_EVERY_SECONDS)
            if self._outbox or self._unsent or self._open_sent != list(self.open):
                try:
                    self._send()
                except RPCError as error:
                    logger.warning("records are kept for now, the master cannot be reached: %s", error)

    def _send(self, *, ending: bool = False) -> bool:
        """One batch; whether it was the last. A batch that cannot be sent is the next to be sent."""
        batch = self._unsent = self._unsent or self._outbox.cut(ending=ending, open_turns=self.open)
        self._runner.send_message(RECORDS, batch.as_message())
        self._unsent, self._open_sent = None, batch.open
        return batch.last

    def _finish(self) -> None:
        self.closed = True
        if self._sender:
            self._sender.kill()
        try:
            while not self._send(ending=True):
                pass
            acknowledged = self._await_acknowledgement()
        except RPCError:
            acknowledged = False
        if not acknowledged:
            logger.error("the master did not acknowledge the records of this worker: they are incomplete")

    def _await_acknowledgement(self) -> bool:
        """Locust has stopped listening to the master by now, and what else the master may say no longer matters."""
        try:
            with gevent.Timeout(_ACKNOWLEDGED_WITHIN_SECONDS):
                while self._runner.client.recv().type != ACKNOWLEDGEMENT:
                    pass
        except gevent.Timeout:
            return False
        return True
