"""The folder of a comparison: the record, and what people look at, drawn from the record alone."""

from pathlib import Path

from bench import store
from bench.compare.record import SCHEMA, Comparison
from bench.compare.summary import summary

RECORD, SUMMARY, CHARTS, CHART = "compare.json", "compare.md", "charts", "comparison"


def write(folder: Path, comparison: Comparison) -> None:
    """The record, a chart for each target, and the summary."""
    from bench import charts  # takes a second to import, which no refusal needs
    from bench.charts.comparison import OfTarget

    store.write_record(folder / RECORD, SCHEMA, comparison)
    titles = {}
    for target in comparison.targets:
        if picture := charts.picture(CHART, OfTarget(comparison, target)):
            (folder / CHARTS).mkdir(exist_ok=True)
            path = folder / CHARTS / f"{CHART}-{target.name}.svg"
            store.replace(path, picture.svg)
            path.with_suffix(".png").write_bytes(picture.png)
            titles[f"{CHARTS}/{path.name}"] = picture.title
    store.replace(folder / SUMMARY, summary(comparison, titles))
