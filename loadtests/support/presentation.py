"""How a worker presents itself to its master: it asks for the time, sets its clock, and says who it is."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace

from gevent.queue import Empty, Queue
from locust.env import Environment
from locust.exception import RPCError
from locust.rpc import Message
from locust.runners import STATE_INIT, WorkerRunner

from loadtests.support.clock import now, put_forward
from loadtests.support.clock_reading import ClockReading, best
from loadtests.support.load_code import introduce
from loadtests.support.register import INTRODUCTION, REFUSAL, TIME, WHAT_TIME
from loadtests.support.turn import Worker

_QUESTIONS = 10
_ANSWERED_WITHIN_SECONDS = 5.0
_REFUSED = 2

logger = logging.getLogger(__name__)


class Presentation:
    def __init__(self, environment: Environment, runner: WorkerRunner) -> None:
        self._environment = environment
        self._runner = runner
        self._answers: Queue[tuple[float, Message]] = Queue()
        runner.register_message(TIME, self._hear)
        runner.register_message(REFUSAL, self._take_leave)

    def make(self) -> None:
        """Return when the master has been told. It does not begin before that, if it awaits its workers."""
        try:
            readings = [reading for question in range(_QUESTIONS) if (reading := self._ask(question))]
            self._runner.send_message(INTRODUCTION, asdict(self._set_by(readings)))
        except RPCError as error:
            logger.error("this worker cannot present itself to its master: %s", error)

    def _set_by(self, readings: Sequence[ClockReading]) -> Worker:
        """This worker, with its clock set by the readings, if there are any and it has not stamped anything yet."""
        worker = introduce(self._runner.worker_index)
        if not readings:
            return worker
        reading = best(readings)
        is_set = reading.tells_a_difference and self._runner.worker_state == STATE_INIT
        if is_set:
            logger.info("this clock is put forward by %.6f s, to its master's", reading.offset_seconds)
            put_forward(reading.offset_seconds)
        return replace(
            worker,
            clock_offset_seconds=reading.offset_seconds,
            clock_uncertainty_seconds=reading.uncertainty_seconds,
            clock_set=is_set,
        )

    def _ask(self, question: int) -> ClockReading | None:
        """None where no answer comes: an older master does not know the question."""
        asked_at = now()
        self._runner.send_message(WHAT_TIME, {"question": question})
        try:
            while True:
                heard_at, message = self._answers.get(timeout=_ANSWERED_WITHIN_SECONDS)
                if message.data["question"] == question:
                    return ClockReading(asked_at, message.data["at"], heard_at)
        except Empty:
            return None

    def _hear(self, msg: Message, **_: object) -> None:
        self._answers.put((now(), msg))

    def _take_leave(self, msg: Message, **_: object) -> None:
        sys.stderr.write(f"error: {msg.data['why']}\n")
        self._environment.process_exit_code = _REFUSED
