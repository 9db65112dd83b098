"""What real proxies put before a chat server, and what is told of it."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme
from addresses import chat_server, from_file, refusal

from bench.address import check_address
from bench.chat_server import free_port
from bench.processes import Command
from tests.waiting import wait_until

PATIENCE_SECONDS = 20.0

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{service}; }} }}
}}
"""
"""As many write it down: without the two lines that let WebSockets through."""

HAPROXY = """
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend secure
  bind 127.0.0.1:{port} ssl crt {folder}/front.pem
  http-request deny deny_status 403 unless {{ req.hdr(authorization) -m beg Bearer }}
  default_backend service
frontend clear
  bind 127.0.0.1:{clear}
  http-request redirect scheme https code 301
backend service
  server one 127.0.0.1:{service}
"""


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@contextmanager
def listening(command: list[str], folder: Path, *ports: int) -> Iterator[None]:
    def answers(port: int) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS):
            return True
        return False

    with Command(command, folder / "proxy.log") as proxy:
        wait_until(lambda: all(map(answers, ports)) or proxy.exit_code is not None, "the proxy listens")
        assert proxy.exit_code is None, proxy.tail()
        yield


@contextmanager
def nginx(service: int, folder: Path) -> Iterator[str]:
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, service=service))
    with listening(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], folder, port):
        yield f"127.0.0.1:{port}"


@contextmanager
def haproxy(service: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Gives where it speaks TLS, and where not."""
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "front.pem")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
    port, clear = free_port(), free_port()
    (folder / "haproxy.cfg").write_text(HAPROXY.format(folder=folder, port=port, clear=clear, service=service))
    with listening(["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder, port, clear):
        yield f"127.0.0.1:{port}", f"127.0.0.1:{clear}"


@needs("nginx")
def test_a_proxy_that_lets_no_websockets_through_is_told(tmp_path: Path) -> None:
    with chat_server() as service, nginx(service, tmp_path) as host:
        said = refusal(f"ws://{host}")
    assert said.startswith(f"ws://{host} answers, but not as a WebSocket at /live: it says ")
    assert said.endswith("does what stands before it let WebSockets through?")


@needs("nginx")
def test_a_proxy_with_nobody_behind_it_is_told(tmp_path: Path) -> None:
    with nginx(free_port(), tmp_path) as host:
        assert refusal(f"http://{host}") == f"http://{host}/healthz says 502 Bad Gateway: look at the server's log"


@needs("haproxy")
def test_a_proxy_that_wants_tls_and_a_token_is_satisfied_by_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with chat_server() as service, haproxy(service, tmp_path, monkeypatch) as (secure, clear):
        assert f"ws://{clear}/healthz says 301" in (said := refusal(f"ws://{clear}"))
        assert said.endswith("it speaks TLS; give its address as wss:// or https://")
        assert "says 403: it wants to know who calls" in refusal(f"wss://{secure}")
        assert check_address(f"wss://{secure}", from_file(tmp_path / "token", f"https://{secure}"))["app"] == "mine"


@needs("haproxy")
def test_a_proxy_whose_servers_are_all_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with haproxy(free_port(), tmp_path, monkeypatch) as (secure, _):
        said = refusal(f"https://{secure}", from_file(tmp_path / "token", f"https://{secure}"))
    assert "/healthz says 503: the service is there, but no instance of it could start or answer" in said
