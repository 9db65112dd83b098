"""A shard's folder: what stands where in it, written once and read again.

`shard.json` first, `executions/<order>/` with the turns and, last, `execution.json`; `end.json` when all is over. What
has no `execution.json` was cut off. `alone/<number>/`, with `alone.json`, is the same of one person alone.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bench.errors import BenchError
from bench.shards.files import write_once
from bench.shards.lines import Recorded, read_process
from bench.shards.record import SCHEMA, BaselineRecord, EndRecord, ExecutionRecord, ShardRecord
from bench.windows import Process
from loadtests.support.turn import to_line

SHARD, EXECUTION, END, EXECUTIONS = "shard.json", "execution.json", "end.json", "executions"
ALONE, BASELINE = "alone", "alone.json"
LOGS = "logs"

Kind = TypeVar("Kind", ShardRecord, ExecutionRecord, BaselineRecord, EndRecord)


def create(root: Path, record: ShardRecord) -> Path:
    """`root/<index>`, with the record in it. Raises BenchError where that is there already, or cannot be made."""
    folder = root / str(record.index)
    try:
        folder.mkdir(parents=True)
        (folder / EXECUTIONS).mkdir()
    except FileExistsError as error:
        raise BenchError(
            f"{folder} is there already, and nothing is overwritten: name a fresh folder for all shards with --results"
        ) from error
    except OSError as error:
        raise BenchError(f"cannot keep results in {root}: {error.strerror}; name another folder") from error
    _write(folder / SHARD, record)
    return folder


def write_execution(folder: Path, record: ExecutionRecord, processes: Sequence[Process]) -> None:
    """The lines of its processes first: where the record stands, all of it does."""
    place = folder / EXECUTIONS / f"{record.order:03}"
    _write_processes(place, processes)
    _write(place / EXECUTION, record)


def write_baseline(folder: Path, number: int, record: BaselineRecord | None, processes: Sequence[Process]) -> None:
    """Of the `number`th that one person alone did, from 0; `record` is None where that was cut short."""
    place = folder / ALONE / str(number)
    _write_processes(place, processes)
    if record:
        _write(place / BASELINE, record)


def write_end(folder: Path, record: EndRecord) -> None:
    _write(folder / END, record)


def move_logs(folder: Path, logs: Path) -> None:
    """The logs of an execution that is over, from where they were written to."""
    for path in sorted(path for path in logs.rglob("*") if path.is_file()):
        place = folder / LOGS / path.relative_to(logs)
        place.parent.mkdir(parents=True, exist_ok=True)
        write_once(place, path.read_bytes())
        path.unlink()


def read_shard(folder: Path) -> ShardRecord:
    return _read(folder / SHARD, ShardRecord)


def read_end(folder: Path) -> EndRecord | None:
    """None where the shard was cut off."""
    return _read(folder / END, EndRecord) if (folder / END).exists() else None


def orders(folder: Path) -> list[int]:
    """Of the executions that it has something of."""
    return sorted(int(path.name) for path in (folder / EXECUTIONS).iterdir() if path.name.isdecimal())


def read_execution(folder: Path, order: int) -> ExecutionRecord | None:
    """None where there is none, or it was cut off."""
    path = folder / EXECUTIONS / f"{order:03}" / EXECUTION
    return _read(path, ExecutionRecord) if path.exists() else None


def read_processes(folder: Path, order: int) -> list[Recorded]:
    """The lines of each load process of an execution. Raises BenchError as `read_process`."""
    return _read_processes(folder / EXECUTIONS / f"{order:03}")


def read_baseline(folder: Path, number: int) -> BaselineRecord | None:
    """Of the `number`th that one person alone did; None where there was nobody, or not to the end."""
    path = folder / ALONE / str(number) / BASELINE
    return _read(path, BaselineRecord) if path.exists() else None


def read_lines_alone(folder: Path, number: int) -> list[Recorded]:
    """What is recorded of that person. Raises BenchError as `read_process`."""
    return _read_processes(folder / ALONE / str(number))


def _write_processes(place: Path, processes: Sequence[Process]) -> None:
    place.mkdir(parents=True)
    for number, process in enumerate(processes):
        content = gzip.compress(b"".join(map(to_line, process)))
        write_once(place / f"turns-{number}.ndjson.gz", content)


def _read_processes(place: Path) -> list[Recorded]:
    paths = place.glob("turns-*.ndjson.gz")
    return [read_process(path) for path in sorted(paths, key=lambda path: (len(path.name), path.name))]


def _write(path: Path, record: BaseModel) -> None:
    write_once(path, (record.model_dump_json(indent=1) + "\n").encode())


def _read(path: Path, kind: type[Kind]) -> Kind:
    """Raises BenchError for what is none of ours."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "all of it"
        raise BenchError(f"{path} does not keep to schema {SCHEMA}: {place}: {first['msg']}; leave it out") from error
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
