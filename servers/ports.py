"""Ports of loopback for servers that are about to start."""

import random
import socket
from contextlib import ExitStack, suppress

PORTS = range(10_000, 32_768)
"""Linux gives higher ones to whoever asks for any: one of those might be somebody else's before its server listens."""


def free_ports(count: int) -> list[int]:
    """So many that were free a moment ago, all different."""
    found: list[int] = []
    with ExitStack() as held:
        for port in random.sample(PORTS, len(PORTS)):
            if len(found) == count:
                break
            with suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(port)
    return found
