"""The folder of a soak: the record, and what people look at, drawn from the record alone."""

from pathlib import Path

from bench import store
from bench.soak.record import SCHEMA, Soak

RECORD, SUMMARY, CHARTS, CHART = "soak.json", "soak.md", "charts", "soak"


def write(folder: Path, soak: Soak) -> None:
    """The record, in one step."""
    store.write_record(folder / RECORD, SCHEMA, soak)


def read(path: Path) -> Soak:
    """The soak in a folder, or in its soak.json. Raises BenchError, which says what is the matter with it."""
    file = path / RECORD if path.is_dir() else path
    return store.read_record(file, SCHEMA, Soak, "the folder of a live-bench soak")
