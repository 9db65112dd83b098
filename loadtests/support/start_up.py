"""Before the first person is spawned: can people come like that, is there a server, is it up, can the record be
written, may we begin?

A master asks for all its workers.
"""

import os
from pathlib import Path

import gevent
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from loadtests.support.address import Address
from loadtests.support.arrivals import Arrivals
from loadtests.support.collector import Collector
from loadtests.support.load_process import LoadProcess
from loadtests.support.mistakes import give_up
from loadtests.support.options import options_of
from loadtests.support.readiness import wait_until_exists, wait_until_healthy
from loadtests.support.record_stream import RecordStream
from loadtests.support.recorder import Recorder
from loadtests.support.shard import shard_of

_START_FILE_SECONDS = 60.0
"""How long to look for --start-file where --wait-for-server does not say."""


def prepare(environment: Environment) -> LoadProcess | None:
    """All of it, in order; gives the ledgers of this process, or None where it is a master, which makes no load."""
    check_arrivals(environment)
    take_share(environment)
    check_server(environment)
    load = load_process(environment)
    await_start(environment)
    # The event loop's idea of now dates from before the imports; timers set by it, --run-time's is one, would
    # fire as much too early.
    gevent.get_hub().loop.update_now()
    return load


def check_server(environment: Environment) -> None:
    """Exit unless --host is an address and, with --wait-for-server, until it is healthy.

    Where the host can still come from elsewhere (the web page, or the master), a missing one is not yet a mistake.
    """
    options = options_of(environment)
    if isinstance(environment.runner, WorkerRunner) or (not environment.host and not options.headless):
        return
    try:
        address = Address.of(environment.host)
    except ValueError as mistake:
        give_up(str(mistake))
    if options.wait_for_server > 0:
        heard = wait_until_healthy(address, options.wait_for_server)
        if heard is not None:
            give_up(
                f"{environment.host} was not up within {options.wait_for_server:g} s ({heard}): "
                "start the server, or wait longer with --wait-for-server"
            )


def check_arrivals(environment: Environment) -> None:
    """Exit unless people can come as the options say; and have workers know of how many people the master means."""
    try:
        Arrivals.of(options_of(environment))
    except ValueError as mistake:
        give_up(str(mistake))
    environment.events.test_start.add_listener(_tell_people)


def _tell_people(environment: Environment, **_: object) -> None:
    """Locust keeps -u from workers elsewhere, but not what it does not know: and its page may have changed it."""
    options = options_of(environment)
    if not isinstance(environment.runner, WorkerRunner) and not shard_of(options):
        options.people = options.num_users


def take_share(environment: Environment) -> None:
    """With --shard, leave of -u and -r what is this shard's, and exit where that is nobody; `people` stays the whole.

    Workers are told by their master how many they are.
    """
    options = options_of(environment)
    shard = shard_of(options)
    if not shard or isinstance(environment.runner, WorkerRunner):
        return
    if not options.headless or not options.num_users:
        give_up(f"--shard {shard} is of a number of people that is given beforehand: add --headless and -u")
    if options.num_users < shard.count:
        give_up(
            f"-u {options.num_users} leaves nobody to some of {shard.count} shards: give more people, or fewer shards"
        )
    options.people = options.num_users
    options.num_users = shard.share(options.people)
    if options.spawn_rate:
        options.spawn_rate = shard.rate(options.people, options.spawn_rate)


def load_process(environment: Environment) -> LoadProcess | None:
    """The ledgers of this process, with a record where --record asks for it; None for a master, which makes no load."""
    runner, options = environment.runner, options_of(environment)
    if isinstance(runner, WorkerRunner):
        return LoadProcess(environment, runner, RecordStream(runner, lambda: bool(options.record)), shard_of(options))
    try:
        if isinstance(runner, MasterRunner) and options.record:
            Collector(environment, runner, Path(options.record))
        if not isinstance(runner, LocalRunner):
            return None
        recorder = Recorder(Path(options.record), runner.worker_index, os.getpid()) if options.record else None
        return LoadProcess(environment, runner, recorder, shard_of(options))
    except OSError as error:
        give_up(f"cannot record to {options.record}: {error.strerror}: choose another folder with --record")


def await_start(environment: Environment) -> None:
    """With --start-file, return only when it exists, and exit where it does not come."""
    options = options_of(environment)
    timeout_seconds = options.wait_for_server or _START_FILE_SECONDS
    if options.start_file and not wait_until_exists(options.start_file, timeout_seconds):
        give_up(
            f"--start-file {options.start_file} was not there within {timeout_seconds:g} s: "
            "create it when the load may begin, or wait longer with --wait-for-server"
        )
