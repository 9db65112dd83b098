"""From which pages a browser may come: a page of somebody else's must not talk to this server as its visitor. Pure.

A browser says with a WebSocket's upgrade which page opens it, and keeps no page from opening one anywhere. What is not
a browser says nothing of the sort, and is let through.
"""

import re
from typing import Protocol
from urllib.parse import urlsplit

_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+", re.IGNORECASE)


class Headers(Protocol):
    """Of a request; looked up in small letters."""

    def get(self, name: str, /) -> str | None: ...


def is_origin(text: str) -> bool:
    """Whether it is written as browsers write one: scheme and host, a port where it is not the usual one."""
    return bool(_ORIGIN.fullmatch(text))


def may_come(headers: Headers, allowed: frozenset[str]) -> bool:
    """Whether who asks with these headers may. Where none is allowed by name, pages of the host that is asked may.

    The scheme is not compared then: where somebody in front ends TLS, a server does not know its own.
    """
    origin = headers.get("origin")
    if origin is None:
        return True
    if allowed:
        return origin.lower() in allowed
    host = headers.get("host")
    return is_origin(origin) and host is not None and urlsplit(origin).netloc.lower() == host.lower()
