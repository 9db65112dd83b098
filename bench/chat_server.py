"""A chat server of the table, freshly started and known to answer."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from bench.errors import BenchError, ServerNotReady
from bench.health import health_of
from bench.processes import Command
from servers.deployments import Deployment
from servers.injection import VARIABLE
from servers.ports import free_ports

START_SECONDS = 60.0
POLL_SECONDS = 0.05


def free_port() -> int:
    """A port that was free a moment ago."""
    (port,) = free_ports(1)
    return port


def launch(
    deployment: Deployment, port: int, environment: Mapping[str, str], log: Path, cores: frozenset[int]
) -> Command:
    """Starts a deployment on loopback; `wait_until_ready` tells when it answers.

    A fault is put into it only by the environment given here, and not by the user's.
    """
    command = deployment.command_line("127.0.0.1", port)
    return Command(command, log, environment=environment, without=(VARIABLE,), cores=cores)


def wait_until_ready(server: Command, url: str, injected: str = "") -> dict[str, Any]:
    """Asks `/healthz` until it answers, and gives its answer.

    Raises ServerNotReady where that never happens, and BenchError where it has other faults than are to be `injected`.
    """
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        if server.exit_code is not None:
            raise ServerNotReady(f"the server ended with code {server.exit_code} before it answered; {_hint(server)}")
        if answer := health_of(url):
            _check_faults(url, answer, injected)
            return answer
        time.sleep(POLL_SECONDS)
    raise ServerNotReady(f"the server did not answer {url}/healthz within {START_SECONDS:g} s; {_hint(server)}")


def _check_faults(url: str, health: Mapping[str, Any], injected: str) -> None:
    found = health.get("injected", "")
    if found == injected:
        return
    if injected:
        raise BenchError(
            f"the server at {url} was started with {VARIABLE}={injected} and says {found or 'nothing'} of it: "
            "is its code older than that variable?"
        )
    raise BenchError(f"the server at {url} has a fault injected ({found}) that nobody asked for: mend its code")


def open_first_session(server: Command, url: str) -> None:
    """Opens a session, Gemini's side included, and has it end: what a server builds once, it has then built.

    A server that refuses nothing is heard out instead.

    Else the first to come would pay for it, and all would seem to need more memory than they do. Raises ServerNotReady
    where that cannot be had.
    """
    try:
        with connect(f"{url}/live", proxy=None, open_timeout=START_SECONDS) as session, suppress(ConnectionClosed):
            session.send("")  # an empty prompt is refused, but not before Gemini is connected
            while not json.loads(session.recv(START_SECONDS)).get("turn_complete"):
                pass
    except (OSError, InvalidHandshake) as error:
        raise ServerNotReady(f"the server opened no session at {url}/live: {error}; {_hint(server)}") from error


def _hint(server: Command) -> str:
    return f"its log, {server.log}, ends: {server.last_word()}"
