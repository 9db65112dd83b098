"""`compare.md`: two runs held against each other, the finding first. Pure."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from bench.compare import words
from bench.compare.record import Compared, Comparison
from bench.summary import plain

Rows = Sequence[Compared]


def summary(comparison: Comparison, charts: Mapping[str, str]) -> str:
    """Markdown. `charts` maps the path of each to its title."""
    blocks = [
        f"**{words.ACROSS}**" if comparison.across_machines else "",
        f"## {plain(comparison.headline)}",
        _sides(comparison),
        _listed("Before you believe it:", comparison.warnings),
        plain(words.WHAT),
        *_tables(comparison, comparison.key_rows()),
        *(f"![{plain(title)}]({path})" for path, title in charts.items()),
        _differences(comparison),
        _everything(comparison),
        f"Made with `{comparison.command.replace('`', chr(39))}`; every number is in [compare.json](compare.json).",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _sides(comparison: Comparison) -> str:
    sides = (("A", comparison.base), ("B", comparison.other))
    return "\n".join(f"- {plain(words.side(letter, side))} ({plain(side.source)})" for letter, side in sides)


def _listed(head: str, lines: Sequence[str]) -> str:
    return "\n".join([head, "", *(f"- {plain(line)}" for line in lines)]) if lines else ""


def _differences(comparison: Comparison) -> str:
    machine = _listed("The machines differ:", [words.difference(one) for one in comparison.across_machines])
    if not comparison.differences:
        rest = "In no other setting that is on record do the two differ."
    else:
        rest = _listed("What else differs:", [words.difference(one) for one in comparison.differences])
    return "\n\n".join(block for block in ("### What differs", machine, rest, words.UNSEEN) if block)


def _everything(comparison: Comparison) -> str:
    """Folded away: it is long."""
    rows = [row for row in comparison.compared if row.in_both]
    wanting = len(comparison.compared) - len(rows)
    note = f"{wanting} more have too few values in one of the two." if wanting else ""
    tables = "\n\n".join(_tables(comparison, rows))
    return f"<details><summary>All {len(rows)} numbers that both have</summary>\n\n{tables}\n\n{note}\n\n</details>"


def _tables(comparison: Comparison, rows: Rows) -> list[str]:
    grouped = groupby(rows, key=lambda row: (row.target, row.scenario, row.sessions))
    return [_table(comparison, list(group)) for _, group in grouped]


def _table(comparison: Comparison, rows: Rows) -> str:
    name = comparison.names[rows[0].target]
    heads = [f"{name}: {words.place(rows[0])}", "A", "B", "B / A", "verdict"]
    cells = [[words.row_title(row), *numbers(row)] for row in rows]
    if any(row.beside for row in rows):
        heads += [f"beside {comparison.names[comparison.targets[0].name]}", "verdict"]
        cells = [
            [*line, words.ratio(row.beside), words.verdict(row.beside)] for line, row in zip(cells, rows, strict=True)
        ]
    rules = [":--" if head == "verdict" or not index else "--:" for index, head in enumerate(heads)]
    lines = [[plain(head) for head in heads], rules, *([plain(cell) for cell in line] for line in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def numbers(row: Compared) -> list[str]:
    """Both centers, the ratio and the verdict."""
    both = [words.center(row, row.base), words.center(row, row.other)]
    return [*both, words.ratio(row.change), words.verdict(row.change)]
