"""How each app is served: app + process manager + concurrency settings, one entry each.

The bench, `python -m servers` and the image all start what stands here, so that what is measured is what runs.
Add an entry to measure another deployment of an existing app.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Deployment:
    """A chat server ready to be started."""

    name: str
    label: str
    style: Literal["blocking", "non-blocking"]
    colour: str
    """Its colour in every chart; from the Okabe-Ito palette, which colour-blind readers can tell apart."""
    command: tuple[str, ...]
    """A Python module and its arguments; `{host}` and `{port}` stand for the address."""
    threads: int | None = None
    """How many sessions it can serve at a time, where threads bound that."""

    @property
    def app(self) -> str:
        """The app among the words of its command."""
        return next(word for word in self.command if word.partition(":")[0].endswith("_app"))

    def command_line(self, host: str, port: int) -> list[str]:
        """The command that serves it at an address, under the interpreter that runs now."""
        return [sys.executable, "-m", *(part.format(host=host, port=port) for part in self.command)]


def _flask(threads: int) -> tuple[str, ...]:
    return (
        *("gunicorn", "servers.flask_app:app", "--bind", "{host}:{port}"),
        *("--worker-class", "servers.gthread.Worker", "--workers", "1", "--threads", str(threads)),
        *("--timeout", "0", "--graceful-timeout", "8", "--backlog", "1024"),
        *("--log-level", "warning", "--no-control-socket"),
    )


def _quart() -> tuple[str, ...]:
    return (
        *("servers.hypercorn", "servers.quart_app:app", "--bind", "{host}:{port}"),
        *("--graceful-timeout", "8", "--backlog", "1024"),
        *("--log-level", "warning"),
    )


def _raw() -> tuple[str, ...]:
    return (
        *("servers.raw_app", "--bind", "{host}:{port}"),
        *("--graceful-timeout", "8", "--backlog", "1024"),
        *("--log-level", "warning"),
    )


def _demo() -> tuple[str, ...]:
    """As the original's image starts it: with nothing but an address."""
    return ("hypercorn", "servers.demo_app:app", "--bind", "{host}:{port}")


DEPLOYMENTS: Mapping[str, Deployment] = {
    deployment.name: deployment
    for deployment in (
        Deployment(
            name="flask",
            label="Flask, gunicorn gthread, 100 threads",
            style="blocking",
            colour="#D55E00",
            command=_flask(threads=100),
            threads=100,
        ),
        Deployment(
            name="quart",
            label="Quart, hypercorn uvloop, 1 process",
            style="non-blocking",
            colour="#0072B2",
            command=_quart(),
        ),
        Deployment(
            name="raw",
            label="Raw relay, picows uvloop, 1 process",
            style="non-blocking",
            colour="#009E73",
            command=_raw(),
        ),
        Deployment(
            name="demo",
            label="Original demo, Quart, hypercorn asyncio, 1 process",
            style="non-blocking",
            colour="#999999",
            command=_demo(),
        ),
    )
}
