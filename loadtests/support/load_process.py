"""What one Locust process keeps for all its people: two ledgers, the level of the load, the numbers people get.

Every turn is entered twice: in Locust's own table (`chat turn`, once per turn that ended ok or failed) and, with
--record, in this process's record (every turn that was planned, those cut by the end too). The two must agree.

Marks tell when the load changed. Under --processes or --worker each worker marks its own share of the people; the
load as a whole is the sum over the workers.
"""

import gc
import inspect
import logging
from math import inf

from locust.env import Environment
from locust.runners import LocalRunner, WorkerRunner

from loadtests.support.clock import now
from loadtests.support.failures import SessionFailed
from loadtests.support.lag import LagProbe
from loadtests.support.options import options_of
from loadtests.support.processor_time import ProcessorTime
from loadtests.support.record_stream import RecordStream
from loadtests.support.recorder import Recorder
from loadtests.support.shard import Shard
from loadtests.support.turn import End, Level, Mark, Turn
from loadtests.support.turn_limit import TurnLimit, end_when_heard_out

logger = logging.getLogger(__name__)


class LoadProcess:
    def __init__(
        self,
        environment: Environment,
        runner: LocalRunner | WorkerRunner,
        recorder: Recorder | RecordStream | None,
        shard: Shard | None = None,
    ) -> None:
        self._environment = environment
        self._runner = runner
        self._distributed = isinstance(runner, WorkerRunner)
        self._recorder = recorder
        self._shard = shard
        self.stopped_at = inf
        """When the test was over, in Unix seconds; nobody begins a turn after that."""
        self._limit = TurnLimit(options_of(environment).max_turns)
        self._lag = LagProbe()
        self._people = 0
        self._level = 0
        self._open: dict[str, Turn] = {}
        self._logged: set[str] = set()
        self._processor_time = ProcessorTime()
        if isinstance(recorder, RecordStream):
            recorder.open = self._open.keys()
        environment.events.test_start.add_listener(self._begin)
        environment.events.spawning_complete.add_listener(self._reached)
        environment.events.test_stopping.add_listener(self._stop)
        environment.events.quit.add_listener(self._end)

    @property
    def stopping(self) -> bool:
        """Whether the test is over, or the last turn that it may have has been begun."""
        return self.stopped_at < inf

    def next_person(self) -> str:
        """A number in order of spawning, unique over all workers and shards; spawning itself may be news of a new
        level."""
        self.wanted()
        self._people += 1
        index = self._runner.worker_index
        person = f"{index}-{self._people}" if self._distributed else str(self._people)
        return self._shard.named(person) if self._shard else person

    def wanted(self) -> int:
        """How many people are wanted now, by this process."""
        if self._runner.target_user_count != self._level:
            self._level = self._runner.target_user_count
            self._mark("level", self._level)
        return self._level

    def open(self, turn: Turn) -> None:
        self._open[turn.id] = turn

    def begin(self, turn: Turn) -> None:
        """The load sets about the turn, which may be the last that it may have."""
        turn.begun_at = now()
        if self._limit.count():
            logger.info("--max-turns: the last turn has been begun")
            self._close()
            end_when_heard_out(self._open, self._quit)

    def connected(self, turn: Turn) -> None:
        assert turn.connect_seconds is not None
        self._enter("reconnect" if turn.reconnects_after else "connect", turn.connect_seconds)

    def settle(self, turn: Turn, failure: SessionFailed | None) -> None:
        """Enter a turn in both ledgers; nothing runs between the two, so a kill cannot part them."""
        del self._open[turn.id]
        self._write(turn)
        if turn.outcome == "unfinished" or turn.ended_at is None:
            return
        begun_at = turn.planned_at if turn.sent_at is None else turn.sent_at
        reason = str(failure) if failure and failure.label == turn.failure else turn.failure
        self._enter("turn", turn.ended_at - begun_at, turn.characters, reason)
        if reason:
            self._log_once(reason)
        else:
            self._enter_details(turn, begun_at)

    def _enter_details(self, turn: Turn, sent_at: float) -> None:
        if turn.chunks_at:
            self._enter("first words", turn.chunks_at[0] - sent_at)
        if turn.interrupted_at is not None and turn.chunks_at:
            self._enter("stop", max(0.0, turn.chunks_at[-1] - turn.interrupted_at))

    def _enter(self, name: str, seconds: float, characters: int = 0, failure: str | None = None) -> None:
        self._environment.events.request.fire(
            request_type="chat",
            name=name,
            response_time=seconds * 1000,
            response_length=characters,
            exception=failure,
            context={},
        )

    def _log_once(self, reason: str) -> None:
        """The first failure of its kind is worth a line in the log; the tables count the others."""
        if reason not in self._logged:
            self._logged.add(reason)
            logger.warning("a turn failed: %s", reason)

    def _begin(self, **_: object) -> None:
        _avoid_pauses()
        self._processor_time.start()
        self.stopped_at = inf
        self._limit.reset()
        self._lag.start()
        self._level = 0
        self.wanted()

    def _reached(self, user_count: int, **_: object) -> None:
        wanted = self.wanted()
        gc.freeze()  # Who has come mostly stays: to look through thousands of them for garbage would stop everybody.
        self._mark("reached", wanted if self._distributed else user_count)

    def _stop(self, **_: object) -> None:
        self._lag.stop()
        if not self.stopping:
            self._close()

    def _close(self) -> None:
        """From now on nobody begins a turn."""
        self.stopped_at = now()
        self._mark("stop", self._level)

    def _quit(self) -> None:
        if options_of(self._environment).headless:
            self._runner.quit()
        else:
            self._runner.stop()

    def _end(self, **_: object) -> None:
        """The last line. Locust may come here twice when a signal ends it, and people may be cut off in a turn."""
        for turn in self._open.values():
            self._write(turn)
        self._open.clear()
        self._processor_time.stop()
        self._write(
            End(
                turns=self._recorder.turns if self._recorder else 0,
                lag_seconds_p50=self._lag.percentile(0.5),
                lag_seconds_p99=self._lag.percentile(0.99),
                lag_seconds_max=self._lag.percentile(1.0),
                cpu_seconds=self._processor_time.seconds,
                lag_histogram=self._lag.histogram(),
                cpu_at=self._processor_time.at,
                cpu_seconds_by=self._processor_time.seconds_by,
            )
        )

    def _mark(self, mark: Level, sessions: int) -> None:
        self._write(Mark(mark=mark, at=now(), sessions=sessions))

    def _write(self, record: Turn | Mark | End) -> None:
        if self._recorder and not self._recorder.closed:
            self._recorder.write(record)


def _avoid_pauses() -> None:
    """Get out of the way now what would stop everybody for tens of milliseconds while replies arrive."""
    # What the imports left behind is never garbage, but a full collection would look through all of it.
    gc.collect()
    gc.freeze()
    # Locust asks where it is when a test stops; the first to ask in a process waits for all sources to be read.
    inspect.stack()
