"""Where shards wait for one another: files in a folder that all of them see.

They meet on three occasions. Once, before all else, because all have come: `here`. Then twice for each execution.
`quiet` says that a shard's load of the execution before has ended: where all have said so nothing disturbs who looks at
the way to the server. Without it a look would fall into the load of shards that are not done yet, and tell of a server
that is busy instead of how far away it is. `ready` says that it has looked, and what follows is the load.

Every shard writes `<occasion>-<execution>-<shard>` and looks until all have. Shard 0 then writes `go-<execution>`,
which says at what moment to start, or `all-<occasion>-<execution>`, after which everybody goes on at once. One that
ends early says so in `left-<shard>`, so that nobody waits for it in vain.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from bench import units
from bench.errors import BenchError
from bench.shards.clocks import Meeting
from bench.shards.configuration import Configuration, differences
from bench.shards.files import names, read_if_whole, write_json_once
from loadtests.support.shard import Shard

POLL_SECONDS = 0.25
Occasion = Literal["here", "quiet", "ready"]


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

    def meet(self, execution: int, occasion: Occasion = "ready", busy_seconds: float = 0.0) -> Meeting:
        """Waits until all shards have come on an occasion before an execution, and gives when they go on.

        `busy_seconds` is how long they may rightly be busy with something else before they come: so much longer they
        are waited for. Raises BenchError where one has left, has another configuration, or does not come in time.
        """
        ready_at = time.time()
        mine = {"at": ready_at, "configuration": self.configuration}
        write_json_once(self.folder / _come(occasion, execution, self.shard.index), mine)
        limit_seconds = self.limit_seconds + busy_seconds
        give_up_at = time.monotonic() + limit_seconds
        while (go := self._go(occasion, execution)) is None:
            if time.monotonic() > give_up_at:
                raise BenchError(self._in_vain(occasion, execution, limit_seconds))
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

    def _go(self, occasion: Occasion, execution: int) -> Mapping[str, Any] | None:
        """What shard 0 tells; None as long as it does not. Raises BenchError where one has left and it never will."""
        there = names(self.folder)
        if self.shard.index == 0:
            self._notice(occasion, execution, there)
            if len(self._noticed) == self.shard.count:
                return self._tell(occasion, execution)
        elif _go_name(occasion, execution) in there:
            return read_if_whole(self.folder / _go_name(occasion, execution))
        for name in sorted(there):
            if name.startswith("left-") and (left := read_if_whole(self.folder / name)):
                raise BenchError(f"shard {_whose(name)} left before execution {execution}: {left['why']}")
        return None

    def _tell(self, occasion: Occasion, execution: int) -> Mapping[str, Any]:
        told_at = time.time()
        starts_at = told_at + (self.lead_seconds if occasion == "ready" else 0.0)
        noticed = {str(index): at for index, at in self._noticed.items()}
        go = {"told_at": told_at, "starts_at": starts_at, "noticed": noticed}
        write_json_once(self.folder / _go_name(occasion, execution), go)
        self._noticed.clear()
        return go

    def _notice(self, occasion: Occasion, execution: int, there: set[str]) -> None:
        """Who has come since the last look. Raises BenchError for one that is of another run."""
        at = time.time()
        for index in range(self.shard.count):
            name = _come(occasion, execution, index)
            if index in self._noticed or name not in there or not (come := read_if_whole(self.folder / name)):
                continue
            if other := differences(self.configuration, come["configuration"]):
                raise BenchError(f"shards 0 and {index} do not measure the same ({'; '.join(other)}): start both alike")
            self._noticed[index] = at

    def _in_vain(self, occasion: Occasion, execution: int, limit_seconds: float) -> str:
        there = names(self.folder)
        missing = [index for index in range(self.shard.count) if _come(occasion, execution, index) not in there]
        who = (
            f"{_shards(missing)} of {self.shard.count} did not come" if missing else "shard 0 did not say when to start"
        )
        return (
            f"{who} to execution {execution} within {units.seconds(limit_seconds)}: see what became of it, give "
            f"all of them the same folder ({self.folder}), or wait longer with --barrier-limit"
        )


def _shards(indices: list[int]) -> str:
    return f"shard{'' if len(indices) == 1 else 's'} {', '.join(map(str, indices))}"


def _come(occasion: Occasion, execution: int, index: int) -> str:
    return f"{occasion}-{execution}-{index}"


def _go_name(occasion: Occasion, execution: int) -> str:
    return f"go-{execution}" if occasion == "ready" else f"all-{occasion}-{execution}"


def _left(index: int) -> str:
    return f"left-{index}"


def _whose(name: str) -> int | None:
    """Which shard wrote a file of a barrier; what shard 0 says to all is its own."""
    kind, _, rest = name.partition("-")
    number = rest.rpartition("-")[2]
    if not number.isdecimal():
        return None
    if kind in ("go", "all"):
        return 0
    return int(number) if kind in (*get_args(Occasion), "left") else None
