"""What a person sees while a certificate is made: a line for each level, and in a terminal what is going on below."""

from contextlib import AbstractContextManager, nullcontext
from statistics import median

from rich.console import Console
from rich.status import Status
from rich.table import Column, Table

from bench import units
from bench.certify import words
from bench.certify.certificate import Certificate, Level
from bench.following import Followed


class Display(AbstractContextManager["Display"]):
    def __init__(self, console: Console) -> None:
        self._console = console
        moves = console.is_terminal and not console.is_dumb_terminal
        self._status = Status("starting", console=console) if moves else None

    def watch(self, sessions: int, followed: Followed) -> None:
        """What goes on right now, in a terminal."""
        if self._status:
            recent = followed.recent_ttft_seconds
            words_after = f", first words after {units.seconds(median(recent))}" if recent else ""
            failed = f", {followed.failed} failed" if followed.failed else ""
            self._status.update(f"{units.people(sessions)}: {followed.ok} turns{words_after}{failed}")

    def level(self, level: Level) -> None:
        """A level has been measured."""
        self.say(f"{words.load(level)} {words.finding(level)}")

    def table(self, certificate: Certificate) -> None:
        """All levels, one below the other: as many as there may be, the lines stay short."""
        head, *lines = words.short_table(certificate)
        table = Table(
            *(Column(cell, justify="right") for cell in head),
            title="Off by, in milliseconds",
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        for line in lines:
            table.add_row(*line)
        self._console.print(table, end="\n\n")

    def say(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def __enter__(self) -> "Display":
        (self._status or nullcontext()).__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()
