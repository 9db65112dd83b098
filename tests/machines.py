"""Machines on a network of their own, made of the system's network namespaces; gone when they are left."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_NETWORK = "198.18.77"
"""Of the addresses that are set aside for benchmarks (RFC 2544)."""


@dataclass
class Machines:
    names: list[str]
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    def address(self, machine: int) -> str:
        return f"{_NETWORK}.{machine + 1}"

    def start(
        self, machine: int, *arguments: str, environment: Mapping[str, str] | None = None, log: Path | None = None
    ) -> "subprocess.Popen[str]":
        """Our Python with these arguments, on that machine; what it says goes to a log, or can be read."""
        command = ["ip", "netns", "exec", self.names[machine], sys.executable, *arguments]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LOCUST_", "BENCH_"))}
        with log.open("w") if log else contextlib.nullcontext() as sink:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink or subprocess.PIPE,
                stderr=subprocess.STDOUT if log else subprocess.PIPE,
                text=True,
                env={**inherited, "COLUMNS": "200", **(environment or {})},
            )
        self.started.append(process)
        return process

    def cut_off(self, machine: int) -> None:
        """Its cable is pulled: nobody is told."""
        _ip("-n", self.names[machine], "link", "set", "eth0", "down")

    def plug_in(self, machine: int) -> None:
        _ip("-n", self.names[machine], "link", "set", "eth0", "up")


@contextlib.contextmanager
def machines(number: int) -> Iterator[Machines]:
    """So many, all within reach of each other. Skips the test where the system does not let us have any."""
    hub, *names = [f"live-bench-{os.getpid()}-{index}" for index in range(number + 1)]
    if shutil.which("ip") is None:
        pytest.skip("there is no ip command to make network namespaces with")
    there = Machines(names)
    with contextlib.ExitStack() as stack:
        for name in (hub, *names):
            try:
                _ip("netns", "add", name)
            except subprocess.CalledProcessError as error:
                pytest.skip(f"this system lets us have no network namespace: {error.stderr.strip()}")
            stack.callback(_ip, "netns", "delete", name)
        _connect(hub, there)
        stack.callback(_end, there)
        yield there


def _connect(hub: str, there: Machines) -> None:
    _ip("-n", hub, "link", "add", "hub", "type", "bridge")
    _ip("-n", hub, "link", "set", "hub", "up")
    for index, name in enumerate(there.names):
        _ip("-n", hub, "link", "add", f"port{index}", "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("-n", hub, "link", "set", f"port{index}", "master", "hub", "up")
        _ip("-n", name, "address", "add", f"{there.address(index)}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            _ip("-n", name, "link", "set", link, "up")


def _end(there: Machines) -> None:
    for process in there.started:
        if process.poll() is None:
            process.terminate()
    for process in there.started:
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
