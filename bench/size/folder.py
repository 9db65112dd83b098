"""The folder of a sizing: the record, and what people look at, drawn from the record alone."""

from pathlib import Path

from bench import store
from bench.size.record import SCHEMA, Size
from bench.size.summary import summary

RECORD, SUMMARY, CHARTS, CHART = "size.json", "size.md", "charts", "size"


def write(folder: Path, size: Size) -> None:
    """The record, the chart and the summary."""
    from bench import charts  # takes a second to import, which no refusal needs

    store.write_record(folder / RECORD, SCHEMA, size)
    picture = charts.picture(CHART, size)
    if picture:
        (folder / CHARTS).mkdir(exist_ok=True)
        store.replace(folder / CHARTS / f"{CHART}.svg", picture.svg)
        (folder / CHARTS / f"{CHART}.png").write_bytes(picture.png)
    store.replace(folder / SUMMARY, summary(size, picture))
