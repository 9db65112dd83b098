"""What is measured: names from the table of deployments, all of it, other names for its entries, or NAME=URL."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from bench.errors import BenchError
from bench.results import WEBSOCKET_SCHEMES, Target
from bench.written import written
from servers.deployments import DEPLOYMENTS

ALL = "all"
"""Stands for every entry of the table, in its order."""
OTHER_COLOURS = ("#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#D55E00", "#0072B2")
"""For targets that are named on the command line alone: the first that no other has; the table's palette."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)


def resolve(given: Sequence[str]) -> list[Target]:
    """The targets named. Raises BenchError for an unknown name, a bad address, or a name given twice."""
    texts = [name for text in given for name in (DEPLOYMENTS if text == ALL else [text])]
    taken = [DEPLOYMENTS[text].colour for text in texts if text in DEPLOYMENTS]
    targets: list[Target] = []
    for text in texts:
        name, named, what = text.partition("=")
        if any(target.name == name for target in targets):
            raise BenchError(
                f"target {name!r} is given twice: give one of them another name, as in other={_example(name)} "
                "or other=ws://..."
            )
        colour = min(OTHER_COLOURS, key=taken.count)
        targets.append(_other(name, what, colour) if named else _of_the_table(name))
        taken += [colour] if named else []
    if not targets:
        raise BenchError(f"no target given: choose from {_choice()}, or give NAME=ws://HOST:PORT")
    return targets


def _choice() -> str:
    return f"{', '.join(DEPLOYMENTS)} or {ALL}"


def _example(name: str) -> str:
    """A name of the table: this one, where it is one."""
    return name if name in DEPLOYMENTS else next(iter(DEPLOYMENTS))


def _of_the_table(name: str) -> Target:
    deployment = DEPLOYMENTS.get(name)
    if deployment is None:
        raise BenchError(f"there is no target {name!r}: choose from {_choice()}, or give {name}=ws://HOST:PORT")
    return Target(
        name=name,
        style=deployment.style,
        label=deployment.label,
        colour=deployment.colour,
        threads=deployment.threads,
        command="python -m " + " ".join(deployment.command),
        deployment=name,
        about=deployment.about,
        twin=deployment.twin,
        sources=list(deployment.sources),
        written=written(deployment),
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
