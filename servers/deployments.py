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
    about: str = ""
    """What it is, in a sentence."""
    sources: tuple[str, ...] = ()
    """The files in this folder that it has to itself, or shares with those of the same app: what it took to write."""
    twin: str | None = None
    """Which other entry it is to be read and measured beside; None for the one that all comparisons begin with."""
    threads: int | None = None
    """How many sessions it can serve at a time, where threads bound that."""
    interruptible: bool = True
    """Whether a prompt is heard while a reply streams."""

    @property
    def app(self) -> str:
        """The app among the words of its command."""
        return next(word for word in self.command if word.partition(":")[0].endswith("_app"))

    def command_line(self, host: str, port: int) -> list[str]:
        """The command that serves it at an address, under the interpreter that runs now."""
        return [sys.executable, "-m", *(part.format(host=host, port=port) for part in self.command)]


def _flask(app: str, threads: int) -> tuple[str, ...]:
    return (
        *("gunicorn", app, "--bind", "{host}:{port}"),
        *("--worker-class", "servers.gthread.Worker", "--workers", "1", "--threads", str(threads)),
        *("--timeout", "0", "--graceful-timeout", "8", "--backlog", "1024"),
        *("--log-level", "warning", "--no-control-socket"),
    )


def _quart(server: str) -> tuple[str, ...]:
    return (
        *(server, "servers.quart_app:app", "--bind", "{host}:{port}"),
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
            command=_flask("servers.flask_app:app", threads=100),
            about="A thread for each session, which reads a prompt, waits out the reply, and reads the next.",
            sources=("flask_app.py", "blocking_live.py", "blocking_socket.py", "gthread.py"),
            threads=100,
            interruptible=False,
        ),
        Deployment(
            name="quart",
            label="Quart, hypercorn uvloop, 1 process",
            style="non-blocking",
            colour="#0072B2",
            command=_quart("servers.hypercorn"),
            about="Two tasks for each session on one event loop: one listens to the client, the other to Gemini.",
            sources=("quart_app.py", "line.py", "hypercorn.py"),
            twin="flask",
        ),
        Deployment(
            name="flask-duplex",
            label="Flask duplex, gunicorn gthread, 100 threads and as many more",
            style="blocking",
            colour="#E69F00",
            command=_flask("servers.flask_duplex_app:app", threads=100),
            about="Flask with two threads for each session, one of which hears the client while the other replies.",
            sources=("flask_duplex_app.py", "duplex_live.py", "line.py", "blocking_socket.py", "gthread.py"),
            twin="flask",
            threads=100,
        ),
        Deployment(
            name="flask-8t",
            label="Flask 8t, gunicorn gthread, 8 threads",
            style="blocking",
            colour="#CC79A7",
            command=_flask("servers.flask_app:app", threads=8),
            about="The same Flask app with the eight threads that the platform's own sample line deploys.",
            sources=("flask_app.py", "blocking_live.py", "blocking_socket.py", "gthread.py"),
            twin="flask",
            threads=8,
            interruptible=False,
        ),
        Deployment(
            name="quart-uvicorn",
            label="Quart uvicorn, uvicorn uvloop, 1 process",
            style="non-blocking",
            colour="#56B4E9",
            command=_quart("servers.uvicorn"),
            about="The same Quart app, served by uvicorn.",
            sources=("quart_app.py", "line.py", "uvicorn.py"),
            twin="quart",
        ),
        Deployment(
            name="raw",
            label="Raw relay, picows uvloop, 1 process",
            style="non-blocking",
            colour="#009E73",
            command=_raw(),
            about="A relay between two WebSockets, without a framework and without the SDK.",
            sources=(
                "raw_app.py",
                "raw/client_connection.py",
                "raw/credentials.py",
                "raw/gemini_connection.py",
                "raw/gemini_wire.py",
                "raw/session.py",
                "raw/site.py",
            ),
            twin="quart",
        ),
        Deployment(
            name="demo",
            label="Original demo, Quart, hypercorn asyncio, 1 process",
            style="non-blocking",
            colour="#000000",
            command=_demo(),
            about="The original demo's handler, written anew: Quart without limits or farewells.",
            sources=("demo_app.py",),
            twin="quart",
        ),
    )
}
