"""Real proxies in front of a server, as stands one in front of every deployed service: each cuts what is silent."""

import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.chat_server import free_port
from tests.waiting import wait_until

_HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client {client}
    timeout server 30s
    timeout queue 1s
    {tunnel}
frontend all
    bind fd@{descriptor}
    default_backend server
backend server
    server one 127.0.0.1:{port} {limits}
"""
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{own_port};
        location / {{
            proxy_pass http://127.0.0.1:{port};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout {seconds:g}s;
        }}
    }}
}}
"""


@contextmanager
def haproxy(
    folder: Path, url: str, *, tunnel_seconds: float | None = None, client_seconds: float = 30.0, limits: str = ""
) -> Iterator[str]:
    """The address of a HAProxy before `url`; skips the test where there is none.

    `tunnel_seconds` is for how long a session may be silent, and `client_seconds` for how long a client, where that
    is not given. `limits` is what the line of the server says besides.
    """
    program = _program("haproxy")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = folder / "haproxy.cfg"
        tunnel = "" if tunnel_seconds is None else f"timeout tunnel {tunnel_seconds * 1000:.0f}"
        client, descriptor = f"{client_seconds * 1000:.0f}", listening.fileno()
        config.write_text(
            _HAPROXY.format(client=client, tunnel=tunnel, descriptor=descriptor, port=_port_of(url), limits=limits)
        )
        command = [program, "-db", "-f", str(config)]
        with _running(command, folder, pass_fds=[descriptor]):
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def nginx(folder: Path, url: str, *, read_seconds: float) -> Iterator[str]:
    """The address of an nginx before `url`, which lets the server be silent for so long; skips where there is none."""
    program = _program("nginx")
    own_port = free_port()
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, own_port=own_port, port=_port_of(url), seconds=read_seconds))
    with _running([program, "-c", str(config), "-p", str(folder)], folder) as process:
        wait_until(lambda: process.poll() is not None or _listens(own_port), "nginx listens")
        yield f"ws://127.0.0.1:{own_port}"


@contextmanager
def _running(command: list[str], folder: Path, pass_fds: Sequence[int] = ()) -> Iterator[subprocess.Popen[bytes]]:
    log = folder / "proxy.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, pass_fds=pass_fds, stderr=errors)
    try:
        yield process
        assert process.poll() is None, log.read_text()
    finally:
        process.kill()
        process.wait()


def _program(name: str) -> str:
    program = shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip(f"{name} is not installed")
    return program


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
