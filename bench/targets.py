"""What is measured: names from the table of deployments, other names for its entries, or addresses as NAME=URL."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from bench.errors import BenchError
from bench.results import WEBSOCKET_SCHEMES, Target
from servers.deployments import DEPLOYMENTS

OTHER_COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""For targets that are named on the command line alone, in the order given; the rest of the table's palette."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)


def resolve(given: Sequence[str]) -> list[Target]:
    """The targets named. Raises BenchError for an unknown name, a bad address, or a name given twice."""
    targets: list[Target] = []
    for text in given:
        name, named, what = text.partition("=")
        if any(target.name == name for target in targets):
            raise BenchError(
                f"target {name!r} is given twice: give one of them another name, as in other={_example(name)} "
                "or other=ws://..."
            )
        colour = OTHER_COLOURS[sum(target.colour in OTHER_COLOURS for target in targets) % len(OTHER_COLOURS)]
        targets.append(_other(name, what, colour) if named else _of_the_table(name))
    if not targets:
        raise BenchError(f"no target given: choose from {', '.join(DEPLOYMENTS)}, or give NAME=ws://HOST:PORT")
    return targets


def _example(name: str) -> str:
    """A name of the table: this one, where it is one."""
    return name if name in DEPLOYMENTS else next(iter(DEPLOYMENTS))


def _of_the_table(name: str) -> Target:
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
        deployment=name,
    )


def _other(name: str, what: str, colour: str) -> Target:
    """What is named here and nowhere else: an entry of the table under another name, or an address."""
    if not _NAME.fullmatch(name):
        raise BenchError(f"{name}={what} is not a target: {name!r} is no name; write it as in again={_example(what)}")
    if what not in DEPLOYMENTS:
        return _by_address(name, what, colour)
    if name in DEPLOYMENTS:
        raise BenchError(f"{name}={what} would be mistaken for the target {name!r}: give it another name")
    entry = _of_the_table(what)
    # its own name comes first: what stands before a label's first comma is what people call a target
    return entry.model_copy(update={"name": name, "label": f"{name}, which is {entry.label}", "colour": colour})


def _by_address(name: str, url: str, colour: str) -> Target:
    parts = urlsplit(url)
    if parts.scheme not in WEBSOCKET_SCHEMES or not parts.hostname:
        raise BenchError(
            f"{name}={url} is not a target: write it as in {name}=wss://chat.example.com, or give one of "
            f"{', '.join(DEPLOYMENTS)} another name, as in {name}={_example(url)}"
        )
    return Target(name=name, style="unknown", label=f"{name}, at {parts.netloc}", colour=colour, url=url.rstrip("/"))
