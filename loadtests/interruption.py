"""Interruption: people ask, barge in on the reply at a random moment of it, and hear out the new one.

    locust -f loadtests/interruption.py --host ws://127.0.0.1:8080 --headless -u 20 -t 30s

A reply that is over before its moment has come leaves a plain turn. Some barge in on the new reply as well.
"""

from functools import partial

from locust import events, task
from locust.argument_parser import LocustArgumentParser

from loadtests.support.chat_user import ChatUser
from loadtests.support.options import or_give_up
from loadtests.support.seconds import positive
from loadtests.support.turn import Turn


def _add_options(parser: LocustArgumentParser) -> None:
    parser.set_defaults(think_seconds=1.0)
    parser.add_argument(
        "--barge-in-within",
        metavar="SECONDS",
        type=or_give_up(partial(positive, "--barge-in-within")),
        default=0.8,
        env_var="BENCH_BARGE_IN_WITHIN",
        help="barge in at a random moment, at most so long after a reply's first words (default: 0.8)",
    )


class InterruptionUser(ChatUser):
    @task
    def chat(self) -> None:
        with self.exchange():
            turn = self.ask()
            while moment := self._moment_to_barge_in(turn):
                turn = self.barge_in(turn, moment)
                if not self.choices.barges_in_again(self.turns):
                    break
            self.listen()

    def _moment_to_barge_in(self, turn: Turn) -> float | None:
        """Listens until it has come; None where the reply is over before, or the test is."""
        seconds = self.choices.barge_in_seconds(self.turns, self.options.barge_in_within)
        moment = self.listen_for(seconds, turn)
        return None if self.stopping else moment


events.init_command_line_parser.add_listener(_add_options)
