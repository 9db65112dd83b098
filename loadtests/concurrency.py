"""Concurrency: more and more people, who come for a few turns and leave.

    locust -f loadtests/concurrency.py --host ws://127.0.0.1:8080 --headless -u 60 -t 60s --steps 6

The load climbs to `-u` people in equal steps and, with `--hold-seconds`, stays at the top for so much longer: whoever
asks late in the last step is still served under full load. `-t` is all of it, so a step takes (`-t` - hold) / steps;
where it is not given, a step takes 10 s and the hold comes on top. The first turn of a visit is planned before
connecting: on a server whose threads are all taken, the wait for one is part of it. With `--arrivals closed` those who
have left come back after a pause, as a new session; else others come in their place, whatever the server does.
"""

import time
from argparse import Namespace
from functools import partial

import gevent
from locust import LoadTestShape, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.support.arrivals import people_of
from loadtests.support.chat_user import ChatUser
from loadtests.support.mistakes import give_up
from loadtests.support.options import options_of, or_give_up
from loadtests.support.seconds import not_negative
from loadtests.support.shard import shard_of

_STEP_SECONDS = 10.0
_TICK_SECONDS = 1.0
"""How often Locust asks a shape."""
_RAMP_SHARE = 0.2
"""The share of a step in which its people arrive, unless --spawn-rate says how fast."""
_FASTEST_PER_SECOND = 100.0


def _steps(text: str) -> int:
    """Raises ValueError for none."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"--steps {text} is not a number of steps from 1 on")
    return int(text)


def _add_options(parser: LocustArgumentParser) -> None:
    parser.set_defaults(think_seconds=1.0)
    parser.add_argument(
        "--steps",
        type=or_give_up(_steps),
        default=6,
        env_var="BENCH_STEPS",
        help="climb in so many equal steps (default: 6)",
    )
    parser.add_argument(
        "--hold-seconds",
        metavar="SECONDS",
        type=or_give_up(partial(not_negative, "--hold-seconds")),
        default=0.0,
        env_var="BENCH_HOLD_SECONDS",
        help="stay so much longer at the top after the last step; -t includes it (default: 0)",
    )


def _step_seconds(options: Namespace) -> float:
    """How long a step takes. Raises ValueError for a hold that leaves the steps no time."""
    if not options.run_time:
        return _STEP_SECONDS
    climb_seconds = options.run_time - options.hold_seconds
    if climb_seconds <= 0:
        raise ValueError(
            f"--hold-seconds {options.hold_seconds:g} leaves no time for the steps of a run of {options.run_time:g} s: "
            "hold shorter, or run longer with -t"
        )
    return float(climb_seconds / options.steps)


def _people_at(step: int, options: Namespace) -> int:
    """How many are wanted, by this shard where the load is divided."""
    shard = shard_of(options)
    people = max(1, round((people_of(options) if shard else options.num_users) * step / options.steps))
    return shard.share(people) if shard else people


def _choose_spawn_rate(environment: Environment, **_: object) -> None:
    """Before Locust falls back on one person per second, which a short step has no time for."""
    options = options_of(environment)
    try:
        step_seconds = _step_seconds(options)
    except ValueError as mistake:
        give_up(str(mistake))
    if options.num_users and not _people_at(1, options):
        give_up(f"--shard {options.shard} has nobody in the first of {options.steps} steps: give more people with -u")
    if options.spawn_rate is None and options.num_users:
        rate = options.num_users / options.steps / (_RAMP_SHARE * step_seconds)
        options.spawn_rate = min(_FASTEST_PER_SECOND, max(1.0, rate))


class Visitor(ChatUser):
    turns_per_visit = 3

    @task
    def chat(self) -> None:
        with self.exchange():
            self.ask()
            self.listen()


class Steps(LoadTestShape):
    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        assert self.runner
        options = options_of(self.runner.environment)
        step_seconds = _step_seconds(options)
        end_seconds = step_seconds * options.steps + options.hold_seconds
        # The hold is the rest of the last step: it asks for the same number of people.
        step = self._step(step_seconds, options.steps)
        if step_seconds > _TICK_SECONDS:
            self._wait_for_boundary(end_seconds if step == options.steps else step * step_seconds)
        if self._elapsed_seconds >= end_seconds:
            return None
        step = self._step(step_seconds, options.steps)
        return _people_at(step, options), options.spawn_rate

    @property
    def _elapsed_seconds(self) -> float:
        return time.perf_counter() - self.start_time

    def _step(self, step_seconds: float, steps: int) -> int:
        """Which step it is now, from 1."""
        return min(steps, int(self._elapsed_seconds / step_seconds) + 1)

    def _wait_for_boundary(self, boundary_seconds: float) -> None:
        """Locust asks once a second: where this step is over before it asks again, answer when it is over."""
        while 0 < (left_seconds := boundary_seconds - self._elapsed_seconds) < _TICK_SECONDS:
            gevent.sleep(left_seconds)


events.init_command_line_parser.add_listener(_add_options)
events.init.add_listener(_choose_spawn_rate)
