"""How much processor time a container's processes may use: a quota of its control groups. Only Linux has them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OURS = Path("/proc/self/cgroup")


def quota_cores(groups: Path = GROUPS, ours: Path = OURS) -> float | None:
    """In cores: the least that our control group and those above it allow. None where nothing bounds it."""
    try:
        lines = ours.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    quotas = [quota for line in lines for quota in _quotas(groups, *line.split(":", 2)[1:])]
    return min(quotas, default=None)


def _quotas(groups: Path, controllers: str, path: str) -> Iterator[float]:
    """Of one line: version 2 names no controllers; in version 1 that of the processor has a folder of its own."""
    if controllers and "cpu" not in controllers.split(","):
        return
    root = groups / controllers if controllers else groups
    folder = root / path.strip("/")
    for group in (folder, *folder.parents):
        with contextlib.suppress(OSError, ValueError):
            quota, period = _version_1(group) if controllers else _version_2(group)
            if quota > 0:
                yield quota / period
        if group == root:
            return


def _version_2(group: Path) -> tuple[int, int]:
    """Raises ValueError where it is `max`, which is no quota."""
    quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
    return int(quota), int(period)


def _version_1(group: Path) -> tuple[int, int]:
    """Below zero where there is none."""
    quota, period = ((group / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period"))
    return int(quota), int(period)
