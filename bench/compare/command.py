"""`live-bench compare`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console


@click.command()
@click.argument("base", metavar="A", type=click.Path(path_type=Path))
@click.argument("other", metavar="B", type=click.Path(path_type=Path))
@click.option("--across-machines", is_flag=True, help="Compare even runs from different machines, which proves little.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def compare(base: Path, other: Path, across_machines: bool, results: Path) -> None:
    """Hold run B against run A: two results folders, or their run.json.

    The exit code is 0 whenever the comparison was made, also where B is worse: comparing is not gating. It is 2 where
    there is nothing to compare: another workload, another machine, nothing shared, or a run that is INVALID.
    """
    from bench.compare.display import show  # these take a second to import, which no other command needs
    from bench.compare.make import Order, make

    command = shlex.join(["live-bench", *sys.argv[1:]])
    folder, comparison = make(Order(base, other, across_machines, results, command))
    show(Console(), comparison, folder)
