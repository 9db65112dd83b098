"""A results folder on disk: `run.json`, the raw turns, and `latest` beside it.

Whatever moment it is interrupted at, what was measured before is still there and whole: `run.json` is replaced in
one step, and the turns of a trial are appended as one gzip member or not at all.
"""

import gzip
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from bench.errors import BenchError
from bench.plan import Planned
from bench.results import SCHEMA, Run
from bench.windows import Process
from loadtests.support.turn import Turn

Kept = TypeVar("Kept", bound=BaseModel)
RUN = "run.json"
TURNS = "turns.ndjson.gz"
LATEST = "latest"
PLACE = ("target", "scenario", "trial", "order")
"""What stands before the turn itself in each line of the raw turns."""
_PIECE_BYTES = 1 << 16


@dataclass(frozen=True)
class Stored:
    """One line of the raw turns: a turn and where it belongs."""

    target: str
    scenario: str
    trial: int
    order: int
    """Of the execution, as in `Trial.order`."""
    turn: Turn


def create(root: Path, profile: str, now: datetime) -> Path:
    """A fresh folder `root/<UTC time>-<profile>`, with a number behind it where that is taken.

    Raises BenchError where none can be made.
    """
    stem = f"{now:%Y-%m-%dT%H-%M-%SZ}-{profile}"
    for number in count(1):
        folder = root / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise BenchError(f"cannot keep results in {root}: {error.strerror}; name another folder") from error
        return folder
    raise AssertionError("count() does not end")


def write_run(folder: Path, run: Run) -> None:
    """Replaces `run.json` in one step: a reader sees the old one or the new one."""
    replace(folder / RUN, run.model_dump_json(indent=1) + "\n")


def replace(path: Path, text: str) -> None:
    """Writes a whole file in one step, which lasts once it has returned."""
    replacement = path.with_name(f".{path.name}.new")
    with replacement.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    replacement.replace(path)


def write_record(path: Path, schema: str, record: BaseModel) -> None:
    """A whole record as JSON, in one step; its schema before all else."""
    values = {"schema": schema, **record.model_dump(mode="json")}
    # infinity is a value of some, and what Python itself writes with an indent takes ten times as long
    replace(path, to_json(values, indent=1, inf_nan_mode="constants").decode() + "\n")


def read_record(path: Path, schema: str, kind: type[Kept], what: str) -> Kept:
    """What `write_record` wrote. Raises BenchError, which asks for `what`, as in 'the folder of a gate'."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BenchError(f"{path} cannot be read ({error.strerror}): name {what}") from error
    except ValueError as error:
        raise BenchError(f"{path} is not JSON: {error}; measure again") from error
    found = values.get("schema") if isinstance(values, dict) else None
    if found != schema:
        raise BenchError(f"{path} has schema {found!r}, but this version reads {schema!r}: name {what}")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BenchError(f"{path} does not keep to its schema: {place}: {first['msg']}") from error


def point_latest_at(folder: Path) -> None:
    """Makes `latest`, beside the folder, lead to it. Something there that is not a link is left alone."""
    link = folder.parent / LATEST
    if link.exists() and not link.is_symlink():
        return
    replacement = folder.parent / f".{LATEST}.{folder.name}"
    replacement.unlink(missing_ok=True)
    replacement.symlink_to(folder.name, target_is_directory=True)
    replacement.replace(link)


def append_turns(folder: Path, turns: Sequence[Stored]) -> None:
    """Adds the raw turns of one execution, all of them or, when interrupted, none."""
    lines = "".join(json.dumps(_flat(stored), separators=(",", ":")) + "\n" for stored in turns)
    member = gzip.compress(lines.encode())
    with (folder / TURNS).open("ab") as file:
        whole_bytes = file.tell()
        try:
            file.write(member)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            os.ftruncate(file.fileno(), whole_bytes)
            raise


def append_execution(folder: Path, planned: Planned, processes: Sequence[Process]) -> None:
    """Adds the raw turns that the load processes of one execution recorded."""
    place = (planned.target, planned.case.name, planned.trial, planned.order)
    turns = [line for process in processes for line in process if isinstance(line, Turn)]
    append_turns(folder, [Stored(*place, turn) for turn in turns])


def read_run(folder: Path) -> Run:
    """The run in a results folder. Raises BenchError, which says what is the matter with it."""
    if not folder.is_dir():
        raise BenchError(f"{folder} is not a folder: name a folder under results/")
    path = folder / RUN
    if not path.is_file():
        raise BenchError(f"{folder} is not a results folder: it has no {RUN}")
    return read_run_file(path)


def read_run_file(path: Path) -> Run:
    """The run in a `run.json`, whatever it is called. Raises BenchError as `read_run`."""
    return _run(path, _json_object(path))


def _json_object(path: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise BenchError(f"{path} is not JSON, line {error.lineno}: {error.msg}; restore it or run again") from error
    except UnicodeDecodeError as error:
        raise BenchError(f"{path} is not text, byte {error.start}; restore it or run again") from error
    if not isinstance(values, dict):
        raise BenchError(f"{path} holds no JSON object; restore it or run again")
    return values


def _run(path: Path, values: Mapping[str, Any]) -> Run:
    schema = values.get("schema")
    if schema != SCHEMA:
        raise BenchError(
            f"{path} has schema {schema!r}, but this version reads {SCHEMA!r}: use the version that made it"
        )
    try:
        return Run.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BenchError(f"{path} does not keep to its schema: {place}: {first['msg']}") from error


def read_turns(folder: Path, warn: Callable[[str], None]) -> Iterator[Stored]:
    """The raw turns, trial after trial. What cannot be read is left out and told to `warn`.

    Raises BenchError where the folder has none.
    """
    path = folder / TURNS
    if not path.is_file():
        raise BenchError(f"{folder} has no raw turns: it has no {TURNS}")
    for number, line in enumerate(_lines(path, warn), start=1):
        try:
            yield _stored(json.loads(line))
        except (ValueError, TypeError, KeyError) as error:
            warn(f"{path}: line {number} is not a turn and is left out ({error})")


def _flat(stored: Stored) -> dict[str, Any]:
    values = asdict(stored)
    return {**{name: values[name] for name in PLACE}, **values["turn"]}


def _stored(values: dict[str, Any]) -> Stored:
    place = {name: values.pop(name) for name in PLACE}
    return Stored(**place, turn=Turn(**values))


def _lines(path: Path, warn: Callable[[str], None]) -> Iterator[bytes]:
    rest = b""
    for piece in _inflated(path, warn):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    if rest:
        warn(f"{path}: its last line is cut and is left out")


def _inflated(path: Path, warn: Callable[[str], None]) -> Iterator[bytes]:
    """The bytes of all members. Unlike gzip.open, it gives all there is of a last member that is cut."""
    member = zlib.decompressobj(wbits=31)
    begun = False
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            while piece:
                begun = True
                try:
                    yield member.decompress(piece)
                except zlib.error as error:
                    warn(f"{path} is damaged: what follows is left out ({error})")
                    return
                piece = member.unused_data
                if member.eof:
                    member = zlib.decompressobj(wbits=31)
                    begun = False
    if begun:
        warn(f"{path} is cut short: the last trial in it is not whole")
