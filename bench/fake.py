"""The fake Gemini as the bench uses it: one process for a run, asked for its ledger after each trial."""

import json
import ssl
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from bench.errors import BenchError
from bench.processes import Command

START_SECONDS = 30.0
RECORDINGS = (".ndjson", ".ndjson.gz")
"""How the name of a recording ends, which the fake says again where one is named instead of a profile."""
RULES = (
    *("MAX_SESSIONS", "PROMPTS_PER_MINUTE", "TOKENS_PER_MINUTE"),
    *("ALLOWED_ORIGINS", "LOG_LEVEL", "LOG_PROMPTS"),
)
"""What makes a server serve less, or write more down: not where it is measured."""
NOT_INHERITED = (
    *("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_CLOUD_PROJECT", "GEMINI_MODEL", "GEMINI_MODALITY"),
    *RULES,
)
"""What would make a server speak to the fake in another manner, or serve less; a real key has no business there."""
OF_A_DEPLOYMENT = ("PORT", "FAKE_GEMINI_KEY")
"""What would make this fake one that is deployed: at a port that may be taken, and for one key only."""


class FakeGemini:
    """A running fake. Leaving the context stops it."""

    def __init__(self, profile: str, seed: int, logs: Path, cores: frozenset[int]) -> None:
        self.certificate = logs.absolute() / "fake-gemini.pem"
        behaviour = "--replay" if profile.endswith(RECORDINGS) else "--profile"
        command = [sys.executable, "-m", "servers.fake_gemini", behaviour, profile, "--seed", str(seed)]
        self._command = Command(
            [*command, "--certificate", str(self.certificate)],
            logs / "fake-gemini.log",
            environment=dict.fromkeys(OF_A_DEPLOYMENT, ""),
            cores=cores,
            pipe_output=True,
        )
        try:
            self.url: str = self._ready_line()["url"]
        except BaseException:
            self._command.stop()
            raise
        tls = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.certificate))
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), tls)  # loopback needs no proxy

    @property
    def pid(self) -> int:
        return self._command.pid

    @property
    def alive(self) -> bool:
        return self._command.exit_code is None

    @property
    def server_environment(self) -> dict[str, str]:
        """What makes a chat server speak to this fake: its address and its certificate, and nothing else."""
        return {
            "GOOGLE_GEMINI_BASE_URL": self.url,
            "SSL_CERT_FILE": str(self.certificate),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),  # the user's small one would win
            **dict.fromkeys(NOT_INHERITED, ""),
        }

    def ledger(self, *, reset: bool = False) -> dict[str, Any]:
        """Its own account since it was last reset. Raises BenchError where it does not answer."""
        return self._asked("/ledger?reset=1" if reset else "/ledger")

    def arm(self, script: str) -> None:
        """From now on a script's faults strike; it is named, or a .toml file. Raises BenchError as `ledger`."""
        path = Path(script)
        whole = {"script": path.read_text(encoding="utf-8")} if path.suffix == ".toml" else {}
        self._asked(f"/faults?{urlencode({'arm': path.stem, **whole})}")

    def disarm(self) -> dict[str, Any]:
        """Nothing goes wrong any more; gives what has struck whom since a script was armed. Raises as `ledger`."""
        account = self._asked("/faults")
        self._asked("/faults?arm=")
        return account

    def _asked(self, path: str) -> dict[str, Any]:
        try:
            with self._opener.open(f"{self.url}{path}", timeout=10) as answer:
                account: dict[str, Any] = json.load(answer)
        except OSError as error:
            raise BenchError(
                f"the fake Gemini no longer answers ({error}); its log ends: {self._command.last_word()}"
            ) from error
        return account

    def _ready_line(self) -> dict[str, Any]:
        line = self._command.first_line(START_SECONDS)
        if line is None:
            raise BenchError(f"the fake Gemini did not start; its log ends: {self._command.last_word()}")
        ready: dict[str, Any] = json.loads(line)
        return ready

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._command.stop()
        self.certificate.unlink(missing_ok=True)
