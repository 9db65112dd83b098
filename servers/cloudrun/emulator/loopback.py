"""Several instances on one machine: ports and paths that a manifest fixes, replaced where they are written. Pure.

On Cloud Run each instance has a network and a file system of its own. Here all share this machine's, so an instance
gets free ports for its fixed ones and a private folder for its volumes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from servers.cloudrun.emulator.manifest import Container, Service

# What stands before a port: an address of the instance itself, or an option that is named for it.
_ADDRESS = r"(?:(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):)"
_OPTION = r"(?:--[\w-]*port[= ])"
_PORT = re.compile(rf"(?P<before>{_ADDRESS}|{_OPTION})(?P<port>\d+)\b", re.IGNORECASE)
_OPTION_ALONE = re.compile(r"--[\w-]*port", re.IGNORECASE)
_ANYWHERE = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d.])")


def ports_of(service: Service) -> list[int]:
    """Every port of an instance that its manifest fixes, in order."""
    found = set()
    for container in service.containers:
        found |= {container.port, container.probe.port if container.probe else None}
        found |= set(_ports_in_command(container.command))
        for name, value in container.environment.items():
            found |= {int(match["port"]) for match in _PORT.finditer(value)}
            found |= {int(value)} if _is_port(name, value) else set()
    return sorted(port for port in found if port)


def command_of(container: Container, ports: Mapping[int, int], folders: Mapping[str, str]) -> list[str]:
    """A container's command with this instance's ports and folders, listening on nothing but loopback."""
    command = []
    for before, part in _with_before(container.command):
        if _OPTION_ALONE.fullmatch(before) and part.isdecimal():
            part = str(ports.get(int(part), part))
        command.append(_ANYWHERE.sub("127.0.0.1", replaced(part, ports, folders)))
    return command


def environment_of(container: Container, ports: Mapping[int, int], folders: Mapping[str, str]) -> dict[str, str]:
    """A container's variables with this instance's ports and folders."""
    return {
        name: str(ports[int(value)]) if _is_port(name, value) else replaced(value, ports, folders)
        for name, value in container.environment.items()
    }


def replaced(text: str, ports: Mapping[int, int], folders: Mapping[str, str]) -> str:
    """A text with ports of the instance and paths of its volumes replaced; other numbers and paths stay."""
    for path, folder in sorted(folders.items(), reverse=True):  # the longer of two that begin alike goes first
        text = folder.join(re.split(rf"(?<![\w./-]){re.escape(path)}(?![\w.-])", text))
    return _PORT.sub(lambda found: found["before"] + str(ports.get(int(found["port"]), found["port"])), text)


def _ports_in_command(command: Iterable[str]) -> Iterator[int]:
    for before, part in _with_before(command):
        if _OPTION_ALONE.fullmatch(before) and part.isdecimal():
            yield int(part)
        yield from (int(match["port"]) for match in _PORT.finditer(part))


def _with_before(command: Iterable[str]) -> Iterator[tuple[str, str]]:
    before = ""
    for part in command:
        yield before, part
        before = part


def _is_port(name: str, value: str) -> bool:
    return name.upper().endswith("PORT") and value.isdecimal()
