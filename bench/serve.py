"""Servers to try by hand, with the fake Gemini behind them or a real one."""

import os
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.chat_server import launch, wait_until_ready
from bench.errors import BenchError
from bench.fake import RULES, FakeGemini
from bench.processes import Command
from servers.deployments import DEPLOYMENTS
from servers.errors import SettingsError
from servers.settings import read_settings

NO_CORES: frozenset[int] = frozenset()
POLL_SECONDS = 0.5


def serve(names: Sequence[str], first_port: int, *, real: bool, say: Callable[[str], None]) -> None:
    """Serves deployments on consecutive ports of loopback until it is interrupted.

    Raises BenchError for an unknown name, a port that is taken, and a server that ends by itself.
    """
    for name in names:
        if name not in DEPLOYMENTS:
            raise BenchError(f"there is no target {name!r} to serve: choose from {', '.join(DEPLOYMENTS)}")
    for port in range(first_port, first_port + len(names)):
        _check_free(port)
    with TemporaryDirectory(prefix="live-bench-") as folder, ExitStack() as stack:
        logs = Path(folder)
        _check_settings(real)
        environment = {} if real else _fake_gemini(stack, logs)
        servers = []
        for port, name in enumerate(names, start=first_port):
            server = stack.enter_context(launch(DEPLOYMENTS[name], port, environment, logs / f"{name}.log", NO_CORES))
            wait_until_ready(server, f"http://127.0.0.1:{port}")
            say(f"{DEPLOYMENTS[name].label}: http://127.0.0.1:{port}")
            servers.append(server)
        say(f"behind them: {'Gemini, as the environment says' if real else 'the fake Gemini'}; Ctrl-C ends everything")
        _wait(servers)


def _check_free(port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise BenchError(f"cannot serve on port {port}: {reason}; choose another with --port") from error


def _check_settings(real: bool) -> None:
    try:
        read_settings(os.environ if real else {"GOOGLE_GEMINI_BASE_URL": "https://localhost", **_rules()})
    except SettingsError as error:
        raise BenchError(str(error)) from error


def _fake_gemini(stack: ExitStack, logs: Path) -> dict[str, str]:
    return stack.enter_context(FakeGemini("live-text", 1, logs, NO_CORES)).server_environment | _rules()


def _rules() -> dict[str, str]:
    """Those that the environment sets: nothing is measured here, so they hold with the fake as well."""
    return {name: os.environ[name] for name in RULES if name in os.environ}


def _wait(servers: Sequence[Command]) -> None:
    try:
        while all(server.exit_code is None for server in servers):
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return
    ended = next(server for server in servers if server.exit_code is not None)
    raise BenchError(f"a server ended with code {ended.exit_code}; its log ends: {ended.last_word()}")
