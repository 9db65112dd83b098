"""The folder of a comparison: the record, and what people look at, drawn from the record alone."""

import re
from pathlib import Path

from bench import store
from bench.compare.record import SCHEMA, Comparison
from bench.compare.summary import summary
from bench.results import Target

RECORD, SUMMARY, CHARTS, CHART = "compare.json", "compare.md", "charts", "comparison"


def write(folder: Path, comparison: Comparison) -> None:
    """The record, a chart for each target, and the summary."""
    from bench import charts  # takes a second to import, which no refusal needs
    from bench.charts.comparison import OfTarget

    store.write_record(folder / RECORD, SCHEMA, comparison)
    titles = {}
    for index, target in enumerate(comparison.targets, start=1):
        if picture := charts.picture(CHART, OfTarget(comparison, target)):
            (folder / CHARTS).mkdir(exist_ok=True)
            path = folder / CHARTS / f"{CHART}-{_part_of_a_file_name(target, index)}.svg"
            store.replace(path, picture.svg)
            path.with_suffix(".png").write_bytes(picture.png)
            titles[f"{CHARTS}/{path.name}"] = picture.title
    store.replace(folder / SUMMARY, summary(comparison, titles))


def _part_of_a_file_name(target: Target, index: int) -> str:
    """A record may come from anywhere, and its names lead nowhere else."""
    return target.name if re.fullmatch(r"[\w.-]+", target.name) else str(index)
