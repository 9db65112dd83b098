"""One conversation over several connections to Gemini, each of which ends after about ten minutes. Pure.

Gemini says goAway some time before it ends a connection, and gives handles to resume by: each stands for what was said
until then. So a reply that is running may end first, then the next connection is opened with the newest handle, and
nobody notices. What was asked and not answered when a connection was lost is asked again there, once.
"""

import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from servers.causes import close_of

if TYPE_CHECKING:
    from servers.quick_receive import Message

MOST_BARREN = 5
"""How many connections in a row may bring no reply: a Gemini that only ever says goAway is not dialled for ever."""

_FIRST_CLOSE_CODE = 1000
_INVALID_ARGUMENT = 1007
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


@dataclass(slots=True)
class _Prompt:
    text: str
    times_asked: int = 1


class Conversation:
    """Told of what happens, it says what to do; who waits for what, and how, is up to who asks."""

    def __init__(self, handle: str | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """`handle` is that of a conversation from before, which goes on; `clock` gives seconds."""
        self.handle = handle
        """The newest; the next connection is to be opened with it."""
        self.replying = False
        """Whether the client has been told a part of the reply that is running; to be set when it is."""
        self._clock = clock
        self._owed: deque[_Prompt] = deque()
        """Asked on this connection, their replies not over."""
        self._behind = False
        """Whether a reply has ended since the newest handle came."""
        self._going = False
        """Whether Gemini has said goAway."""
        self._defers_from = 0.0
        self._barren = 0

    @property
    def moves(self) -> bool:
        """Whether it is time to close this connection and open the next. To be asked after `heed`."""
        return self._follows and not self._behind and not self._owed

    @property
    def owes(self) -> bool:
        """Whether a reply is due."""
        return bool(self._owed)

    def connected(self) -> Sequence[str]:
        """A connection is open: the prompts that are to be asked on it before any other."""
        self.replying = self._going = False
        self._barren += 1
        for prompt in self._owed:
            prompt.times_asked += 1
        return [prompt.text for prompt in self._owed]

    def defers(self) -> bool:
        """Whether a prompt that comes now is to wait for the next connection, as this one has to come to an end.

        One that interrupts a reply would keep it going. There is time for that in the first half of what is left.
        """
        return self._follows and self.owes and self._clock() >= self._defers_from

    def asks(self, prompt: str) -> None:
        """A prompt is about to be sent on this connection."""
        self._owed.append(_Prompt(prompt))

    def over(self) -> None:
        """A reply is over."""
        self.replying = False
        if self._owed:
            self._owed.popleft()
            self._behind = True
            self._barren = 0

    def heed(self, message: "Message") -> str | None:
        """What Gemini says of the connection, where a message says anything of it. Returns a handle that is new."""
        update, leave = message.session_resumption_update, message.go_away
        if leave:
            self.warned(leave.time_left)
        if not (update and update.resumable and update.new_handle):
            return None
        self.given(update.new_handle)
        return update.new_handle

    def given(self, handle: str) -> None:
        """A handle has come, for all that was said so far."""
        self.handle, self._behind = handle, False

    def warned(self, time_left: str | None) -> None:
        """Gemini will end the connection after so long, written as in `50s`."""
        written = _SECONDS.fullmatch(time_left or "")
        self._going = True
        self._defers_from = self._clock() + (float(written[1]) / 2 if written else 0.0)

    @property
    def _follows(self) -> bool:
        """Whether the end of this connection is announced, and another will go on where it ends."""
        return self._going and self.handle is not None and self._barren < MOST_BARREN

    def outlives(self, error: Exception) -> bool:
        """Whether it goes on over another connection, now that this one has ended with an error.

        It does not where a client would be told half a reply, where a prompt was asked again already, or where Gemini
        would not know what was said last; only a connection whose end was announced is followed in that case as well.
        """
        if not was_lost(error) or self.replying or self._barren >= MOST_BARREN:
            return False
        if any(prompt.times_asked > 1 for prompt in self._owed):
            return False
        if self._behind and not self._going:
            return False
        return self.handle is not None or (self.owes and not self._behind)


def was_lost(error: Exception) -> bool:
    """Whether an error means that the connection has ended, and not for something that we said."""
    code, _ = close_of(error)
    # smaller numbers are those of errors in HTTP
    return code is not None and code >= _FIRST_CLOSE_CODE and code != _INVALID_ARGUMENT
