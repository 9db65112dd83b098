"""Soak: people of every kind, for as long as one likes, so that what a server forgets to give back shows.

    locust -f loadtests/soak.py --host ws://127.0.0.1:8080 --headless -u 60 -t 30m --arrivals closed

Most ask and listen, or barge in. Others leave in mid-reply, with a close or with the connection cut, or say what is no
prompt or no WebSocket at all. Who has left comes back in a new session. What is cut by its own person is unfinished,
and nobody's failure.
"""

from contextlib import suppress

from locust import events, task
from locust.argument_parser import LocustArgumentParser

from loadtests.support.chat_user import ChatUser
from loadtests.support.clock import now
from loadtests.support.failures import SessionFailed
from loadtests.support.turn import Turn

_BARGES_IN, _SAYS_GOODBYE, _CLOSES, _ABORTS, _BLURTS = 0.35, 0.43, 0.55, 0.67, 0.72
"""Up to which whim of theirs people do what; beyond the last they ask and listen."""
_WITHIN_SECONDS = 0.8
"""At most so long after a reply's first words something is done in the midst of it."""
_ANSWER_SECONDS = 1.0
"""How long a server is given to be indignant."""
_NONSENSE = (
    b"\x82\x83\0\0\0\0abc",  # binary
    b"\x81\x80\0\0\0\0",  # an empty prompt
    b"\x81\x03abc",  # not masked
    b"\x83\x83\0\0\0\0abc",  # of a kind that there is not
    b"\xf1\x83\0\0\0\0abc",  # with all reserved bits
    b"\x81\x82\0\0\0\0\xff\xfe",  # text that is none
    b"\x80\x83\0\0\0\0abc",  # the rest of nothing
    b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0abc",  # longer than anything
    b"\x81\xfe\xff\xff\0\0\0\0abc",  # half of one
)


def _set_defaults(parser: LocustArgumentParser) -> None:
    parser.set_defaults(arrivals="closed")


class Anybody(ChatUser):
    @task
    def chat(self) -> None:
        whim = self.choices.whim(self.turns + 1)
        with self.exchange():
            turn = self.ask()
            if whim < _BARGES_IN or _SAYS_GOODBYE <= whim < _ABORTS:
                self.act_in_mid_reply(turn, whim)
            if self.connection:
                self.listen()
                self.act_after_reply(whim)

    def act_in_mid_reply(self, turn: Turn, whim: float) -> None:
        """Barges in, or leaves in one way or the other; nothing where the reply is over too soon."""
        moment = self.listen_for(self.choices.barge_in_seconds(self.turns, _WITHIN_SECONDS), turn)
        if moment is None or self.stopping:
            return
        if whim < _BARGES_IN:
            self.barge_in(turn, moment)
        elif whim < _CLOSES:
            self.leave()
        else:
            self.cut()

    def act_after_reply(self, whim: float) -> None:
        if _BARGES_IN <= whim < _SAYS_GOODBYE:
            self.leave()
        elif _ABORTS <= whim < _BLURTS:
            self.blurt(_NONSENSE[self.turns % len(_NONSENSE)])

    def cut(self) -> None:
        """Gone, as a telephone in a tunnel."""
        connection, self.connection = self.connection, None
        if connection:
            connection.abort()

    def blurt(self, octets: bytes) -> None:
        """Says something that nobody can take for a prompt, hears what comes of it, and is gone."""
        assert self.connection
        with suppress(SessionFailed):
            self.connection.blurt(octets)
            self.connection.wait(now() + _ANSWER_SECONDS)
        self.cut()


events.init_command_line_parser.add_listener(_set_defaults)
