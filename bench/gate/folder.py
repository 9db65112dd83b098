"""The folder of a gate: the record, written after every block, and what people and machines look at, made from it."""

import json
from pathlib import Path

from pydantic import ValidationError

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
    file = path / RECORD if path.is_dir() else path
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BenchError(f"{file} cannot be read ({error.strerror}): name the folder of a gate") from error
    except ValueError as error:
        raise BenchError(f"{file} is not JSON: {error}; measure again") from error
    schema = values.get("schema") if isinstance(values, dict) else None
    if schema != SCHEMA:
        raise BenchError(f"{file} has schema {schema!r}, but this version reads {SCHEMA!r}: name the folder of a gate")
    try:
        return Gate.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BenchError(f"{file} does not keep to its schema: {place}: {first['msg']}") from error
