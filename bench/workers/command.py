"""The options of `run` that spread its load over machines, and what becomes of them."""

import functools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from bench.crew import Crew, Here, check_processes
from bench.durations import Finite
from bench.errors import BenchError
from bench.exit_codes import CANNOT, INTERRUPTED, INVALID
from bench.workers.follow import MasterGone, Worker, follow
from bench.workers.master import Master, Meeting

PORT = 5557
OF_MASTERS = ("expect_workers", "master_bind_host", "master_bind_port")
OF_WORKERS = ("master_host", "master_port", "copies")
OF_THE_RUN = (
    *("profile", "targets", "seed", "results", "allow_real_model", "max_sessions", "max_turns"),
    *("auth", "token_file", "audience"),
)
"""What a worker is told by its master: also how it is to get an identity token, though it gets one of its own."""
OF_SHARDS = ("shard", "barrier", "barrier_limit", "barrier_lead")
_OPTIONS = (
    click.option("--master", is_flag=True, help="Let workers on other machines make the load."),
    click.option("--expect-workers", type=click.IntRange(1), help="With --master: how many there are."),
    click.option(
        "--master-bind-host", default="0.0.0.0", show_default=True, help="With --master: the address they come to."
    ),
    click.option(
        "--master-bind-port",
        type=click.IntRange(1, 65534),
        default=PORT,
        show_default=True,
        help="With --master: the port they come to; the next is taken too.",
    ),
    click.option("--worker", is_flag=True, help="Make load for a run on another machine, until it is over."),
    click.option("--master-host", help="With --worker: where the run is."),
    click.option(
        "--master-port", type=click.IntRange(1, 65534), default=PORT, show_default=True, help="With --worker."
    ),
    click.option(
        "--copies",
        type=click.Path(path_type=Path, file_okay=False),
        help="With --worker: where copies of the records are kept.  [default: a temporary folder]",
    ),
    click.option(
        "--workers-timeout",
        metavar="SECONDS",
        type=Finite(0.0, min_open=True),
        default=60.0,
        show_default=True,
        help="How long a master waits for its workers, and they look for it.",
    ),
)


@dataclass(frozen=True)
class Distribution:
    """Who makes the load, as the user asked for it."""

    master: bool
    expect_workers: int | None
    master_bind_host: str
    master_bind_port: int
    worker: bool
    master_host: str | None
    master_port: int
    copies: Path | None
    workers_timeout: float

    @contextmanager
    def crew(self, processes: int, say: Callable[[str], None]) -> Iterator[Crew]:
        """Workers from elsewhere, until it is left, or else so many processes of this machine. Raises BenchError."""
        if not self.master:
            yield Here(processes)
            return
        if self.expect_workers is None:
            raise BenchError("how many workers will there be? say so with --expect-workers")
        meeting = Meeting(self.master_bind_host, self.master_bind_port, self.expect_workers, self.workers_timeout)
        with Master(meeting, say) as master:
            yield master

    def work(self, processes: int, say: Callable[[str], None]) -> int:
        """As a worker, until the run is over: the exit code. Raises BenchError where there is no run to follow."""
        if self.master_host is None:
            raise BenchError("where is the run? say so with --master-host")
        check_processes(processes)
        copies = _folder(self.copies)
        worker = Worker(self.master_host, self.master_port, processes, self.workers_timeout, copies)
        try:
            ending = follow(worker, say)
        except MasterGone as error:
            click.echo(f"error: {error}", err=True)
            return INVALID
        executions = f"{ending.executions} execution{'' if ending.executions == 1 else 's'}"
        told = f"{executions} followed; copies of the records are in {copies}"
        if ending.why:
            click.echo(f"error: the run is over before its end: {ending.why} ({told})", err=True)
            return CANNOT
        if ending.by_hand:
            say(f"the run was ended by hand: {told}")
            return INTERRUPTED
        say(f"the run is over: {told}")
        return 0


def _folder(given: Path | None) -> Path:
    """For copies: the one that is given, or one that nobody has. Raises BenchError where it cannot be made."""
    if given is None:
        return Path(tempfile.mkdtemp(prefix="live-bench-worker-"))
    try:
        given.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchError(f"cannot keep copies in {given}: {error.strerror}; name another folder") from error
    return given


def distribution(command: Callable[..., int]) -> Callable[..., int]:
    """Adds the options to a command, which gets them as its `distribution`."""

    @functools.wraps(command)
    def told(**values: Any) -> int:
        chosen = {name: values.pop(name) for name in Distribution.__dataclass_fields__}
        _check(click.get_current_context())
        return command(distribution=Distribution(**chosen), **values)

    return functools.reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), told)


def _check(context: click.Context) -> None:
    """Raises BenchError for options that would do nothing."""
    master, worker = context.params["master"], context.params["worker"]
    if master and worker:
        raise BenchError("--master and --worker are two commands: give each its own")
    if not master:
        _refuse(context, OF_MASTERS, "is of a run that has workers: add --master, or leave it out")
    if not worker:
        _refuse(context, OF_WORKERS, "is of a worker: add --worker, or leave it out")
    if not master and not worker:
        _refuse(context, ("workers_timeout",), "is of runs with workers: add --master or --worker, or leave it out")
    if master:
        _refuse(context, ("processes",), "is of each worker: give it there")
    if worker:
        _refuse(context, OF_THE_RUN, "is for the master to say: leave it out here")
        _refuse(context, OF_SHARDS, "is of a shard, which makes its load without a master: leave it out, or --worker")


def _refuse(context: click.Context, names: Any, why: str) -> None:
    for name in names:
        if context.get_parameter_source(name) not in (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP, None):
            option = next(parameter for parameter in context.command.params if parameter.name == name)
            raise BenchError(f"{option.opts[0]} {why}")
