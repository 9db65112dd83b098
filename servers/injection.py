"""Faults put into the servers on purpose, so that who measures them can prove that a fault is seen.

`SERVERS_INJECT` alone puts them in, and only with the fake Gemini behind: see `settings.py`.
"""

import itertools
import json
import mmap
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import TypeVar

from servers.errors import SettingsError

VARIABLE = "SERVERS_INJECT"

_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
_DURATION = re.compile(_NUMBER + "(us|ms|s)")
_FORMS = {
    "cpu": _DURATION,
    "sleep": _DURATION,
    "memory": re.compile(_NUMBER + "(kB|MB)"),
    "drop": re.compile("([0-9]{1,9})()"),
}
_UNITS = {
    "us": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "kB": Decimal(1000),
    "MB": Decimal(1_000_000),
    "": Decimal(1),
}

Message = TypeVar("Message")


@dataclass(frozen=True)
class Injection:
    """Which faults, and how large; 0 is none. A packet is one with text that goes to a client."""

    written: str
    """As it stood in the environment."""
    cpu_seconds: float = 0.0
    """Processor time spent on every packet."""
    sleep_seconds: float = 0.0
    """How long every packet blocks its thread, and with it the event loop of a server that has one for all."""
    memory_bytes: int = 0
    """Held by every session from its opening to its end."""
    drop_every: int = 0
    """Every so many packets of a process one is not sent."""


def read_injection(text: str) -> Injection:
    """The faults in a list such as `cpu=300us,drop=40`. Raises SettingsError."""
    numbers: dict[str, Decimal] = {}
    for item in text.split(","):
        name, _, amount = item.partition("=")
        written = _FORMS[name].fullmatch(amount) if name in _FORMS else None
        number = Decimal(written[1]) * _UNITS[written[2]] if written else Decimal(0)
        if not number or name in numbers:
            raise SettingsError(
                f"{VARIABLE} is {text!r}: write one or more of cpu=300us, sleep=4ms, memory=300kB and drop=40, each at "
                "most once, above zero and in such units, with commas between them"
            )
        numbers[name] = number
    return Injection(
        written=text,
        cpu_seconds=float(numbers.get("cpu", 0)),
        sleep_seconds=float(numbers.get("sleep", 0)),
        memory_bytes=ceil(numbers.get("memory", 0)),
        drop_every=int(numbers.get("drop", 0)),
    )


def injected(
    packet_of: Callable[[Message], str | None], injection: Injection | None
) -> Callable[[Message], str | None]:
    """The function that makes packets with the faults put into it: the very same one where there are none."""
    if injection is None:
        return packet_of
    numbers = itertools.count(1)  # one call each, so that no two threads are given the same

    def faulty(message: Message) -> str | None:
        packet = packet_of(message)
        if packet is None or not (content := json.loads(packet))["text"]:
            return packet
        may_be_lost = injection.drop_every and not content["turn_complete"] and "interrupted" not in content
        if may_be_lost and next(numbers) % injection.drop_every == 0:
            return None
        _spend(injection.cpu_seconds)
        if injection.sleep_seconds:
            time.sleep(injection.sleep_seconds)
        return packet

    return faulty


def ballast(injection: Injection | None) -> AbstractContextManager[None]:
    """Memory for one session to hold, where there is to be any."""
    return _held(injection.memory_bytes) if injection and injection.memory_bytes else nullcontext()


def _spend(cpu_seconds: float) -> None:
    """Keeps the processor busy; the thread's own clock stands still while others run."""
    end = time.thread_time() + cpu_seconds
    while time.thread_time() < end:
        pass


@contextmanager
def _held(size_bytes: int) -> Iterator[None]:
    # A mapping of its own goes back to the system at once; what is freed to the allocator may be kept for others.
    with mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        for place in range(0, size_bytes, mmap.PAGESIZE):
            memory[place] = 1  # a page that nobody has written to takes up no memory
        yield
