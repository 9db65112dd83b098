"""The folder of a soak: the record, and what people look at, drawn from the record alone."""

from pathlib import Path

from bench import store
from bench.soak import words
from bench.soak.judge import judge
from bench.soak.record import SCHEMA, Soak
from bench.soak.summary import summary

RECORD, SUMMARY, CHARTS, CHART = "soak.json", "soak.md", "charts", "soak"


def write(folder: Path, soak: Soak) -> None:
    """The record, in one step."""
    store.write_record(folder / RECORD, SCHEMA, soak)


def read(path: Path) -> Soak:
    """The soak in a folder, or in its soak.json. Raises BenchError, which says what is the matter with it."""
    file = path / RECORD if path.is_dir() else path
    return store.read_record(file, SCHEMA, Soak, "the folder of a live-bench soak")


def concluded(soak: Soak) -> Soak:
    """With what its looks come to. Pure."""
    soak = soak.model_copy(update={"soaked": [judge(soaked) for soaked in soak.soaked]})
    return soak.model_copy(update={"headline": words.headline(soak)})


def draw(folder: Path, soak: Soak) -> None:
    """The chart and the summary."""
    from bench import charts  # takes a second to import, which no measurement needs

    picture = charts.picture(CHART, soak)
    if picture:
        (folder / CHARTS).mkdir(exist_ok=True)
        store.replace(folder / CHARTS / f"{CHART}.svg", picture.svg)
        (folder / CHARTS / f"{CHART}.png").write_bytes(picture.png)
    store.replace(folder / SUMMARY, summary(soak, picture))
