"""A master and those who come to it, all of one test."""

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from bench.chat_server import free_port
from bench.workers.guest import introduction
from bench.workers.master import Master, Meeting
from bench.workers.wire import Message, Wire
from loadtests.support.load_code import introduce
from tests.waiting import wait_until

HOST = "127.64." + ".".join(map(str, (os.getpid() % 2**16).to_bytes(2)))
"""A loopback address of this process's own: what else runs here takes no port of it."""
OTHER_CODE = {"worker": asdict(replace(introduce(0), build="0" * 12)), "processes": 1}


@dataclass
class Party:
    master: Master
    said: list[str]
    wires: contextlib.ExitStack
    """Closes those of who came, after the master has left."""

    def come(self, **said: Any) -> Wire:
        """A worker that introduces itself like that, or as one of this code with one process."""
        wire = Wire(socket.create_connection((HOST, self.master.meeting.port)))
        self.wires.callback(wire.close)
        wire.send("introduction", **(said or introduction(1)))
        return wire

    def let_in(self, **said: Any) -> Wire:
        """A worker that was welcomed."""
        wire = self.come(**said)
        assert heard(wire) == {"kind": "welcome"}
        return wire


@contextlib.contextmanager
def party(workers: int, patience_seconds: float = 60.0) -> Iterator[Party]:
    said: list[str] = []
    meeting = Meeting(HOST, free_pair(), workers, patience_seconds)
    with contextlib.ExitStack() as wires, Master(meeting, said.append) as master:
        yield Party(master, said, wires)


def free_pair() -> int:
    """The first of two ports that nobody has."""
    while True:
        port = free_port()
        with contextlib.suppress(OSError, OverflowError), socket.create_server((HOST, port + 1)):
            return port


def heard(wire: Wire) -> Message:
    """The next message, which does come."""
    messages: list[Message] = []
    wait_until(lambda: (message := wire.receive(0.05)) and (messages.append(message) or True), "a message")
    return messages[0]
