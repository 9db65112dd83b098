"""The null chat server as the bench uses it: a process of its own, asked for its ledger afterwards."""

import json
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.certify.certificate import Pace
from bench.errors import BenchError
from bench.processes import Command

START_SECONDS = 30.0
ANSWER_SECONDS = 30.0
"""It sorts what it kept of every chunk before it answers."""


class NullChat:
    """A running null chat server. Leaving the context stops it."""

    def __init__(self, pace: Pace, seed: int, log: Path, cores: frozenset[int]) -> None:
        """Raises BenchError where it does not start."""
        timing = pace.model_dump(exclude={"think_seconds"})
        options = [part for name, value in timing.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        command = [sys.executable, "-m", "servers.null_chat", "--seed", str(seed), *options]
        self._command = Command(command, log, cores=cores, pipe_output=True)
        try:
            line = self._command.first_line(START_SECONDS)
            if line is None:
                raise BenchError(f"the null chat server did not start; its log ends: {self._command.last_word()}")
            self.url: str = json.loads(line)["url"]
        except BaseException:
            self._command.stop()
            raise
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback needs no proxy

    @property
    def pid(self) -> int:
        return self._command.pid

    def ledger(self, reset: bool = False) -> dict[str, Any]:
        """Its own account since it started, or since the last reset; with `reset` it counts anew afterwards.

        Raises BenchError where it does not answer.
        """
        address = self.url.replace("ws://", "http://", 1) + ("/ledger?reset=1" if reset else "/ledger")
        try:
            with self._opener.open(address, timeout=ANSWER_SECONDS) as answer:
                account: dict[str, Any] = json.load(answer)
        except OSError as error:
            raise BenchError(
                f"the null chat server no longer answers ({error}); its log ends: {self._command.last_word()}"
            ) from error
        return account

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._command.stop()
