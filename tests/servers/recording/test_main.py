import socket
import subprocess
import sys
from pathlib import Path

import pytest

from servers.recording.__main__ import main
from tests.fake_gemini_process import DEADLINE_SECONDS, fake_gemini
from tests.servers.recording.test_relay import upstream

NOBODY = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "the following arguments are required: --to, --into"),
        (["--to", NOBODY], "the following arguments are required: --into"),
        (["--to", "gemini", "--into", "it"], "--to 'gemini' is no address"),
        (["--to", "https://h/?key=PLANTED", "--into", "it"], "--to has a query, a fragment or a user beside 'h'"),
        (["--to", "https://h", "--into", "it", "--trust", "nowhere.pem"], "--trust nowhere.pem: No such file"),
        (["--to", NOBODY, "--into", "it", "--certificate", "no/ca.pem"], "--certificate no/ca.pem: No such file"),
        (["--to", "https://h", "--into", "it", "--port", "x"], "'x' is not a number from 0 to 65535"),
        (["--to", "https://h", "--into", "it", "--host", "192.0.2.1"], "invalid choice: '192.0.2.1'"),
    ],
)
def test_mistake_is_told_in_one_line_with_exit_code_2(
    options: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told = complaint_of(options, capfd)
    assert complaint in told and "PLANTED" not in told


def complaint_of(options: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """The one line that a command ends with."""
    with pytest.raises(SystemExit) as left:
        raise SystemExit(main(options))
    stdout, stderr = capfd.readouterr()
    assert (left.value.code, stdout) == (2, "")
    assert stderr.startswith("error: ") and stderr.count("\n") == 1
    return stderr


def test_nobody_at_the_address_is_told_and_nothing_is_made(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = complaint_of(["--to", f"http://127.0.0.1:{port}", "--into", str(tmp_path / "it")], capfd)
    assert "nobody can be reached there" in told
    assert list(tmp_path.iterdir()) == []


def test_certificate_that_is_not_trusted_is_told_with_the_option(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with fake_gemini("fast") as fake:
        told = complaint_of(["--to", fake.url, "--into", str(tmp_path / "it")], capfd)
    assert "its certificate is not trusted" in told and "--trust FILE or SSL_CERT_FILE" in told
    assert list(tmp_path.iterdir()) == []


def test_recording_that_exists_is_told_and_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "it.ndjson"
    path.write_text("kept")
    with upstream() as address:
        told = complaint_of(["--to", address, "--into", str(path)], capfd)
    assert "exists, and no recording is written over: name another file" in told
    assert path.read_text() == "kept"


def test_port_that_is_taken_is_told_and_no_empty_recording_is_left(tmp_path: Path) -> None:
    """In a process of its own: it has already taken over the signals."""
    with upstream() as address:
        taken = address.rpartition(":")[2]
        command = [sys.executable, "-m", "servers.recording", "--to", address, "--into", str(tmp_path / "it")]
        done = subprocess.run([*command, "--port", taken], capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "address already in use" in done.stderr and taken in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
