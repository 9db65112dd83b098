"""A recording relay in a process of its own, for tests that need one."""

import json
import resource
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.fake_gemini_process import DEADLINE_SECONDS


@dataclass(frozen=True)
class RunningRelay:
    process: "subprocess.Popen[str]"
    url: str
    certificate: Path
    recording: Path

    def complaint(self) -> str:
        """What it says when it has ended because of something that the user can mend."""
        assert self.process.wait(DEADLINE_SECONDS) == 2
        assert self.process.stderr is not None
        return self.process.stderr.read()

    @property
    def tls(self) -> ssl.SSLContext:
        """A client context that trusts it."""
        return ssl.create_default_context(cafile=self.certificate)

    def stop(self) -> None:
        """End it as a user does; its recording is whole then."""
        self.process.terminate()
        assert self.process.wait(DEADLINE_SECONDS) == 0


@contextmanager
def relay(
    to: str, into: Path, *options: str, trust: Path | None = None, file_bytes: int = resource.RLIM_INFINITY
) -> Iterator[RunningRelay]:
    """Start a relay, which may write files of so many bytes, and stop it afterwards."""
    trusting = ["--trust", str(trust)] if trust else []
    command = [sys.executable, "-m", "servers.recording", "--to", to, "--into", str(into), *trusting, *options]
    limiting = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, preexec_fn=limiting) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"{' '.join(command)} ended with {process.wait()} before it was ready: {process.stderr}"
            ready = json.loads(line)
            yield RunningRelay(process, ready["url"], Path(ready["certificate"]), Path(ready["recording"]))
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE_SECONDS)
            finally:
                process.kill()
