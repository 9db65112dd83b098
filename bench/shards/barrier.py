"""Where shards wait for one another before each execution: files in a folder that all of them see.

Every shard writes `ready-<execution>-<shard>` and looks until all have. Shard 0 then writes `go-<execution>`, which
says at what moment to start. One that ends early says so in `left-<shard>`, so that nobody waits for it in vain.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import units
from bench.errors import BenchError
from bench.shards.clocks import Meeting
from bench.shards.configuration import Configuration, differences
from bench.shards.files import names, read_if_whole, write_json_once
from loadtests.support.shard import Shard

POLL_SECONDS = 0.25


@dataclass
class Barrier:
    folder: Path
    shard: Shard
    configuration: Configuration
    limit_seconds: float
    """How long to wait for the others."""
    lead_seconds: float
    """How long after the last has come all are to start: by then each has read when that is, and is up."""
    _noticed: dict[int, float] = field(default_factory=dict)
    """By shard 0, of the execution to come."""

    def enter(self) -> None:
        """Raises BenchError where the folder cannot be used, or this shard has been here before."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BenchError(f"cannot use {self.folder} as barrier: {error.strerror}; name another folder") from error
        mine = sorted(name for name in names(self.folder) if _whose(name) == self.shard.index)
        if mine:
            raise BenchError(
                f"{self.folder} holds {mine[0]} of an earlier run: name a fresh folder with --barrier, or --results"
            )

    def meet(self, execution: int) -> Meeting:
        """Waits until all shards are ready for an execution, and gives when they start.

        Raises BenchError where one has left, has another configuration, or does not come in time.
        """
        ready_at = time.time()
        mine = {"at": ready_at, "configuration": self.configuration}
        write_json_once(self.folder / _ready(execution, self.shard.index), mine)
        give_up_at = time.monotonic() + self.limit_seconds
        while (go := self._go(execution)) is None:
            if time.monotonic() > give_up_at:
                raise BenchError(self._in_vain(execution))
            time.sleep(POLL_SECONDS)
        noticed_at = go["noticed"][str(self.shard.index)]
        return Meeting(
            ready_at=ready_at,
            noticed_at=noticed_at,
            told_at=go["told_at"],
            heard_at=time.time(),
            starts_at=go["starts_at"],
        )

    def leave(self, why: str) -> None:
        """Says, once, that this shard will not come again before all is done."""
        if _left(self.shard.index) not in names(self.folder):
            write_json_once(self.folder / _left(self.shard.index), {"at": time.time(), "why": why})

    def _go(self, execution: int) -> Mapping[str, Any] | None:
        """What shard 0 tells; None as long as it does not. Raises BenchError where one has left and it never will."""
        there = names(self.folder)
        if self.shard.index == 0:
            self._notice(execution, there)
            if len(self._noticed) == self.shard.count:
                return self._tell(execution)
        elif _go_name(execution) in there:
            return read_if_whole(self.folder / _go_name(execution))
        for name in sorted(there):
            if name.startswith("left-") and (left := read_if_whole(self.folder / name)):
                raise BenchError(f"shard {_whose(name)} left before execution {execution}: {left['why']}")
        return None

    def _tell(self, execution: int) -> Mapping[str, Any]:
        told_at = time.time()
        noticed = {str(index): at for index, at in self._noticed.items()}
        go = {"told_at": told_at, "starts_at": told_at + self.lead_seconds, "noticed": noticed}
        write_json_once(self.folder / _go_name(execution), go)
        self._noticed.clear()
        return go

    def _notice(self, execution: int, there: set[str]) -> None:
        """Who has come since the last look. Raises BenchError for one that is of another run."""
        at = time.time()
        for index in range(self.shard.count):
            name = _ready(execution, index)
            if index in self._noticed or name not in there or not (ready := read_if_whole(self.folder / name)):
                continue
            if other := differences(self.configuration, ready["configuration"]):
                raise BenchError(f"shards 0 and {index} do not measure the same ({'; '.join(other)}): start both alike")
            self._noticed[index] = at

    def _in_vain(self, execution: int) -> str:
        there = names(self.folder)
        missing = [index for index in range(self.shard.count) if _ready(execution, index) not in there]
        who = (
            f"{_shards(missing)} of {self.shard.count} did not come" if missing else "shard 0 did not say when to start"
        )
        return (
            f"{who} to execution {execution} within {units.seconds(self.limit_seconds)}: see what became of it, give "
            f"all of them the same folder ({self.folder}), or wait longer with --barrier-limit"
        )


def _shards(indices: list[int]) -> str:
    return f"shard{'' if len(indices) == 1 else 's'} {', '.join(map(str, indices))}"


def _ready(execution: int, index: int) -> str:
    return f"ready-{execution}-{index}"


def _go_name(execution: int) -> str:
    return f"go-{execution}"


def _left(index: int) -> str:
    return f"left-{index}"


def _whose(name: str) -> int | None:
    """Which shard wrote a file of a barrier; what shard 0 says to all is its own."""
    kind, _, rest = name.partition("-")
    number = rest.rpartition("-")[2]
    if kind == "go" and number.isdecimal():
        return 0
    return int(number) if kind in ("ready", "left") and number.isdecimal() else None
