"""What a person sees of a comparison: the key numbers, what is to be said against them, the answer last."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.compare import words
from bench.compare.folder import CHARTS, SUMMARY
from bench.compare.record import Comparison
from bench.compare.summary import numbers

STYLES = {"better": "green", "worse": "bold red", "no difference": "", "inconclusive": "dim", "-": "dim"}


def show(console: Console, comparison: Comparison, folder: Path) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    if comparison.across_machines:
        say(words.ACROSS)
    console.print(_table(comparison), end="\n\n", highlight=False)
    for letter, side in (("A", comparison.base), ("B", comparison.other)):
        say(words.side(letter, side))
    for difference in (*comparison.across_machines, *comparison.differences):
        say(f"differs: {words.difference(difference)}")
    for warning in comparison.warnings:
        say(f"warning: {warning}")
    say(comparison.headline)
    charts = f", charts in {folder / CHARTS}" if (folder / CHARTS).is_dir() else ""
    say(f"Comparison: {folder / SUMMARY}{charts}")


def _table(comparison: Comparison) -> Table:
    table = Table("", box=None, pad_edge=False)
    for head in ("A", "B", "B / A"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    section = ""
    for row in comparison.key_rows():
        named = f"{comparison.names[row.target]}: {words.place(row)}"
        if named != section:
            table.add_row(f"[bold]{escape(named)}[/bold]")
            section = named
        *cells, verdict = numbers(row)
        style = STYLES[verdict]
        table.add_row(f"  {words.row_title(row)}", *map(escape, cells), f"[{style}]{verdict}[/]" if style else verdict)
    return table
