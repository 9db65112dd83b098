"""A source of people: what a Locust user is where arrivals are open.

Whoever comes from it has a greenlet of their own, so that a slow server delays nobody's arrival. They live as Locust's
own users do, only in this source's group and not in Locust's.
"""

from collections.abc import Callable, Iterator
from math import inf
from typing import Protocol

import gevent
from gevent.event import Event
from gevent.pool import Group

from loadtests.support.clock import now


class Visitor(Protocol):
    """A person who comes, in the manner of Locust's users: its greenlet in the group is told who it is."""

    def start(self, group: Group) -> object: ...
    def stop(self, force: bool = False) -> bool: ...
    def on_stop(self) -> None: ...


class Source:
    def __init__(self, arrivals: Iterator[float], visitor: Callable[[int, float], Visitor]) -> None:
        """`arrivals` are moments in Unix seconds; `visitor` makes the nth person, from 1, who comes at one."""
        self._coming = enumerate(arrivals, 1)
        self._next = next(self._coming)
        self._visitor = visitor
        self._visitors = Group()
        self._closed = Event()
        self._closed_at = inf

    def close(self) -> None:
        """Nobody is to come any more."""
        self._closed_at = min(self._closed_at, now())
        self._closed.set()

    def run(self) -> None:
        """Until it has been closed and everybody has left. Where it is killed, who is there is killed too."""
        try:
            self._receive()
            self._stop_all(force=False)
            self._visitors.join()
        finally:
            self._stop_all(force=True)

    def _receive(self) -> None:
        try:
            # Even for those who are overdue it waits, if not for long: nobody else would be served meanwhile.
            while not self._closed.wait(max(0.0, self._next[1] - now())):
                self._visitor(*self._next).start(self._visitors)
                self._next = next(self._coming)
        finally:
            self.close()
            self._turn_away()

    def _turn_away(self) -> None:
        """Who should have come by now, and whom it did not get round to, leaves as one who has missed a turn."""
        while self._next[1] < self._closed_at:
            self._visitor(*self._next).on_stop()
            self._next = next(self._coming)
            gevent.sleep(0)  # However many they are, who is still there hears the rest of a reply in time.

    def _stop_all(self, *, force: bool) -> None:
        # A greenlet that has just ended is in the group for a moment longer, and has forgotten who it was.
        here: list[Visitor] = [greenlet.args[0] for greenlet in self._visitors if greenlet.args]
        gevent.joinall([gevent.spawn(visitor.stop, force) for visitor in here])
