"""One of the chat servers as a process: ready when it is entered, and always stopped."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from bench.chat_server import free_port, launch, wait_until_ready
from bench.fake import NOT_INHERITED
from bench.processes import Command
from servers.deployments import DEPLOYMENTS
from servers.injection import VARIABLE
from tests.fake_gemini_process import RunningFake


@dataclass(frozen=True)
class ChatServer:
    """A chat server that answers on loopback."""

    name: str
    port: int
    process: Command

    @property
    def interrupts(self) -> bool:
        """Whether a prompt during a reply cuts the reply: all that differs in what the servers tell a client."""
        return DEPLOYMENTS[self.name].interruptible

    @property
    def app(self) -> str:
        """What it calls its app."""
        module = DEPLOYMENTS[self.name].app.partition(":")[0]
        return module.removeprefix("servers.").removesuffix("_app").replace("_", "-")

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live"

    def log(self) -> str:
        """All that it has written so far."""
        return self.process.log.read_text(encoding="utf-8", errors="replace")

    def tree(self) -> list[psutil.Process]:
        """The process and everything that it started."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]


def speaking_to(fake: RunningFake, **settings: str) -> dict[str, str]:
    """The environment of a chat server with this fake behind it, and with settings of its own."""
    return {
        **dict.fromkeys(NOT_INHERITED, ""),
        "GOOGLE_GEMINI_BASE_URL": fake.url,
        "SSL_CERT_FILE": str(fake.certificate),
        "NO_PROXY": "127.0.0.1",
        **settings,
    }


@contextmanager
def chat_server(
    name: str, environment: Mapping[str, str], folder: Path, app: str | None = None
) -> Iterator[ChatServer]:
    """A deployment of the table on a free port, with its log in a folder; `app` is served in place of its own."""
    deployment, port = DEPLOYMENTS[name], free_port()
    if app:
        command = tuple(app if part == deployment.app else part for part in deployment.command)
        deployment = replace(deployment, command=command)
    with launch(deployment, port, environment, folder / f"{name}-{port}.log", frozenset()) as process:
        server = ChatServer(name, port, process)
        wait_until_ready(process, server.http_url, environment.get(VARIABLE, ""))
        yield server
        process.stop(seconds=0)  # how long it takes to leave politely is no one's business here
