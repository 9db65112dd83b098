"""Faults: people who ask again what was not answered, while something goes wrong behind the server.

    locust -f loadtests/faults.py --host ws://127.0.0.1:8080 --headless -u 20 -t 30s --give-up 5

The faults themselves are the fake Gemini's (its --faults). Who is told that a turn failed, loses the session or gets a
reply that is cut short comes back after a short pause and asks the same question once more, until it is answered.
Nobody waits for ever: a reply that is not whole after --give-up seconds is given up as `timed_out`, which is how a
fault is seen that nobody tells of. Arrivals are closed unless --arrivals says otherwise, for a visitor whose session
failed never comes back; people leave after some turns and come back as new sessions.
"""

from functools import partial

from locust import events, task
from locust.argument_parser import LocustArgumentParser

from loadtests.support.chat_user import ChatUser
from loadtests.support.clock import now
from loadtests.support.failures import SessionFailed
from loadtests.support.options import or_give_up
from loadtests.support.seconds import positive
from loadtests.support.turn import Turn


def _add_options(parser: LocustArgumentParser) -> None:
    parser.set_defaults(think_seconds=0.5, arrivals="closed")
    parser.add_argument(
        "--give-up",
        metavar="SECONDS",
        type=or_give_up(partial(positive, "--give-up")),
        default=10.0,
        env_var="BENCH_GIVE_UP",
        help="give up on a reply that is not whole so long after the prompt (default: 10)",
    )


class FaultsUser(ChatUser):
    turns_per_visit = 4
    _latest: Turn | None = None
    """The turn that was planned last."""
    _unanswered: Turn | None = None
    """The turn that failed last, until its question is answered."""
    _asked = ""

    @task
    def chat(self) -> None:
        with self.exchange():
            self.ask()
            self.listen()

    def question(self) -> str:
        failed = self._latest and self._latest.outcome == "failed"
        self._unanswered = self._latest if failed else None
        if not failed:
            self._asked = super().question()
        return self._asked

    def _plan(self, planned_at: float) -> Turn:
        turn = super()._plan(planned_at)
        turn.asks_again = self._unanswered.id if self._unanswered else None
        self._latest = turn
        return turn

    def _wait(self, moment: float) -> None:
        """Raises SessionFailed also where the reply has taken too long."""
        patience_ends_at = self._sent_at + float(self.options.give_up)
        super()._wait(min(moment, patience_ends_at))
        if self.conversation.waiting and now() >= patience_ends_at:
            raise SessionFailed("timed_out", f"no whole reply within {self.options.give_up:g} s")


events.init_command_line_parser.add_listener(_add_options)
