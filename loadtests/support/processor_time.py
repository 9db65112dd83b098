"""What a load process has spent of its core, looked at about once a second: nobody elsewhere can watch it."""

import time

import gevent

from loadtests.support.clock import now

_INTERVAL_SECONDS = 1.0


class ProcessorTime:
    def __init__(self) -> None:
        self.at: list[float] = []
        """Moments, in Unix seconds."""
        self.seconds_by: list[float] = []
        """What had been spent by each since the process began."""
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        if not self._greenlet:
            self._greenlet = gevent.spawn(self._watch)

    def stop(self) -> None:
        if self._greenlet:
            self._greenlet.kill()
            self.look()
        self._greenlet = None

    def look(self) -> None:
        self.at.append(now())
        self.seconds_by.append(time.process_time())

    @property
    def seconds(self) -> float:
        """Spent from the first look to the last."""
        return self.seconds_by[-1] - self.seconds_by[0] if self.at else 0.0

    def _watch(self) -> None:
        while True:
            self.look()
            gevent.sleep(_INTERVAL_SECONDS)
