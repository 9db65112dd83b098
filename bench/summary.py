"""`summary.md`: the run on one screen, fit for a comment under a change."""

import re
from collections.abc import Mapping, Sequence

from bench import elsewhere_words, failure_words
from bench.book import names_of
from bench.certify import words
from bench.charts import Picture
from bench.charts.data import ChartData
from bench.failure_causes import failed
from bench.faults import words as faults
from bench.pairs import bases
from bench.results import Reason, Run
from bench.tables import (
    Cell,
    RatioCell,
    Row,
    Table,
    beside_estimates,
    has_room,
    key_tables,
    lines,
    lines_beside_twin,
    told_targets,
)

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")


def summary(data: ChartData, pictures: Sequence[Picture]) -> str:
    """Markdown: the answer, its cause, whether to believe it, the numbers, the charts, how to reproduce it."""
    run = data.run
    blocks = [
        f"## {plain(run.headline or 'Nothing was measured.')}",
        plain(run.cause),
        _validity(run),
        *(_table(data, table) for table in key_tables(data)),
        _elsewhere(run),
        _faults(run),
        _failures(run),
        _targets(run),
        _certificate(run),
        _charts(pictures),
        _reproduce(run),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def plain(text: str) -> str:
    """Text in which nothing is taken for Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _validity(run: Run) -> str:
    incomplete = "" if run.complete else " This run is **incomplete**: it was ended before everything was measured."
    lines = [f"**{run.validity.verdict}**.{incomplete}"]
    lines += [f"- {_named(reason)}: {plain(reason.message)}" for reason in run.validity.reasons]
    return "\n".join(lines)


def _named(reason: Reason) -> str:
    """The check; with its verdict where that is not simply VALID."""
    return plain(reason.check if reason.verdict == "VALID" else f"{reason.verdict}, {reason.check}")


def _table(data: ChartData, table: Table) -> str:
    names = {name: plain(call) for name, call in data.book.names.items()}
    heads = [f"{plain(table.scenario)}, {table.sessions} people", *names.values()]
    if has_room(data.run):
        heads += [f"{names[other]} / {names[base]}" for other, base in bases(data.run).items()]
    rules = [":--", *["--:"] * (len(heads) - 1)]
    return "\n".join(_line(cells) for cells in [heads, rules, *(_cells(row, data.run, names) for row in table.rows)])


def _cells(row: Row, run: Run, names: Mapping[str, str]) -> list[str]:
    title = f"{plain(row.title)}{', ' + row.statistic if row.statistic else ''}"
    if has_room(run):
        return [title, *(_number(cell) for cell in row.estimates), *(_ratio(cell) for cell in row.ratios)]
    pairs = beside_estimates(row, run)
    return [title, *(f"{_number(cell)}{_held(ratio, names)}" for cell, ratio in pairs)]


def _held(ratio: RatioCell | None, names: Mapping[str, str]) -> str:
    """What follows a target's number where its ratio has no column."""
    return f"; {plain(ratio.text)} of {names[ratio.base]} {ratio.verdict or ''}".rstrip() if ratio else ""


def _number(cell: Cell) -> str:
    note = f"({cell.note})" if cell.note else ""
    beside = f"({cell.beside})" if cell.beside else ""
    return plain(" ".join(part for part in (cell.text, cell.interval, note, beside) if part))


def _ratio(cell: RatioCell) -> str:
    return f"{_number(cell)} {cell.verdict}" if cell.verdict else _number(cell)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _elsewhere(run: Run) -> str:
    return "\n".join(f"- {plain(line)}" for line in elsewhere_words.lines(run))


def _faults(run: Run) -> str:
    """What struck on purpose, and what people saw of it."""
    lines = faults.table(run)
    if not lines:
        return ""
    head, *body = [_line([plain(cell) for cell in line]) for line in lines]
    return "\n".join([head, _line([":--"] * len(lines[0])), *body, "", plain(faults.LEGEND)])


def _failures(run: Run) -> str:
    """What failed, what that means, and what to check."""
    occurred = failed(run)
    if not occurred:
        return ""
    names = names_of(run.targets)
    rows = [
        [names[item.target], item.label, failure_words.count(item), item.cause.means, item.cause.check]
        for item in occurred
    ]
    lines = [["what failed", "label", "how often", "what it means", "what to check"], *rows]
    head, *body = [_line([plain(cell) for cell in line]) for line in lines]
    return "\n".join([head, _line([":--"] * len(lines[0])), *body])


def _targets(run: Run) -> str:
    """What each target is, and what it took to write."""
    names = names_of(run.targets)
    told = [
        [names[target.name], target.about, lines(target), lines_beside_twin(target), target.twin or "-"]
        for target in told_targets(run)
    ]
    if not told:
        return ""
    head = ["target", "what it is", "lines of code", "beside its twin", "twin"]
    rows = [_line([plain(cell) for cell in row]) for row in told]
    return "\n".join([_line(head), _line([":--", ":--", "--:", "--:", ":--"]), *rows])


def _certificate(run: Run) -> str:
    return (
        plain(" ".join([f"{words.headline(run.certificate)}.", *words.sentences(run.certificate)]))
        if run.certificate
        else ""
    )


def _charts(pictures: Sequence[Picture]) -> str:
    return "\n".join(f"- [{plain(picture.title)}](charts/{picture.name}.svg)" for picture in pictures)


def _reproduce(run: Run) -> str:
    commit = f" at commit `{run.environment.commit[:12]}`" if run.environment.commit else ""
    dirty = " with uncommitted changes" if run.environment.dirty else ""
    command = run.command.replace("`", "'")
    return (
        f"Run {plain(run.id)}: `{command}`{commit}{dirty}, on {plain(run.environment.cpu_model)} with "
        f"{run.environment.cpu_count} cores{_shards(run)}. Everything is in [report.html](report.html)."
    )


def _shards(run: Run) -> str:
    hosts = ", ".join(f"{shard.index} on {shard.host}" for shard in run.shards)
    return plain(f", added up from shards {hosts}") if hosts else ""
