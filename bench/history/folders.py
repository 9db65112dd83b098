"""The runs in the folders that were named, in the order in which they were started."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench import store
from bench.errors import BenchError
from bench.results import Run

OTHERS = {
    "capacity.json": "capacity",
    "certificate.json": "certificate",
    "compare.json": "comparison",
    "gate.json": "gate",
    "generator.json": "generator",
    "history.json": "history",
    "selftest.json": "self-test",
}
"""What a results folder of another kind holds, and what it is called."""
UNKNOWN = "other"


@dataclass
class Seen:
    """What there was. Broken runs are left out and named in `warnings`."""

    runs: list[tuple[Path, Run]] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)


def look(named: Sequence[Path]) -> Seen:
    """Every run once, however many ways lead to it.

    Raises BenchError where a name is no folder, or no run is found at all.
    """
    seen = Seen()
    been: set[Path] = set()
    for folder in (each for name in named for each in _folders(name)):
        if (real := folder.resolve()) not in been:  # `latest` leads to one of the others
            been.add(real)
            _take(seen, folder)
    seen.runs = _once(seen)
    if not seen.runs:
        raise BenchError(_nothing(named, seen))
    return seen


def _folders(name: Path) -> Iterator[Path]:
    """The folder itself where it is one of results, or else those in it; links last, as they lead to the others."""
    if not name.exists():
        raise BenchError(f"{name} does not exist: name results folders, or a folder that holds them")
    if not name.is_dir():
        raise BenchError(f"{name} is a file: name the folder that it lies in")
    try:
        inside = sorted(name.iterdir())
    except OSError as error:
        raise BenchError(f"cannot look into {name}: {error.strerror}; name another folder") from error
    if kind_of(name) != UNKNOWN:
        yield name
    else:
        yield from sorted((each for each in inside if each.is_dir()), key=Path.is_symlink)


def kind_of(folder: Path) -> str:
    if (folder / store.RUN).exists():
        return "run"
    return next((kind for name, kind in OTHERS.items() if (folder / name).exists()), UNKNOWN)


def _take(seen: Seen, folder: Path) -> None:
    kind = kind_of(folder)
    if kind != "run":
        seen.others[kind] += 1
        return
    try:
        run = store.read_run(folder)
        moment_of(run)
    except BenchError as error:
        seen.warnings.append(f"left out: {error}")
    except OSError as error:
        seen.warnings.append(f"left out: {folder / store.RUN} cannot be read: {error.strerror}")
    except ValueError:
        seen.warnings.append(f"left out: {folder / store.RUN} does not say when it was started")
    else:
        seen.runs.append((folder, run))


def moment_of(run: Run) -> datetime:
    """When it was started. Raises ValueError where that is no moment."""
    moment = datetime.fromisoformat(run.started_at)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _once(seen: Seen) -> list[tuple[Path, Run]]:
    """In order; of copies of a run the first, as a run that counts twice would make chance look like evidence."""
    kept: dict[tuple[str, str], tuple[Path, Run]] = {}
    for folder, run in seen.runs:
        first, _ = kept.setdefault((run.id, run.started_at), (folder, run))
        if first != folder:
            seen.warnings.append(f"left out: {folder} is a copy of {first}")
    return sorted(kept.values(), key=lambda each: (moment_of(each[1]), each[1].id))


def _nothing(named: Sequence[Path], seen: Seen) -> str:
    where = ", ".join(str(name) for name in named)
    what = [*seen.warnings, *(f"{count} of another kind ({kind})" for kind, count in seen.others.items())]
    there = f" ({'; '.join(what)})" if what else ""
    return f"no run is found in {where}{there}: name results folders, or measure with live-bench run"
