"""What a person sees: in a terminal a table, elsewhere a line for each check, and the verdict last."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.doctor.checks import Looked, sentence
from bench.doctor.judgement import Verdict

STYLES: Mapping[Verdict, str] = {"fine": "green", "spoils some": "yellow", "spoils all": "bold red", "not known": "dim"}


def show(console: Console, looked: Sequence[Looked]) -> None:
    if console.is_terminal:
        _table(console, looked)
        _remedies(console, looked)
        console.print(sentence(looked), markup=False, highlight=False)
    else:
        for text in [*map(line, looked), sentence(looked)]:
            console.print(text, markup=False, highlight=False, soft_wrap=True)


def line(one: Looked) -> str:
    """All that one check says."""
    said = one.judgement
    text = f"{said.verdict}: {one.check}: {said.found}"
    return f"{text}: {said.effect}; mend it: {said.mend}" if said.mend else text


def _table(console: Console, looked: Sequence[Looked]) -> None:
    table = Table("check", "verdict", "found", box=None, pad_edge=False)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for one in looked:
        style = STYLES[one.verdict]
        table.add_row(one.check, f"[{style}]{one.verdict}[/{style}]", escape(one.judgement.found))
    console.print(table, highlight=False)
    console.print()


def _remedies(console: Console, looked: Sequence[Looked]) -> None:
    """Beneath the table, where no column cuts a command in two."""
    for one in looked:
        if one.judgement.mend:
            console.print(f"{one.check}: {one.judgement.effect}", markup=False, highlight=False)
            console.print(f"    {one.judgement.mend}", style="bold", markup=False, highlight=False, soft_wrap=True)
    if any(one.judgement.mend for one in looked):
        console.print()
