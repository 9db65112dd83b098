"""A recording relay in a process of its own, for tests that need one."""

import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fake_gemini_process import DEADLINE_SECONDS


@dataclass(frozen=True)
class RunningRelay:
    process: "subprocess.Popen[str]"
    url: str
    certificate: Path
    recording: Path

    @property
    def tls(self) -> ssl.SSLContext:
        """A client context that trusts it."""
        return ssl.create_default_context(cafile=self.certificate)

    def stop(self) -> None:
        """End it as a user does; its recording is whole then."""
        self.process.terminate()
        assert self.process.wait(DEADLINE_SECONDS) == 0


@contextmanager
def relay(to: str, into: Path, *options: str, trust: Path | None = None) -> Iterator[RunningRelay]:
    """Start a relay and stop it afterwards."""
    trusting = ["--trust", str(trust)] if trust else []
    command = [sys.executable, "-m", "servers.recording", "--to", to, "--into", str(into), *trusting, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"{' '.join(command)} ended with {process.wait()} before it was ready"
            ready = json.loads(line)
            yield RunningRelay(process, ready["url"], Path(ready["certificate"]), Path(ready["recording"]))
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE_SECONDS)
            finally:
                process.kill()
