"""Processes that bear a variable in their environment: what an instance started, whatever became of its parents."""

import time
from collections.abc import Iterator
from contextlib import suppress

import psutil

INSTANCE = "SERVERS_INSTANCE"
"""Tells a container which instance it is in, and us which instance a process is of."""
EMULATOR = "CLOUDRUN_EMULATOR"
"""The same in all containers of an emulator."""
PAUSE_SECONDS = 0.01
GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


def kill_all(variable: str, value: str) -> None:
    """Kills them until there are none: one of them may be starting another."""
    while processes := list(_bearing(variable, value)):
        for process in processes:
            with suppress(*GONE):
                process.kill()
        time.sleep(PAUSE_SECONDS)  # not psutil's own wait: it would take a child's exit code from whoever started it


def _bearing(variable: str, value: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(*GONE):
            if process.environ().get(variable) == value and process.status() != psutil.STATUS_ZOMBIE:
                yield process
