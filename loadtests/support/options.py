"""The options all scenarios share, each with its environment variable. A scenario adds its own the same way."""

import os
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from loadtests.support.arrivals import ASSUMED_REPLY_SECONDS, MODES, USUAL_TURNS_PER_VISIT, mode_of, rate_of, turns_of
from loadtests.support.identity import MODES as MODES_OF_IDENTITY, mode_of as mode_of_identity
from loadtests.support.mistakes import give_up
from loadtests.support.seconds import not_negative, positive
from loadtests.support.shard import written
from loadtests.support.turn_limit import most_turns_of

Value = TypeVar("Value")


def options_of(environment: Environment) -> Namespace:
    """What was given on the command line, by environment variables, or on Locust's page."""
    options = environment.parsed_options
    assert isinstance(options, Namespace)
    return options


def add_options(parser: LocustArgumentParser) -> None:
    _bound_processes(parser)
    parser.add_argument(
        "--record",
        metavar="DIR",
        env_var="BENCH_RECORD",
        include_in_web_ui=False,
        help="write every turn, raw, to DIR/turns-<worker>-<pid>.ndjson; with workers the master writes them all",
    )
    parser.add_argument(
        "--record-copy",
        metavar="DIR",
        env_var="BENCH_RECORD_COPY",
        include_in_web_ui=False,
        help="of a worker: write what it sends to its master to a file in DIR as well, should the master be lost",
    )
    parser.add_argument(
        "--end-file",
        metavar="PATH",
        env_var="BENCH_END_FILE",
        include_in_web_ui=False,
        help="when the record is whole, stay until this file exists, for an hour at most: where what was written goes "
        "with the process, as in a container, there is time to fetch it",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        env_var="BENCH_SEED",
        help="same seed, same people: prompts, pauses and moments of barge-in (default: 1)",
    )
    parser.add_argument(
        "--shard",
        metavar="I/N",
        type=or_give_up(written),
        env_var="BENCH_SHARD",
        include_in_web_ui=False,
        help="be number I, from 0, of N loads that are started with the same options and make one: -u, -r and "
        "--arrival-rate are of all of them, and this one takes its share, of people that no other has",
    )
    parser.add_argument(
        "--think-seconds",
        metavar="SECONDS",
        type=or_give_up(partial(not_negative, "--think-seconds")),
        default=3.0,
        env_var="BENCH_THINK_SECONDS",
        help="mean pause between a reply and the next prompt; 0 for none (default: 3, or what the scenario says)",
    )
    _add_arrivals(parser)
    _add_identity(parser)
    parser.add_argument(
        "--max-turns",
        metavar="TURNS",
        type=or_give_up(most_turns_of),
        env_var="BENCH_MAX_TURNS",
        include_in_web_ui=False,
        help="end the load once so many turns have been begun in all and are over; it has to be of one process "
        "(default: no limit)",
    )
    parser.add_argument(
        "--allow-real-model",
        action="store_true",
        env_var="BENCH_ALLOW_REAL_MODEL",
        include_in_web_ui=False,
        help="load a server that says that a real model is behind it without a limit of turns (default: only with "
        "--max-turns)",
    )
    parser.add_argument(
        "--keep-cookies",
        action="store_true",
        env_var="BENCH_KEEP_COOKIES",
        help="let each person keep the cookies that a session's server set for the sessions after it, as session "
        "affinity needs (default: no cookies)",
    )
    parser.add_argument(
        "--no-tags",
        action="store_true",
        env_var="BENCH_NO_TAGS",
        help="send prompts without the tag that a fake Gemini answers with its own timing",
    )
    parser.add_argument(
        "--connect-timeout",
        metavar="SECONDS",
        type=or_give_up(partial(positive, "--connect-timeout")),
        default=10.0,
        env_var="BENCH_CONNECT_TIMEOUT",
        help="give up on a session that is not open by then (default: 10)",
    )
    parser.add_argument(
        "--reply-timeout",
        metavar="SECONDS",
        type=or_give_up(partial(positive, "--reply-timeout")),
        default=30.0,
        env_var="BENCH_REPLY_TIMEOUT",
        help="give up on a turn after so long a silence (default: 30)",
    )
    parser.add_argument(
        "--wait-for-server",
        metavar="SECONDS",
        type=or_give_up(partial(not_negative, "--wait-for-server")),
        default=0.0,
        env_var="BENCH_WAIT_FOR_SERVER",
        include_in_web_ui=False,
        help="begin only when HOST/healthz answers 200, and give up after so long (default: 0, do not look)",
    )
    parser.add_argument(
        "--start-file",
        metavar="PATH",
        env_var="BENCH_START_FILE",
        include_in_web_ui=False,
        help="begin only when this file exists; patient as --wait-for-server says, or for 60 s",
    )


def _add_arrivals(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--arrivals",
        choices=MODES,
        type=or_give_up(mode_of),
        default="partly-open",
        env_var="BENCH_ARRIVALS",
        help="closed: -u people who are always there; open: people come whatever the server does, ask once, and leave; "
        "partly-open: they take some turns before they leave (default: partly-open)",
    )
    parser.add_argument(
        "--arrival-rate",
        metavar="PER_SECOND",
        type=or_give_up(rate_of),
        env_var="BENCH_ARRIVAL_RATE",
        help="sessions that come per second at -u people, unless arrivals are closed (default: as many as keep about "
        "-u people there by Little's law, -u / (turns per visit x "
        f"{ASSUMED_REPLY_SECONDS:g} s for a reply + pauses between x think seconds))",
    )
    parser.add_argument(
        "--turns-per-visit",
        metavar="TURNS",
        type=or_give_up(turns_of),
        env_var="BENCH_TURNS_PER_VISIT",
        help=f"turns a person takes before leaving, on average (default: {USUAL_TURNS_PER_VISIT} where partly-open; 1, "
        "and nothing else, where open; where closed people stay, or come back for what the scenario says)",
    )


def _add_identity(parser: LocustArgumentParser) -> None:
    parser.add_argument(
        "--auth",
        choices=MODES_OF_IDENTITY,
        type=or_give_up(mode_of_identity),
        default="none",
        env_var="BENCH_AUTH",
        include_in_web_ui=False,
        help="send an identity token with every upgrade, as private services on Cloud Run demand: what gcloud prints; "
        "from Application Default Credentials; from the metadata server; from a file (default: none)",
    )
    parser.add_argument(
        "--token-file",
        metavar="PATH",
        env_var="BENCH_TOKEN_FILE",
        include_in_web_ui=False,
        help="of --auth token-file: where the token is; read again whenever one is due",
    )
    parser.add_argument(
        "--audience",
        metavar="URL",
        env_var="BENCH_AUDIENCE",
        include_in_web_ui=False,
        help="whom the token is for (default: https://HOST[:PORT] of --host)",
    )


def or_give_up(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """As `read`, which raises ValueError, but with one line where argparse would add its usage to the mistake."""

    def value(text: str) -> Value:
        try:
            return read(text)
        except ValueError as mistake:
            give_up(str(mistake))

    return value


def _bound_processes(parser: LocustArgumentParser) -> None:
    """--processes is Locust's own option, which takes any number and forks before anybody else is asked."""
    next(action for action in parser._actions if action.dest == "processes").type = _process_count


def _process_count(text: str) -> int:
    cores = os.cpu_count() or 1
    if not text.isdecimal() or not 1 <= int(text) <= cores:
        give_up(f"--processes {text} is not from 1 to {cores}, the number of this machine's cores")
    return int(text)
