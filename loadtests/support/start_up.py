"""Before the first person is spawned: can people come like that, is there a server, is there a token for it, is it up,
can the record be written, may we begin, is everybody there?

A master asks for all its workers, who present themselves to it.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import gevent
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from loadtests.support.address import Address
from loadtests.support.arrivals import Arrivals
from loadtests.support.backend import FAKE, NotSaid, backend_of
from loadtests.support.collector import Collector
from loadtests.support.departure import stay
from loadtests.support.id_token import NoToken
from loadtests.support.identity import Auth
from loadtests.support.load_process import LoadProcess
from loadtests.support.mistakes import give_up
from loadtests.support.options import options_of
from loadtests.support.presentation import Presentation
from loadtests.support.readiness import wait_until_exists, wait_until_healthy
from loadtests.support.record_stream import RecordStream
from loadtests.support.recorder import Recorder
from loadtests.support.register import Register
from loadtests.support.shard import shard_of
from loadtests.support.trust import check_trust

_START_FILE_SECONDS = 60.0
"""How long to look for --start-file where --wait-for-server does not say."""


def prepare(environment: Environment) -> LoadProcess | None:
    """All of it, in order; gives the ledgers of this process, or None where it is a master, which makes no load."""
    check_arrivals(environment)
    check_turns(environment)
    take_share(environment)
    check_server(environment)
    check_backend(environment)
    prefetch_token(environment)
    load = load_process(environment)
    register = present(environment)
    stay(environment)
    await_start(environment)
    if register:
        register.await_workers(float(options_of(environment).expect_workers_max_wait))
    # The event loop's idea of now dates from before the imports; timers set by it, --run-time's is one, would
    # fire as much too early.
    gevent.get_hub().loop.update_now()
    return load


def check_server(environment: Environment) -> None:
    """Exit unless --host is an address, whom to trust there and a token for it can be had where either is asked for
    and, with --wait-for-server, it gets healthy in time.

    Where the host can still come from elsewhere (the web page, or the master), a missing one is not yet a mistake.
    """
    options = options_of(environment)
    if isinstance(environment.runner, WorkerRunner) or (not environment.host and not options.headless):
        return
    try:
        address, auth = Address.of(environment.host), Auth.of_options(options)
        check_trust(address)
        auth.headers_for(address)
        heard = wait_until_healthy(address, options.wait_for_server, auth) if options.wait_for_server > 0 else None
    except (ValueError, NoToken) as mistake:
        give_up(str(mistake))
    if heard is not None:
        give_up(
            f"{environment.host} was not up within {options.wait_for_server:g} s ({heard}): "
            "start the server, or wait longer with --wait-for-server"
        )


def check_backend(environment: Environment) -> None:
    """Exit where a server says that a real model is behind it, or cannot say so yet, and nobody has said how much may
    be asked of it.

    A server that says nothing of it is taken as it is, and so are one that is not there and one whose address comes
    later, from the web page.
    """
    options = options_of(environment)
    if isinstance(environment.runner, WorkerRunner) or not environment.host:
        return
    if options.allow_real_model or options.max_turns:
        return
    with suppress(ValueError, NoToken):  # told by check_server, where they are mistakes
        address = Address.of(environment.host)
        try:
            backend = backend_of(address, Auth.of_options(options).headers_for(address))
        except NotSaid as heard:
            give_up(
                f"{environment.host} does not say whether a real model is behind it ({heard}), which would cost money: "
                "wait for it with --wait-for-server SECONDS, say with --max-turns TURNS how much may be asked of it, "
                "or add --allow-real-model"
            )
        if backend not in (None, FAKE):
            give_up(
                f"{environment.host} says that a real model is behind it ({backend}), which costs money and has "
                "quotas: say with --max-turns TURNS how much may be asked of it, or add --allow-real-model"
            )


def prefetch_token(environment: Environment) -> None:
    """Have a worker get its own before anybody comes, who would wait for it; there the reason is told if there is none.

    A worker that learns only from its master that there are to be tokens gets its own with the first session.
    """
    if isinstance(environment.runner, WorkerRunner) and environment.host:
        with suppress(ValueError, NoToken):
            Auth.of_options(options_of(environment)).headers_for(Address.of(environment.host))


def check_arrivals(environment: Environment) -> None:
    """Exit unless people can come as the options say; and have workers know of how many people the master means."""
    try:
        Arrivals.of(options_of(environment))
    except ValueError as mistake:
        give_up(str(mistake))
    environment.events.test_start.add_listener(_tell_people)


def check_turns(environment: Environment) -> None:
    """Exit where a limit of turns is to be kept by processes that do not know of each other's."""
    options, runner = options_of(environment), environment.runner
    forked = isinstance(runner, WorkerRunner) and options.processes  # Its parent says so.
    if options.max_turns and not isinstance(runner, LocalRunner) and not forked:
        give_up("--max-turns is counted in one process: leave out --processes and workers, or the limit")


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
        copy = _recorder(runner, options.record_copy, "--record-copy")
        stream = RecordStream(runner, lambda: bool(options.record), copy)
        return LoadProcess(environment, runner, stream, shard_of(options))
    if isinstance(runner, LocalRunner):
        return LoadProcess(environment, runner, _recorder(runner, options.record, "--record"), shard_of(options))
    return None


def _recorder(runner: LocalRunner | WorkerRunner, folder: str | None, option: str) -> Recorder | None:
    """For a folder that is given; exits where nothing can be written there."""
    try:
        return Recorder(Path(folder), runner.worker_index, os.getpid()) if folder else None
    except OSError as error:
        _cannot_record(folder, option, error)


def _cannot_record(folder: str | None, option: str, error: OSError) -> NoReturn:
    give_up(f"cannot record to {folder}: {error.strerror}: choose another folder with {option}")


def present(environment: Environment) -> Register | None:
    """Workers and master to each other; a master collects records from then on. Gives its register."""
    runner, options = environment.runner, options_of(environment)
    if isinstance(runner, WorkerRunner):
        # It waits for answers, and so must not hold up what else is to be ready when the master has people spawned.
        gevent.spawn(Presentation(environment, runner).make)
    if not isinstance(runner, MasterRunner):
        return None
    register = Register(runner, options.expect_workers if options.headless or options.autostart else 0)
    try:
        if options.record:
            Collector(environment, runner, register, Path(options.record))
    except OSError as error:
        _cannot_record(options.record, "--record", error)
    return register


def await_start(environment: Environment) -> None:
    """With --start-file, return only when it exists, and exit where it does not come."""
    options = options_of(environment)
    timeout_seconds = options.wait_for_server or _START_FILE_SECONDS
    if options.start_file and not wait_until_exists(options.start_file, timeout_seconds):
        give_up(
            f"--start-file {options.start_file} was not there within {timeout_seconds:g} s: "
            "create it when the load may begin, or wait longer with --wait-for-server"
        )
