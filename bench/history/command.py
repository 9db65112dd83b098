"""`live-bench history`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--target", "targets", multiple=True, help="Keep to this target of the runs; may be repeated.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def history(folders: tuple[Path, ...], targets: tuple[str, ...], results: Path) -> None:
    """Draw how numbers went over many runs, and find the commits where they changed.

    DIR is the results folder of a run, or a folder that holds such folders.
    """
    from bench.history import words  # with what finds changes it takes a second, which no other command needs
    from bench.history.make import CHARTS, SUMMARY, Order, make

    command = shlex.join(["live-bench", *sys.argv[1:]])
    folder, record = make(Order(folders, targets, results, command))
    console = Console()
    for sentence in (
        *(f"warning: {warning}" for warning in record.warnings),
        *words.remarks(record),
        f"{words.headline(record)}.",
        *words.findings(record),
        f"Charts: {folder / CHARTS}",
        f"History: {folder / SUMMARY}",
    ):
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
