"""The emulator as a process, with manifests of a test's own, and a client that knows its tokens."""

import json
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from websockets.sync.client import ClientConnection, connect

from tests.waiting import DEADLINE_SECONDS, wait_until

CONTAINER = ("python", str(Path(__file__).with_name("container.py")))
STRANGER = "stranger@emulated-project.iam.gserviceaccount.com"

Json = dict[str, Any]


def container(*arguments: str, **fields: Any) -> Json:
    """A container of a manifest. `env` is given as a mapping."""
    environment = [{"name": name, "value": value} for name, value in fields.pop("env", {}).items()]
    return {"command": [*CONTAINER], "args": list(arguments), "env": environment, **fields}


def manifest(
    *containers: Json,
    name: str = "echo",
    concurrency: int = 80,
    instances: tuple[int, int] = (0, 1),
    service: Mapping[str, str] | None = None,
    revision: Mapping[str, str] | None = None,
    **spec: Any,
) -> Json:
    """A service's manifest; `service` and `revision` are annotations, `instances` the fewest and the most."""
    low, high = instances
    ours = {"run.googleapis.com/minScale": str(low), "run.googleapis.com/maxScale": str(high), **(service or {})}
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"name": name, "annotations": ours},
        "spec": {
            "template": {
                "metadata": {"annotations": dict(revision or {})},
                "spec": {"containerConcurrency": concurrency, "containers": list(containers or [container()]), **spec},
            }
        },
    }


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def told(self) -> Json:
        told: Json = json.loads(self.body)
        return told


@dataclass(frozen=True)
class Emulator:
    process: "subprocess.Popen[str]"
    ready: Json
    stderr: Path

    @property
    def url(self) -> str:
        """Of the first service."""
        url: str = next(iter(self.ready["services"].values()))
        return url

    @property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ready["certificate"])

    @property
    def events(self) -> list[Json]:
        """What it has told of so far."""
        return [json.loads(line) for line in self.stderr.read_text().splitlines() if line.startswith("{")]

    def token(self, audience: str | None = None, account: str = "default") -> str:
        query = f"audience={quote(audience or self.url)}"
        return self.ask(f"/computeMetadata/v1/instance/service-accounts/{account}/identity?{query}")

    def ask(self, path: str, body: bytes | None = None, method: str | None = None) -> str:
        """Of the metadata server's address."""
        headers = {"Metadata-Flavor": "Google"}
        request = urllib.request.Request(f"http://{self.ready['metadata']}{path}", body, headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=DEADLINE_SECONDS) as answer:
            text: str = answer.read().decode()
            return text

    def first(self) -> Json:
        """What it tells of the first service."""
        service: Json = json.loads(self.ask("/emulator/services"))[0]
        return service

    def instances(self) -> list[Json]:
        """Of the first service, those that take requests."""
        return [instance for instance in self.first()["instances"] if instance["ready"]]

    def ended(self) -> list[Json]:
        """How instances of the first service have ended."""
        return list(self.first()["ended"])

    def shut_down(self, instance: str) -> None:
        self.ask(f"/emulator/instances/{instance}/shutdown", method="POST")

    def headers(self) -> dict[str, str]:
        """That let one in."""
        return {"Authorization": f"Bearer {self.token()}"}

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """With the usual token, unless other headers are given."""
        connection = HTTPSConnection(urlsplit(self.url).netloc, context=self.tls, timeout=DEADLINE_SECONDS)
        try:
            connection.request("GET", path, headers=self.headers() if headers is None else headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read().decode())
        finally:
            connection.close()

    def chat(self, headers: Mapping[str, str] | None = None) -> ClientConnection:
        """A WebSocket, opened; to be used as a context."""
        tls = self.tls
        # The blocking client reads and writes one connection from two threads. TLS 1.3 has something to read right
        # after the handshake, while the request is written, by which two in a thousand sessions never open.
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        return connect(
            self.url.replace("https:", "wss:") + "/live",
            ssl=tls,
            additional_headers={**self.headers(), **(headers or {})},
            open_timeout=DEADLINE_SECONDS,
            proxy=None,
            max_size=None,
        )


@contextmanager
def emulator(folder: Path, manifests: Sequence[Json], *options: str) -> Iterator[Emulator]:
    """Start one and stop it afterwards. `options` are further ones of its command line."""
    paths = []
    for number, described in enumerate(manifests):
        paths.append(folder / f"service-{number}.yaml")
        paths[-1].write_text(json.dumps(described))
    with emulator_of(folder, [str(path) for path in paths], *options) as running:
        yield running


@contextmanager
def emulator_of(folder: Path, paths: Sequence[str], *options: str) -> Iterator[Emulator]:
    command = [sys.executable, "-m", "servers.cloudrun.emulator", *paths, *options]
    stderr = folder / "emulator.err"
    with stderr.open("w") as sink, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sink, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"it ended with {process.wait()} before it was ready: {stderr.read_text()}"
            yield Emulator(process, json.loads(line), stderr)
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE_SECONDS)
            finally:
                process.kill()


def once(emulating: Emulator, instances: int) -> list[Json]:
    """The instances, when there are so many that take requests."""
    wait_until(lambda: len(emulating.instances()) == instances, f"{instances} instances are ready")
    return emulating.instances()
