"""`live-bench size`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console

from bench.durations import Finite
from bench.exit_codes import MISSED

MOST_USERS = 10**9


@click.command()
@click.argument("source", metavar="CAPACITY", type=click.Path(path_type=Path))
@click.option(
    "--users", type=click.IntRange(1, MOST_USERS), required=True, help="How many people are connected at the same time."
)
@click.option("--objective", help="What has to hold.  [default: what CAPACITY was searched with]")
@click.option("--target", "targets", multiple=True, help="One of CAPACITY's; may be repeated.  [default: all]")
@click.option("--prices", type=click.Path(path_type=Path), help="A .toml file with prices and their date.")
@click.option(
    "--utilization",
    type=Finite(0.1, 1.0),
    default=0.6,
    show_default=True,
    help="The share of an instance's concurrency that the autoscaler keeps in use; 1 for a fixed number of instances.",
)
@click.option(
    "--vcpus",
    type=Finite(0.08, 8.0),
    help="Of an instance: 1, 2, 4, 6, 8, or a part of 1.  [default: as many cores as it was held to]",
)
@click.option(
    "--memory-gib",
    type=Finite(0.125, 32.0),
    help="Of an instance: as much as the platform has with so many vCPU.  [default: what was measured, and half]",
)
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def size(
    source: Path,
    users: int,
    objective: str | None,
    targets: tuple[str, ...],
    prices: Path | None,
    utilization: float,
    vcpus: float | None,
    memory_gib: float | None,
    results: Path,
) -> int:
    """Say how many instances so many people take, with which concurrency, and what that costs.

    CAPACITY is the folder that `live-bench capacity` left. The exit code is 1 where some target cannot serve them.
    """
    from bench.capacity import folder  # these take a second to import, which no other command needs
    from bench.objective import parse
    from bench.size.display import show
    from bench.size.make import Order, make
    from bench.size.prices import read_prices
    from bench.size.sizing import Demand

    capacity = folder.read(source)
    order = Order(
        capacity=capacity,
        source=source,
        targets=targets,
        demand=Demand(
            users=users,
            utilization=utilization,
            objective=parse(capacity.objective if objective is None else objective),
            vcpus=vcpus,
            memory_gib=memory_gib,
            prices=read_prices(prices) if prices else None,
        ),
        results=results,
        command=shlex.join(["live-bench", *sys.argv[1:]]),
    )
    made, sized = make(order)
    show(Console(), sized, made)
    return MISSED if any(one.instances is None for one in sized.sized) else 0
