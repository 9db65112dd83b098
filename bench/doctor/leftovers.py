"""Processes such as a run starts, of an earlier run or of one that goes on."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import psutil

from bench.doctor.machine import Leftover
from servers.deployments import DEPLOYMENTS

OURS: Mapping[str, str] = {
    "servers.fake_gemini": "fake Gemini",
    "servers.null_chat": "null chat server",
    **{deployment.app: deployment.name for deployment in reversed(list(DEPLOYMENTS.values()))},
}
"""What stands on the command line, and what we call it; an app that several deployments have is called as the first."""
LOAD = "load"
PROGRAMS = ("python", "pypy", "locust")
"""How the name of a program begins that may be one."""
REAPERS = frozenset({"docker-init", "init", "launchd", "systemd", "tini"})
"""Who takes over a process whose parent is gone."""


def find_leftovers() -> Iterator[Leftover]:
    """Those that this system lets us see, without what they have started themselves."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            name = name_of(process.cmdline())
            if not name:
                continue
            above = process.parents()
            if not any(name_of(parent.cmdline()) for parent in above):
                yield Leftover(process.pid, name, orphaned=not above or _is_reaper(above[0]))


def name_of(command: Sequence[str]) -> str | None:
    """What a run calls the process with this command line; None where it is none of a run's."""
    if not command or not Path(command[0]).name.startswith(PROGRAMS):
        return None
    for deployment in DEPLOYMENTS.values():
        if {part for part in deployment.command if "{" not in part} <= set(command):
            return deployment.name
    for part in command:
        if part in OURS:
            return OURS[part]
    files = [Path(after) for option, after in pairwise(command) if option == "-f"]
    return LOAD if any(file.parent.name == "loadtests" for file in files) else None


def _is_reaper(process: psutil.Process) -> bool:
    """The first process of all is one, unless it is a program of ours, as in a container that does nothing else."""
    name = process.name()
    return name in REAPERS or (process.pid == 1 and not name.startswith((*PROGRAMS, "live-bench", "pytest")))
