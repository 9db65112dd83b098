"""The page of a run: reads a results folder, wherever it was copied to, and writes what people look at into it.

`report.html` needs nothing but itself: charts are inlined, and nothing is fetched. The same folder gives the same
bytes.
"""

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from bench import charts, elsewhere_words, failure_words, store, tables, units
from bench.certify import words
from bench.charts import Picture
from bench.charts.data import ChartData, colour_of, gather
from bench.charts.vector import inline
from bench.errors import BenchError
from bench.failure_causes import failed
from bench.faults import words as faults
from bench.merge import words as shards
from bench.metrics import METRICS
from bench.pairs import bases
from bench.summary import summary

REPORT, SUMMARY, CHARTS = "report.html", "summary.md", "charts"
_NUMBER_AND_UNIT = re.compile(r"(\d) (?=[\w%])")
_SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z])")


def write(folder: Path, warn: Callable[[str], None]) -> Path:
    """Writes the charts, the summary and the page; gives the page's path.

    What can be shown is shown: a run without raw turns, or one that was cut short, has a page too, and `warn` is
    told what is missing. Raises BenchError where there is no run, or the folder cannot be written to.
    """
    run = store.read_run(folder)
    data = gather(run, _turns(folder, warn))
    pictures = list(charts.pictures(data))
    try:
        _write_charts(folder / CHARTS, pictures)
        _replace(folder / SUMMARY, summary(data, pictures).encode())
        _replace(folder / REPORT, page(data, pictures).encode())
    except OSError as error:
        raise BenchError(f"cannot write the report into {folder}: {error.strerror}; copy it elsewhere") from error
    return folder / REPORT


def page(data: ChartData, pictures: Sequence[Picture]) -> str:
    """The HTML page. Every text in it that comes from a run is escaped."""
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        tables=tables,
        units=units,
        words=words,
        shards=shards,
        elsewhere_words=elsewhere_words,
        failure_words=failure_words,
        faults=faults,
        failures=failed,
        metrics=METRICS,
        colour_of=colour_of,
        chart=lambda p: Markup(inline(p.svg, p.title)),
    )
    environment.filters["bound"] = _bound
    first, *others = _SENTENCE_END.split(data.run.headline or "Nothing was measured.")
    html = environment.get_template("report.html").render(
        data=data,
        run=data.run,
        names=data.book.names,
        bases=bases(data.run),
        pictures=pictures,
        answer=first,
        more=others,
    )
    return html.strip() + "\n"


def _bound(text: str) -> str:
    """The text with numbers held on the line of their units."""
    return _NUMBER_AND_UNIT.sub("\\1\N{NO-BREAK SPACE}", text)


def _template(name: str) -> str:
    return (files("bench") / "page" / name).read_text(encoding="utf-8")


def _turns(folder: Path, warn: Callable[[str], None]) -> list[store.Stored]:
    try:
        return list(store.read_turns(folder, warn))
    except BenchError as error:
        warn(f"{error}: charts of single turns are left empty")
        return []


def _write_charts(folder: Path, pictures: Sequence[Picture]) -> None:
    """Those of an earlier report that this one does not draw are removed."""
    folder.mkdir(exist_ok=True)
    drawn = {picture.name: picture for picture in pictures}
    for name in charts.NAMES:
        for suffix in (".svg", ".png"):
            if name not in drawn:
                (folder / f"{name}{suffix}").unlink(missing_ok=True)
    for picture in pictures:
        _replace(folder / f"{picture.name}.svg", picture.svg.encode())
        _replace(folder / f"{picture.name}.png", picture.png)


def _replace(path: Path, content: bytes) -> None:
    """In one step: a reader sees the old file or the new one."""
    replacement = path.with_name(f".{path.name}.new")
    replacement.write_bytes(content)
    replacement.replace(path)
