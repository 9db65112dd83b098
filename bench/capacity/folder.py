"""The folder of a search for capacities: the record, written after every probe, and what people look at, drawn last."""

from pathlib import Path

from bench import store
from bench.capacity.record import SCHEMA, Capacity

RECORD, SUMMARY, REPORT, CHARTS, CHART = "capacity.json", "summary.md", "report.html", "charts", "capacity"


def write(folder: Path, capacity: Capacity) -> None:
    """The record alone."""
    store.write_record(folder / RECORD, SCHEMA, capacity)


def read(path: Path) -> Capacity:
    """The search in a folder, or in its capacity.json. Raises BenchError, which says what is the matter with it."""
    file = path / RECORD if path.is_dir() else path
    return store.read_record(file, SCHEMA, Capacity, "the folder of a live-bench capacity")


def draw(folder: Path, capacity: Capacity) -> None:
    """The summary, the chart and the page."""
    from bench import charts  # takes a second to import, which no measurement needs
    from bench.capacity.page import page
    from bench.capacity.summary import summary

    picture = charts.picture(CHART, capacity)
    store.replace(folder / SUMMARY, summary(capacity, picture))
    store.replace(folder / REPORT, page(capacity, picture))
    if picture:
        (folder / CHARTS).mkdir(exist_ok=True)
        store.replace(folder / CHARTS / f"{CHART}.svg", picture.svg)
        (folder / CHARTS / f"{CHART}.png").write_bytes(picture.png)
