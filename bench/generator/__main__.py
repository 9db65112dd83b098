"""`make bench-generator`, also `python -m bench.generator`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.__main__ import conduct
from bench.generator.make import RECORD, Order, make
from bench.generator.record import Comparison, findings, is_invalid
from bench.generator.summary import basis, headline, table, verdicts

MISSED, INVALID, INTERRUPTED = 1, 3, 130


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=6, show_default=True, help="Of both, one after the other.")
@click.option("--crowd", type=click.IntRange(100), default=5000, show_default=True, help="People who ask every minute.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides what is asked and how it is answered.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def compare(rounds: int, crowd: int, seed: int, results: Path) -> int:
    """Hold the load generator against the plain recipe: how right each reads, at what cost, up to which load."""
    console = Console()
    command = shlex.join(["python", "-m", "bench.generator", *sys.argv[1:]])

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    folder, comparison = make(Order(rounds, crowd, seed, results, command), say)
    console.print(_table(comparison), end="\n\n")
    for sentence in (basis(comparison), f"{headline(comparison)}.", *verdicts(comparison)):
        say(sentence)
    say(f"Comparison: {folder / RECORD}")
    return exit_code(comparison)


def exit_code(comparison: Comparison) -> int:
    """A target that nobody can tell about was not reached."""
    if not comparison.complete:
        return INTERRUPTED
    if is_invalid(comparison):
        return INVALID
    return 0 if all(finding.held for finding in findings(comparison)) else MISSED


def _table(comparison: Comparison) -> Table:
    head, *lines = table(comparison)
    shown = Table(box=None, pad_edge=False)
    for index, title in enumerate(head):
        shown.add_column(title, justify="right" if index else "left")
    for line in lines:
        shown.add_row(*line)
    return shown


if __name__ == "__main__":
    conduct(lambda: compare)
