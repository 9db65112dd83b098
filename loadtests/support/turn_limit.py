"""How many turns a load may begin in all: a real model is paid for by the turn.

Once the last one has been begun nobody begins another; those under way are heard out, and then the load ends.
"""

from collections.abc import Callable, Collection

import gevent

_LOOK_SECONDS = 0.05


def most_turns_of(text: str) -> int:
    """Raises ValueError for none."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"--max-turns {text} is not a number of turns from 1 on")
    return int(text)


class TurnLimit:
    def __init__(self, most: int | None) -> None:
        """None: as many as people like."""
        self._most = most
        self._begun = 0

    def reset(self) -> None:
        """A new test begins."""
        self._begun = 0

    def count(self) -> bool:
        """One more is begun; whether it was the last."""
        self._begun += 1
        return self._begun == self._most


def end_when_heard_out(under_way: Collection[object], end: Callable[[], None]) -> None:
    """Call `end`, some time later, once nothing is under way any more."""

    def wait() -> None:
        while under_way:
            gevent.sleep(_LOOK_SECONDS)
        end()

    gevent.spawn(wait)
