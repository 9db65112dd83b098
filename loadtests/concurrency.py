"""Concurrency: more and more people, who come for a few turns, leave, and come back as a new session.

    locust -f loadtests/concurrency.py --host ws://127.0.0.1:8080 --headless -u 60 -t 60s --steps 6

The load climbs to `-u` people in equal steps over `-t` (10 s a step where that is not given). The first turn of a
visit is planned before connecting: on a server whose threads are all taken, the wait for one is part of it.
"""

import time

import gevent
from locust import LoadTestShape, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.support.chat_user import ChatUser
from loadtests.support.options import options_of

_STEP_SECONDS = 10.0
_TICK_SECONDS = 1.0
"""How often Locust asks a shape."""
_RAMP_SHARE = 0.2
"""The share of a step in which its people arrive, unless --spawn-rate says how fast."""
_FASTEST_PER_SECOND = 100.0


def _add_options(parser: LocustArgumentParser) -> None:
    parser.set_defaults(think_seconds=1.0)
    parser.add_argument(
        "--steps", type=int, default=6, env_var="BENCH_STEPS", help="climb in so many equal steps (default: 6)"
    )
    parser.add_argument(
        "--turns-per-visit",
        type=int,
        default=3,
        env_var="BENCH_TURNS_PER_VISIT",
        help="turns a person takes before leaving, on average (default: 3)",
    )


def _choose_spawn_rate(environment: Environment, **_: object) -> None:
    """Before Locust falls back on one person per second, which a short step has no time for."""
    options = options_of(environment)
    if options.spawn_rate is None and options.num_users:
        step_seconds = options.run_time / options.steps if options.run_time else _STEP_SECONDS
        rate = options.num_users / options.steps / (_RAMP_SHARE * step_seconds)
        options.spawn_rate = min(_FASTEST_PER_SECOND, max(1.0, rate))


class Visitor(ChatUser):
    visits = 0
    turns_left = 0

    @task
    def chat(self) -> None:
        if self.connection is None:
            self.visits += 1
            self.turns_left = self.choices.turns_of_visit(self.visits, self.options.turns_per_visit)
        with self.exchange():
            self.ask()
            self.listen()
        self.turns_left -= 1
        if self.turns_left <= 0:
            self.leave()


class Steps(LoadTestShape):
    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        assert self.runner
        options = options_of(self.runner.environment)
        step_seconds = options.run_time / options.steps if options.run_time else _STEP_SECONDS
        self._wait_for_boundary(step_seconds)
        step = int(self._elapsed_seconds / step_seconds) + 1
        if step > options.steps:
            return None
        return max(1, round(options.num_users * step / options.steps)), options.spawn_rate

    @property
    def _elapsed_seconds(self) -> float:
        return time.perf_counter() - self.start_time

    def _wait_for_boundary(self, step_seconds: float) -> None:
        """Locust asks once a second: where the next step begins before it asks again, answer when it begins."""
        left_seconds = step_seconds - self._elapsed_seconds % step_seconds
        if left_seconds < _TICK_SECONDS < step_seconds:
            gevent.sleep(left_seconds)


events.init_command_line_parser.add_listener(_add_options)
events.init.add_listener(_choose_spawn_rate)
