"""Looks back over runs and keeps what it saw in a folder of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.errors import BenchError
from bench.history.detection import ALPHA, MINIMUM_RUNS
from bench.history.folders import Seen, look
from bench.history.gather import gather
from bench.history.record import SCHEMA, History
from bench.history.series import FOLLOWED
from bench.history.sheets import sheets_of
from bench.history.summary import summary
from bench.moments import iso

NAME, RECORD, SUMMARY, CHARTS = "history", "history.json", "history.md", "charts"


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    folders: tuple[Path, ...]
    targets: tuple[str, ...]
    """To keep to; all where there is none."""
    results: Path
    command: str
    """The command line, for the reader."""


def make(order: Order) -> tuple[Path, History]:
    """Reads, looks for changes, stores and draws; gives the folder and what it holds.

    Raises BenchError, before any folder is made, where there is nothing to draw.
    """
    seen = look(order.folders)
    _check_targets(order, seen)
    now = datetime.now(UTC)
    history = look_back(order, seen, now)
    if not history.series:
        raise BenchError(
            f"none of {len(seen.runs)} runs has a number to follow over time "
            f"({', '.join(each.stem for each in FOLLOWED)}): measure anew with live-bench run"
        )
    folder = store.create(order.results, NAME, now)
    history = history.model_copy(update={"id": folder.name})
    store.write_record(folder / RECORD, SCHEMA, history)
    draw(folder, history)
    return folder, history


def _check_targets(order: Order, seen: Seen) -> None:
    there = list(dict.fromkeys(target.name for _, run in seen.runs for target in run.targets))
    for name in order.targets:
        if name not in there:
            raise BenchError(f"no run has a target {name!r}: choose from {', '.join(there)}")


def look_back(order: Order, seen: Seen, now: datetime) -> History:
    """What there is to say of the runs; its id is left to whoever keeps it."""
    gathered = gather(seen.runs, order.targets)
    return History(
        id="",
        made_at=iso(now),
        command=order.command,
        folders=[str(folder) for folder in order.folders],
        minimum_runs=MINIMUM_RUNS,
        alpha=ALPHA,
        targets=gathered.targets,
        machines=gathered.machines,
        workloads=gathered.workloads,
        runs=gathered.runs,
        other_folders=dict(seen.others),
        warnings=seen.warnings,
        series=gathered.series,
    )


def draw(folder: Path, history: History) -> None:
    """What people look at, beside the record."""
    from bench import charts  # takes a second to import

    (folder / CHARTS).mkdir(exist_ok=True)
    pictures = []
    for rule in FOLLOWED:
        sheets = sheets_of(history, rule)
        for number, sheet in enumerate(sheets, start=1):
            name = rule.stem if len(sheets) == 1 else f"{rule.stem}-{number}"
            picture = charts.picture(NAME, sheet)
            assert picture is not None
            store.replace(folder / CHARTS / f"{name}.svg", picture.svg)
            (folder / CHARTS / f"{name}.png").write_bytes(picture.png)
            pictures.append((name, picture))
    store.replace(folder / SUMMARY, summary(history, pictures))
