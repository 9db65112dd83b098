"""What a person sees of a sizing: the numbers, why, and what to know before they are believed; the answer last."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.size import words
from bench.size.folder import SUMMARY
from bench.size.record import Size


def show(console: Console, size: Size, folder: Path) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    table = Table(box=None, pad_edge=False)
    for index, head in enumerate(words.HEAD):
        table.add_column(head.replace(" ", "\n", 1), justify="right" if index else "left", no_wrap=True)
    for row in words.rows(size):
        table.add_row(*map(escape, row))
    console.print(table, end="\n\n", highlight=False)
    for sized in size.sized:
        say(size.names[sized.target])
        for step in sized.reasoning:
            say(f"  {step}")
    say("")
    for text in words.assumptions(size):
        say(text)
    for warning in size.warnings:
        say(f"warning: {warning}")
    say(size.headline)
    say(f"Sizing: {folder / SUMMARY}")
