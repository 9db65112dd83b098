"""Files that are written once, as a whole, and never changed, and a look at which there are.

A mounted bucket has no rename in one step, no appending and no locks, and its times of change are not to be relied on.
A new object appears there with its whole content. On a plain disk a reader may come in the midst of the writing: what
cannot be read yet is not there yet.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.errors import BenchError


def write_once(path: Path, content: bytes) -> None:
    """Raises BenchError where it is there already, or cannot be written."""
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise BenchError(f"{path} is there already, and nothing is overwritten: name a fresh folder") from error
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}; name another folder") from error


def write_json_once(path: Path, values: Mapping[str, Any]) -> None:
    write_once(path, json.dumps(values, indent=1).encode() + b"\n")


def names(folder: Path) -> set[str]:
    """Of all that is in it. A listing is asked for anew each time; a look at one name may be answered from memory."""
    try:
        return {path.name for path in folder.iterdir()}
    except OSError as error:
        raise BenchError(f"cannot look into {folder}: {error.strerror}; see that it is mounted") from error


def read_if_whole(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None while it is being written."""
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None
