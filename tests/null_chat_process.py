"""A null chat server in a process of its own, for tests that need one."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.waiting import DEADLINE_SECONDS, wait_until

QUICK = ("--first-seconds", "0.005", "--gap-seconds", "0.002", "--chunks", "5")
"""Replies that are over at once."""


@dataclass(frozen=True)
class RunningNullChat:
    process: "subprocess.Popen[str]"
    url: str
    ready: dict[str, Any]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def get(self, path: str) -> Any:
        """What is answered in JSON."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=DEADLINE_SECONDS) as answer:
            return json.load(answer)

    def ledger_once(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The ledger as soon as it meets a condition."""
        account: dict[str, Any] = {}

        def met() -> bool:
            account.update(self.get("/ledger"))
            return condition(account)

        wait_until(met, "the ledger came to that")
        return account


@contextmanager
def null_chat(*options: str) -> Iterator[RunningNullChat]:
    """Start one and stop it afterwards. `options` are those of its command line."""
    command = [sys.executable, "-m", "servers.null_chat", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"{' '.join(command)} ended with {process.wait()} before it was ready"
            ready = json.loads(line)
            yield RunningNullChat(process, ready["url"], ready)
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE_SECONDS)
            finally:
                process.kill()
