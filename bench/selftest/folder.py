"""The folder of a self-test: the record, written after every block, and what people look at, drawn last."""

from pathlib import Path

from bench import store
from bench.errors import BenchError
from bench.selftest.record import SCHEMA, SelfTest

RECORD, SUMMARY, CHARTS, CHART = "selftest.json", "selftest.md", "charts", "selftest"


def write(folder: Path, test: SelfTest) -> None:
    """The record alone."""
    store.write_record(folder / RECORD, SCHEMA, test)


def draw(folder: Path, test: SelfTest) -> None:
    """The summary and the chart. Raises BenchError where the folder cannot be written to."""
    from bench import charts  # takes a second to import, which no measurement needs
    from bench.selftest.summary import summary

    picture, text = charts.picture(CHART, test), summary(test)
    try:
        store.replace(folder / SUMMARY, text)
        if picture:
            (folder / CHARTS).mkdir(exist_ok=True)
            store.replace(folder / CHARTS / f"{CHART}.svg", picture.svg)
            (folder / CHARTS / f"{CHART}.png").write_bytes(picture.png)
    except OSError as error:
        raise BenchError(f"cannot write the report into {folder}: {error.strerror}; copy it elsewhere") from error
