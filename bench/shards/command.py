"""What makes a shard of `live-bench run`: its options, and what is said when it has ended."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from bench.durations import Duration
from bench.errors import BenchError
from bench.exit_codes import INTERRUPTED, INVALID
from bench.progress import Progress
from bench.run import Order
from bench.shards.make import Sharding, make
from loadtests.support.shard import Shard

LIMIT_SECONDS, LEAD_SECONDS = 600.0, 10.0
LONGEST_LEAD_SECONDS = 30.0
"""Locust is started before the moment to begin, and gives up when it is not told to within a minute."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class OneOf(click.ParamType[Shard]):
    """An option that is read into a shard."""

    name = "shard"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Shard:
        try:
            return value if isinstance(value, Shard) else Shard.of(str(value))
        except ValueError as mistake:
            raise BenchError(str(mistake)) from mistake


def options(command: Decorated) -> Decorated:
    """Adds them to a command, as `shard`, `barrier`, `barrier_limit` and `barrier_lead`."""
    for option in (
        click.option(
            "--barrier-lead",
            type=Duration(),
            default=LEAD_SECONDS,
            show_default="10s",
            help="How long after the last shard has come an execution begins.",
        ),
        click.option(
            "--barrier-limit",
            type=Duration(),
            default=LIMIT_SECONDS,
            show_default="600s",
            help="How long to wait for the other shards.",
        ),
        click.option(
            "--barrier",
            type=click.Path(path_type=Path),
            help="A folder that all shards see, where they wait for one another.  [default: as --results]",
        ),
        click.option(
            "--shard",
            type=OneOf(),
            metavar="I/N",
            help="Make share I, from 0, of a load that N calls make together, to be added up by live-bench merge.  "
            "[default: as a Cloud Run job says]",
        ),
    ):
        command = option(command)
    return command


def of_environment(environment: Mapping[str, str]) -> Shard | None:
    """The task of a Cloud Run job, where it has several."""
    index, count = (environment.get(f"CLOUD_RUN_TASK_{name}", "") for name in ("INDEX", "COUNT"))
    if not index or not count or count == "1":
        return None
    try:
        return Shard.of(f"{index}/{count}")
    except ValueError as error:
        raise BenchError(f"CLOUD_RUN_TASK_INDEX={index} and CLOUD_RUN_TASK_COUNT={count} are no shard") from error


def results_of(results: Path, environment: Mapping[str, str]) -> Path:
    """On Cloud Run each execution of a job has a folder of its own, for all of them mount the same bucket."""
    execution = environment.get("CLOUD_RUN_EXECUTION", "")
    return results / execution if execution else results


def sharding(
    shard: Shard | None, results: Path, barrier: Path | None, limit_seconds: float, lead_seconds: float
) -> tuple[Sharding, Path] | None:
    """How to meet the others, and where to keep results; None where the load is not divided. Raises BenchError."""
    if lead_seconds > LONGEST_LEAD_SECONDS:
        raise BenchError(
            f"--barrier-lead {lead_seconds:g}s is longer than a load waits: give {LONGEST_LEAD_SECONDS:g}s at most"
        )
    from_environment = None if shard else of_environment(os.environ)
    chosen = shard or from_environment
    if chosen is None:
        if barrier is not None:
            raise BenchError(f"--barrier {barrier} is of several shards: say which this is with --shard I/N")
        return None
    if from_environment:
        results = results_of(results, os.environ)
    return Sharding(chosen, barrier or results, limit_seconds, lead_seconds), results


def conduct(order: Order, how: Sharding, console: Console) -> int:
    """Measures, says what is to be said of the load generator, and gives the exit code: 0 where that was well."""

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    left = make(order, how, Progress(console))
    for reason in left.findings:
        say(f"{reason.verdict}: {reason.message}")
    if not left.complete:
        say(f"Shard {how.shard} was ended by hand; what it had measured is in {left.folder}")
        return INTERRUPTED
    say(f"Shard {how.shard} is done: {left.folder}. When all are: live-bench merge {order.results}")
    return 0 if left.healthy else INVALID
