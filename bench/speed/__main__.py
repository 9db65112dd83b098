"""`make bench-fake`, also `python -m bench.speed`."""

import shlex
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.__main__ import conduct
from bench.exit_codes import INTERRUPTED
from bench.speed.make import RECORD, make
from bench.speed.record import sentences, table


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=6, show_default=True, help="Of all, one after the other.")
@click.option("--results", type=click.Path(path_type=Path), default="results", help="Where the folder is made.")
def measure(rounds: int, results: Path) -> int:
    """How many chunks the fake Gemini and each chat server carry for a second of processor time."""
    console = Console()
    command = shlex.join(["python", "-m", "bench.speed", *sys.argv[1:]])

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    folder, speeds = make(rounds, results, command, say)
    if speeds.speeds:
        head, *lines = table(speeds)
        shown = Table(box=None, pad_edge=False)
        for index, title in enumerate(head):
            shown.add_column(title, justify="right" if index else "left")
        for line in lines:
            shown.add_row(*line)
        console.print(shown, end="\n\n")
        for sentence in sentences(speeds):
            say(f"{sentence}.")
    say(f"Speeds: {folder / RECORD}")
    return 0 if speeds.complete else INTERRUPTED


if __name__ == "__main__":
    conduct(lambda: measure)
