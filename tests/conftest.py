"""What makes the whole suite quick: code is compiled once, and what takes longest begins first."""

import gc
import os
import signal
import sys

import pytest

# Each of hundreds of processes would else compile all the code that it imports, where the environment says so.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell has what it starts in the background ignore Ctrl-C, and so would all that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOMS = ("e2e", "loadtests", "servers", "jobs", "bench")
"""Those whose files take longest first, so that at the end no worker is left with a long one while others idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """By room. Within a room tests stay in their order, and files whole."""
    items.sort(key=_room)


def pytest_collection_finish() -> None:
    """What was imported by now stays: it need not be looked through again and again for what can be thrown away."""
    gc.freeze()


def _room(item: pytest.Item) -> int:
    return ROOMS.index(item.nodeid.split("/")[1])
