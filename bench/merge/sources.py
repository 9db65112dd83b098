"""The folders to merge, as they were given: shards, folders of shards, or folders of the records that Locust leaves."""

from collections.abc import Sequence
from pathlib import Path

from bench.errors import BenchError
from bench.shards.folder import SHARD


def shards_in(given: Sequence[Path]) -> list[Path]:
    """The folders of shards among those given and in them; none where they hold none at all.

    Raises BenchError for one that is no folder, and where only some of them hold shards.
    """
    for folder in given:
        if not folder.is_dir():
            raise BenchError(f"{folder} is not a folder: name what the shards wrote, or the folder above it")
    found = {folder: _shards(folder) for folder in given}
    if not any(found.values()):
        return []
    if empty := [folder for folder, shards in found.items() if not shards]:
        raise BenchError(f"{empty[0]} holds no shard, as the other folders do: leave it out, or merge it by itself")
    return list(dict.fromkeys(shard.resolve() for shards in found.values() for shard in shards))


def _shards(folder: Path) -> list[Path]:
    if (folder / SHARD).is_file():
        return [folder]
    return sorted(inner for inner in folder.iterdir() if (inner / SHARD).is_file())


def records_in(given: Sequence[Path]) -> dict[Path, list[Path]]:
    """Folders that hold record files, among those given and in them, with the files. Raises BenchError for none."""
    found: dict[Path, list[Path]] = {}
    for folder in given:
        here = {inner: files for inner in (folder, *_folders(folder)) if (files := _records(inner))}
        if not here:
            raise BenchError(
                f"{folder} holds neither shards ({SHARD}) nor records of a load (turns-*.ndjson): name what "
                "live-bench run --shard or locust --record wrote"
            )
        found |= {inner.resolve(): files for inner, files in here.items()}
    return found


def _folders(folder: Path) -> list[Path]:
    return sorted(inner for inner in folder.iterdir() if inner.is_dir() and not inner.is_symlink())


def _records(folder: Path) -> list[Path]:
    return sorted([*folder.glob("turns-*.ndjson"), *folder.glob("turns-*.ndjson.gz")])
