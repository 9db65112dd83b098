"""What a person sees of a soak: a line a minute while it lasts, then the answer."""

import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import units
from bench.soak import words
from bench.soak.folder import SUMMARY
from bench.soak.measure import Progress
from bench.soak.record import Look, Soak

LINE_SECONDS = 60.0


class Display:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._due_at = 0.0
        self._target = ""

    def watch(self, progress: Progress) -> None:
        """To be called after each look."""
        plan = progress.plan
        if plan.target != self._target:
            self._target = plan.target
            self._say(f"{plan.target}: {units.people(plan.people)} for {plan.seconds / 60:g} minutes")
        if progress.looks and (time.monotonic() >= self._due_at or progress.rest_after):
            self._due_at = time.monotonic() + LINE_SECONDS
            look = progress.rest_after or progress.looks[-1]
            turns = f"{progress.followed.ok} turns ok, {progress.followed.failed} failed"
            self._say(f"  {look.at_seconds / 60:5.1f} min  {_held(look)}  {turns}")

    def show(self, soak: Soak, folder: Path) -> None:
        for soaked in soak.soaked:
            self._say("")
            table = Table(box=None, pad_edge=False)
            for index, head in enumerate((f"{soak.names[soaked.target]}: {soaked.verdict}", *words.HEAD[1:])):
                table.add_column(head, justify="right" if index else "left", no_wrap=True)
            for row in words.rows(soaked):
                table.add_row(*row)
            self._console.print(table, highlight=False)
        self._say("")
        if not soak.complete:
            self._say("This soak is incomplete: it was ended before its end.")
        self._say(soak.headline)
        self._say(f"Soak: {folder / SUMMARY}")

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _held(look: Look) -> str:
    tasks = "" if look.tasks is None else f", {look.tasks} tasks"
    return f"{units.size(look.memory_bytes)}, {look.threads} threads, {look.descriptors} descriptors{tasks}"
