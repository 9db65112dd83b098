import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.chat_server import free_port, wait_until_ready
from bench.fake import NOT_INHERITED
from bench.processes import Command
from servers.deployments import DEPLOYMENTS
from servers.injection import VARIABLE

GEMINI = {"GOOGLE_GEMINI_BASE_URL": "https://127.0.0.1:1"}
UNSET = dict.fromkeys((*NOT_INHERITED, "GOOGLE_GEMINI_BASE_URL", "PORT", VARIABLE), "")


def complaint(*arguments: str, environment: Mapping[str, str]) -> str:
    """What `python -m servers` says when it refuses, which is one line and exit code 2."""
    ended = subprocess.run(
        [sys.executable, "-m", "servers", *arguments],
        env={**os.environ, **UNSET, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_unknown_name_is_told_with_the_names_there_are() -> None:
    told = complaint("nodejs", environment=GEMINI)
    assert all(name in told for name in DEPLOYMENTS)


def test_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = complaint("quart", "--port", str(port), environment=GEMINI)
    assert told.startswith(f"error: cannot listen on 127.0.0.1:{port}: Address already in use")
    assert told.endswith("; choose another --port or --host\n")


def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    """Those of a fake or of a relay that has ended, say."""
    gone = tmp_path / "ca.pem"
    told = complaint("raw", environment={**GEMINI, "SSL_CERT_FILE": str(gone)})
    assert told == f"error: SSL_CERT_FILE names {gone}, which is no file: name one with certificates, or unset it\n"


def test_port_that_does_not_exist_is_told() -> None:
    assert "no such port" in complaint("quart", "--port", "70000", environment=GEMINI)


@pytest.mark.parametrize(("arguments", "environment"), [(["--port", "http"], {}), ([], {"PORT": "http"})])
def test_port_that_is_no_number_is_told(arguments: list[str], environment: dict[str, str]) -> None:
    assert "'http'" in complaint("quart", *arguments, environment={**GEMINI, **environment})


def test_lack_of_a_gemini_is_told_with_the_variables_to_set() -> None:
    told = complaint("flask", environment={})
    assert all(name in told for name in ("GEMINI_API_KEY", "GOOGLE_CLOUD_PROJECT", "GOOGLE_GEMINI_BASE_URL"))


def test_bad_setting_is_told() -> None:
    assert "IDLE_SECONDS is 'soon'" in complaint("flask", environment={**GEMINI, "IDLE_SECONDS": "soon"})


def test_fault_that_cannot_be_put_in_is_told() -> None:
    assert "cpu=300us" in complaint("quart", environment={**GEMINI, VARIABLE: "cpu=300"})
    assert "unset it" in complaint("flask", environment={**GEMINI, "GEMINI_API_KEY": "key", VARIABLE: "cpu=300us"})


def test_it_becomes_the_server_at_the_port_of_the_environment(tmp_path: Path) -> None:
    port = free_port()
    environment = {**UNSET, **GEMINI, "PORT": str(port)}
    with Command([sys.executable, "-m", "servers", "quart"], tmp_path / "log", environment=environment) as server:
        health = wait_until_ready(server, f"http://127.0.0.1:{port}")
    assert health["app"] == "quart"
    assert server.exit_code == 0
