"""What a person sees of a calibration: the table, what was not recorded, and the verdict last."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.calibrate import words
from bench.calibrate.record import Calibration


def show(console: Console, calibration: Calibration, profile: Path) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    table = Table(box=None, pad_edge=False)
    for index, head in enumerate(words.HEAD):
        table.add_column(head, justify="right" if index > 1 else "left", no_wrap=True)
    for row in words.rows(calibration):
        table.add_row(*map(escape, row))
    console.print(table, end="\n\n", highlight=False)
    for note in calibration.notes:
        say(f"note: {note}")
    say(words.headline(calibration))
    say(f"Profile: {profile} (how near it comes: {profile.with_suffix('.md').name})")
