"""The folder of a gate: the record, written after every block, and what people and machines look at, made from it."""

from pathlib import Path

from bench import store
from bench.errors import BenchError
from bench.gate.record import SCHEMA, Gate

RECORD, SUMMARY, JUNIT, CHARTS, CHART = "gate.json", "gate.md", "junit.xml", "charts", "gate"


def write(folder: Path, gate: Gate) -> None:
    """The record alone."""
    store.write_record(folder / RECORD, SCHEMA, gate)


def draw(folder: Path, gate: Gate) -> str:
    """The summary, the cases for a test report, and the chart; gives the summary.

    Raises BenchError where the folder cannot be written to.
    """
    from bench import charts  # takes a second to import, which no measurement needs
    from bench.gate.junit import junit
    from bench.gate.summary import summary

    picture = charts.picture(CHART, gate)
    text = summary(gate)
    try:
        store.replace(folder / SUMMARY, text)
        store.replace(folder / JUNIT, junit(gate))
        if picture:
            (folder / CHARTS).mkdir(exist_ok=True)
            store.replace(folder / CHARTS / f"{CHART}.svg", picture.svg)
            (folder / CHARTS / f"{CHART}.png").write_bytes(picture.png)
    except OSError as error:
        raise BenchError(f"cannot write the report into {folder}: {error.strerror}; copy it elsewhere") from error
    return text


def read(path: Path) -> Gate:
    """The gate in a folder, or in its gate.json. Raises BenchError, which says what is the matter with it."""
    return store.read_record(path / RECORD if path.is_dir() else path, SCHEMA, Gate, "the folder of a gate")
