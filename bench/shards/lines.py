"""The record file of one load process, read whole, whether it was compressed or not.

A file may end in the middle of a line: whoever wrote it was killed, or the copy was. That is told, and as its `end` is
missing with it, the trial says so too. A line within that is no record means that something else is the matter.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from loadtests.support.turn import Line, from_line


@dataclass(frozen=True)
class Recorded:
    lines: list[Line]
    told: str = ""
    """What is the matter with its end."""


def read_process(path: Path) -> Recorded:
    """Raises BenchError, naming the line, where the file holds something else than records."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
    cut = False
    if path.suffix == ".gz":
        content, cut = _inflated(path, content)
    whole, _, rest = content.rpartition(b"\n")
    lines = [_line(path, number, line) for number, line in enumerate(whole.splitlines(), 1)]
    return Recorded(lines, f"{path} is cut short: its last line is left out" if rest or cut else "")


def _line(path: Path, number: int, line: bytes) -> Line:
    try:
        return from_line(line)
    except (ValueError, TypeError) as error:
        raise BenchError(
            f"{path} line {number} is not a turn record of this version ({error}): restore the file, or leave it out"
        ) from error


def _inflated(path: Path, content: bytes) -> tuple[bytes, bool]:
    """What there is of it, and whether it is cut."""
    text, rest = b"", content
    while rest:
        member = zlib.decompressobj(wbits=31)
        try:
            text += member.decompress(rest)
        except zlib.error as error:
            raise BenchError(f"{path} is damaged ({error}): restore the file, or leave it out") from error
        if not member.eof:
            return text, True
        rest = member.unused_data
    return text, not content
