import json
import signal
import socket
import sys
from pathlib import Path

import pytest

from servers.cloudrun.emulator.__main__ import main
from tests.servers.cloudrun.emulator.emulator_process import Json, container, emulator, manifest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "echo.yaml"
    written.write_text(json.dumps(manifest()))
    return written


def complaint(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """The one line of a start that ends with code 2."""
    with pytest.raises(SystemExit) as left:
        sys.exit(main(arguments))
    stdout, stderr = capfd.readouterr()
    (line,) = [line for line in stderr.splitlines() if not line.startswith("{")]
    assert (left.value.code, stdout) == (2, "")
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "arguments are required: MANIFEST"),
        (["nowhere.yaml"], "cannot read nowhere.yaml: No such file or directory"),
        (["{path}", "--port", "65536"], "'65536' is not a number from 0 to 65535"),
        (["{path}", "--timeout", "0"], "'0' is not a number of seconds above zero"),
        (["{path}", "--token-lifetime", "soon"], "'soon' is not a number of seconds above zero"),
        (["{path}", "{path}"], "2 manifests are of 'echo'"),
        (["{path}", "--certificate", "/nowhere/ca.pem"], "No such file or directory: '/nowhere/ca.pem'"),
    ],
)
def test_mistake_is_told_in_one_line_with_exit_code_2(
    options: list[str], words: str, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert words in complaint([option.format(path=path) for option in options], capfd)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"command": ["/no/such/program"]}, "container container-1: cannot run /no/such/program"),
        ({"command": ["python", "-c", "raise ValueError('no such door')"]}, "ends: ValueError: no such door"),
    ],
)
def test_container_that_does_not_start_is_told_with_the_last_line_of_its_log(
    broken: Json, words: str, path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path.write_text(json.dumps(manifest(broken)))
    assert words in complaint([str(path)], capfd)


@pytest.mark.parametrize("option", ["--port", "--metadata-port"])
def test_port_that_is_taken_is_told(option: str, path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = complaint([str(path), option, str(port)], capfd)
    assert "in use" in told and str(port) in told


def test_ready_line_names_every_service_in_the_order_given(tmp_path: Path) -> None:
    certificate = tmp_path / "authority.pem"
    described = [manifest(name="one"), manifest(container(), name="other")]
    with emulator(tmp_path, described, "--certificate", str(certificate)) as running:
        assert list(running.ready["services"]) == ["one", "other"]
        assert len(set(running.ready["services"].values())) == 2
        assert running.ready["certificate"] == str(certificate)
        assert Path(running.ready["gcloud"]).is_file()
        assert running.get("/").status == 200


def test_services_are_public_where_that_is_asked_for(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest()], "--public") as running:
        assert running.get("/", {}).status == 200


def test_callers_are_those_that_were_named(tmp_path: Path) -> None:
    options = ("--invoker", "me@example.com", "--account", "other@example.com")
    with emulator(tmp_path, [manifest()], *options) as running:
        assert running.get("/").status == 403
        token = running.token(account="me@example.com")
        assert running.get("/", {"Authorization": f"Bearer {token}"}).status == 200
