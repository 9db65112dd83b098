"""A fake Gemini in a process of its own, for tests that need one."""

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.fake import OF_A_DEPLOYMENT

DEADLINE_SECONDS = 30.0
"""Far beyond what anything here takes; only a test that fails waits so long."""


@dataclass(frozen=True)
class RunningFake:
    process: "subprocess.Popen[str]"
    url: str
    certificate: Path
    api_key: str = ""
    """The one that it asks for, if it does."""

    @property
    def tls(self) -> ssl.SSLContext:
        """A client context that trusts it."""
        return ssl.create_default_context(cafile=self.certificate)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a plain HTTP request."""
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls), _AnyStatus()
        )
        request = urllib.request.Request(self.url + path, headers={"x-goog-api-key": self.api_key})
        with opener.open(request, timeout=DEADLINE_SECONDS) as answer:
            return answer.status, answer.read().decode()

    def ledger(self, *, reset: bool = False) -> dict[str, Any]:
        account: dict[str, Any] = json.loads(self.get("/ledger?reset=1" if reset else "/ledger")[1])
        return account

    def count_anew(self) -> None:
        """Reset the ledger, once the sessions of earlier tests have been entered in it."""
        self.ledger_once(lambda account: account["sessions_open"] == 0)
        self.ledger(reset=True)

    def ledger_once(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The ledger as soon as it meets a condition."""
        give_up_at = time.monotonic() + DEADLINE_SECONDS
        while not condition(account := self.ledger()):
            assert time.monotonic() < give_up_at, f"the ledger never came to that: {account}"
            time.sleep(0.01)
        return account


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response


def as_if_at_home(**variables: str) -> dict[str, str]:
    """Our environment without what would make a fake one that is deployed, and with some variables more."""
    return {**os.environ, **dict.fromkeys(OF_A_DEPLOYMENT, ""), **variables}


@contextmanager
def fake_gemini(profile: str | Path = "fast", *options: str) -> Iterator[RunningFake]:
    """Start a fake and stop it afterwards. `options` are further ones of its command line."""
    command = [sys.executable, "-m", "servers.fake_gemini", "--profile", str(profile), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=as_if_at_home()) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"{' '.join(command)} ended with {process.wait()} before it was ready"
            ready = json.loads(line)
            yield RunningFake(process, ready["url"], Path(ready["certificate"]), _api_key(options))
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE_SECONDS)
            finally:
                process.kill()


def _api_key(options: tuple[str, ...]) -> str:
    """The one among the options of a command line; none, where it has none."""
    return options[options.index("--api-key") + 1] if "--api-key" in options else ""
