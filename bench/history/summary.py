"""`history.md`: what changed over the runs, on one screen. Pure."""

from collections.abc import Sequence

from bench import units
from bench.charts import Picture
from bench.history import words
from bench.history.gather import gated
from bench.history.record import Followed, History, Line
from bench.metrics import METRICS
from bench.summary import plain

HEAD = ("metric", "target", "where", "runs", "noise", "levels", "what was found")
RULES = (":--", ":--", ":--", "--:", "--:", ":--", ":--")


def summary(history: History, pictures: Sequence[tuple[str, Picture]]) -> str:
    """`pictures` with the names of their files."""
    blocks = [
        f"## {plain(words.headline(history))}",
        _listed(words.findings(history)),
        _listed([*words.remarks(history), *history.warnings]),
        how(history),
        _table(history),
        *(f"![{plain(picture.title)}](charts/{name}.svg)" for name, picture in pictures),
        _reproduce(history),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {plain(sentence)}" for sentence in sentences)


def how(history: History) -> str:
    """How changes are found, and how often one is found where there is none."""
    looked = sum(line.looked for _, line in words.lines(history))
    if not looked:
        return ""
    return (
        f"A change is a step that is larger than the metric's margin, that a straight line does not explain as well, "
        f"and that at most {units.percent(history.alpha)} of shuffled runs show as clearly somewhere. {looked} "
        f"{'line was' if looked == 1 else 'lines were'} looked at, so expect about {looked * history.alpha:.2g} "
        "found by chance alone. A change that fewer than three runs show is taken for outliers; one of the last few "
        "runs has to be large to be told."
    )


def _table(history: History) -> str:
    rows = [_row(history, series, line) for series, line in words.lines(history)]
    if not rows:
        return ""
    return "\n".join(f"| {' | '.join(row)} |" for row in [HEAD, RULES, *rows])


def _row(history: History, series: Followed, line: Line) -> list[str]:
    unit = METRICS[series.metric].unit
    where = ", ".join([words.place_of(series), *words.setting(history, series, line)])
    title = gated(series).title
    levels = " \N{RIGHTWARDS ARROW} ".join(units.show(value, unit) for value in _values(line))
    noise = "-" if line.noise is None else units.percent(line.noise)
    cells = [
        *(title, words.name_of(history, series), where, str(len(line.points))),
        *(noise, levels or "-", _found(history, series, line)),
    ]
    return [plain(cell) for cell in cells]


def _values(line: Line) -> list[float]:
    return [line.drift.first, line.drift.last] if line.drift else [level.value for level in line.levels]


def _found(history: History, series: Followed, line: Line) -> str:
    if not line.looked:
        return "too few runs"
    if line.drift:
        return f"drifts by {units.ratio(line.drift.ratio)}"
    told = [
        f"{words.ratio(change.ratio) if words.has_ratio(series, change) else 'changed'} at "
        f"{words.commit(history.runs[change.first_run_after])}"
        for change in line.changes
    ]
    return ", ".join(told) or "no change"


def _reproduce(history: History) -> str:
    first, last = history.runs[0], history.runs[-1]
    command = history.command.replace("`", "'")
    return (
        f"History {plain(history.id)}: `{command}`, from {plain(first.id)} ({plain(words.commit(first))}) to "
        f"{plain(last.id)} ({plain(words.commit(last))}). Every point is in [history.json](history.json)."
    )
