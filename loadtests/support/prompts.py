"""What simulated people say: prompts.txt, one prompt per line."""

from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("prompts.txt")


@cache
def prompts() -> tuple[str, ...]:
    """All prompts, in the order of the file."""
    lines = (line.strip() for line in _FILE.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line)
