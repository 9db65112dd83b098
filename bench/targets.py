"""What is measured: names from the table of deployments, or addresses given as NAME=URL."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from bench.errors import BenchError
from bench.results import Target
from servers.deployments import DEPLOYMENTS

ADDRESS_COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""For targets given by address, in the order given; the rest of the palette that the table draws from."""

_WEBSOCKET_SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)


def resolve(given: Sequence[str]) -> list[Target]:
    """The targets named. Raises BenchError for an unknown name, a bad address, or a name given twice."""
    targets: list[Target] = []
    for text in given:
        name, _, url = text.partition("=")
        if any(target.name == name for target in targets):
            raise BenchError(f"target {name!r} is given twice: give one of them another name, as in other=ws://...")
        addresses = sum(target.url is not None for target in targets)
        targets.append(
            _by_address(name, url, ADDRESS_COLOURS[addresses % len(ADDRESS_COLOURS)]) if url else _named(name)
        )
    if not targets:
        raise BenchError(f"no target given: choose from {', '.join(DEPLOYMENTS)}, or give NAME=ws://HOST:PORT")
    return targets


def _named(name: str) -> Target:
    deployment = DEPLOYMENTS.get(name)
    if deployment is None:
        raise BenchError(
            f"there is no target {name!r}: choose from {', '.join(DEPLOYMENTS)}, or give {name}=ws://HOST:PORT"
        )
    return Target(
        name=name,
        style=deployment.style,
        label=deployment.label,
        colour=deployment.colour,
        threads=deployment.threads,
        command="python -m " + " ".join(deployment.command),
    )


def _by_address(name: str, url: str, colour: str) -> Target:
    parts = urlsplit(url)
    if not _NAME.fullmatch(name) or parts.scheme not in _WEBSOCKET_SCHEMES or not parts.hostname:
        raise BenchError(f"{name}={url} is not a target: write it as in quart=wss://chat.example.com")
    address = parts._replace(scheme=_WEBSOCKET_SCHEMES[parts.scheme]).geturl().rstrip("/")
    return Target(name=name, style="unknown", label=f"{name} at {parts.netloc}", colour=colour, url=address)
