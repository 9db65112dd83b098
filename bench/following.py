"""What the load has recorded so far, read while it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.support.turn import Mark, Turn, from_line

RECENT_TURNS = 50


@dataclass(frozen=True)
class Followed:
    """Counts up to now, and how far into each file they go."""

    shares: Mapping[str, int] = field(default_factory=dict)
    """How many people each process wants at present, by the name of its file."""
    ok: int = 0
    failed: int = 0
    recent_ttft_seconds: tuple[float, ...] = ()
    """Time to first words of the latest turns, the newest last."""
    offsets: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_begun(self) -> bool:
        """Whether anybody has come yet."""
        return bool(self.shares)

    @property
    def sessions(self) -> int:
        """How many people are wanted at present."""
        return sum(self.shares.values())


def follow(folder: Path, so_far: Followed) -> Followed:
    """`so_far`, brought up to date with the lines that have been added to the record files in a folder since."""
    shares, ok, failed = dict(so_far.shares), so_far.ok, so_far.failed
    recent, offsets = list(so_far.recent_ttft_seconds), dict(so_far.offsets)
    for path in sorted(folder.glob("turns-*.ndjson")):
        with path.open("rb") as file:
            file.seek(offsets.get(path.name, 0))
            whole = file.read().rpartition(b"\n")[0]
        offsets[path.name] = offsets.get(path.name, 0) + len(whole) + bool(whole)
        for record in map(from_line, whole.splitlines()):
            if isinstance(record, Mark):
                shares[path.name] = record.sessions
            elif isinstance(record, Turn):
                ok += record.outcome == "ok"
                failed += record.outcome == "failed"
                if record.sent_at is not None and record.chunks_at:
                    recent.append(record.chunks_at[0] - record.sent_at)
    return Followed(shares, ok, failed, tuple(recent[-RECENT_TURNS:]), offsets)
