"""The two that are compared: how each is started, and where it leaves what it read."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from bench.generator.reading import Timed
from bench.load import LOADTESTS
from bench.readings import is_attributed, ttft
from loadtests.support.turn import Turn, from_line

PLAIN, OURS = "plain", "ours"
_SPENT = re.compile(r"\{\S+ \d+ \d+ (\d+)\}")
"""In the tag of a chunk: microseconds that the server had spent on the turn."""


@dataclass(frozen=True)
class Contender:
    title: str
    colour: str
    locustfile: Path
    turns_in: Callable[[Path], Iterator[Timed]]
    """The turns that ended properly, out of the folder it recorded to."""
    options: tuple[str, ...] = ()
    """That it alone has."""

    def command(
        self, url: str, sessions: int, ramp_seconds: float, think_seconds: float, seed: int, to: Path
    ) -> list[str]:
        """The command line; anyone can run it by hand."""
        return [
            *(sys.executable, "-m", "locust", "-f", str(self.locustfile), "--headless", "--only-summary"),
            *("--host", url, "-u", str(sessions), "-r", str(ceil(sessions / ramp_seconds))),
            *("--think-seconds", str(think_seconds), "--seed", str(seed), "--record", str(to)),
            *self.options,
        ]


def _of_plain(folder: Path) -> Iterator[Timed]:
    for due_at, begun_at, seconds, first_words in json.loads((folder / "plain.json").read_text()):
        tag = _SPENT.match(first_words)
        if tag:
            yield Timed(due_at, begun_at, seconds, int(tag[1]) / 1e6)


def _of_ours(folder: Path) -> Iterator[Timed]:
    lines = [line for path in folder.glob("turns-*.ndjson") for line in path.read_bytes().splitlines()]
    for turn in map(from_line, lines):
        if not isinstance(turn, Turn) or turn.outcome != "ok" or not is_attributed(turn):
            continue
        seconds, begun_at = ttft(turn), turn.begun_at
        if seconds is not None and begun_at is not None:
            yield Timed(turn.planned_at, begun_at, seconds, turn.chunks_spent_seconds[0])


CONTENDERS = {
    PLAIN: Contender("plain recipe", "#D55E00", Path(__file__).with_name("plain_recipe.py"), _of_plain),
    OURS: Contender("this project's", "#0072B2", LOADTESTS / "latency.py", _of_ours, ("--arrivals", "closed")),
}
