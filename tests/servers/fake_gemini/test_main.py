import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from servers.fake_gemini.__main__ import main
from tests.fake_gemini_process import DEADLINE_SECONDS, fake_gemini


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--profile", "nope"], "there is no profile 'nope'"),
        (["--profile", "nowhere.toml"], "cannot read profile nowhere.toml"),
        (["--port", "65536"], "'65536' is not a number from 0 to 65535"),
        (["--port", "http"], "'http' is not a number"),
        (["--host", "192.0.2.1"], "invalid choice: '192.0.2.1'"),
        (["--seed", "x"], "invalid int value: 'x'"),
        (["--typed-barge-in", "shout"], "invalid choice: 'shout'"),
        (["--certificate", "/nowhere/ca.pem"], "/nowhere/ca.pem"),
        (["--bogus"], "unrecognized arguments: --bogus"),
    ],
)
def test_mistake_is_told_in_one_line_with_exit_code_2(
    options: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        sys.exit(main(options))
    stdout, stderr = capfd.readouterr()
    assert (left.value.code, stdout) == (2, "")
    assert stderr.startswith("error: ") and complaint in stderr
    assert stderr.count("\n") == 1


def test_port_that_is_taken_is_told_in_one_line_with_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "servers.fake_gemini", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
    assert (done.returncode, done.stdout) == (2, "")
    assert "address already in use" in done.stderr and port in done.stderr
    assert done.stderr.count("\n") == 1


def test_ready_line_says_all_a_client_needs(tmp_path: Path) -> None:
    certificate = tmp_path / "authority.pem"
    options = ["--certificate", str(certificate), "--seed", "42", "--host", "localhost"]
    command = [sys.executable, "-m", "servers.fake_gemini", "--profile", "fast", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
        assert process.stdout.read() == ""
        assert process.wait(DEADLINE_SECONDS) == 0
    assert ready["url"].startswith("https://")
    assert ready == {"url": ready["url"], "certificate": str(certificate), "profile": "fast", "seed": 42}
    assert certificate.read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_certificate_without_a_name_is_removed_at_the_end() -> None:
    with fake_gemini() as fake:
        certificate = fake.certificate
        assert certificate.exists()
    assert not certificate.parent.exists()


def test_profile_may_be_a_file(endless_profile: Path) -> None:
    with fake_gemini(endless_profile) as fake:
        assert fake.ledger()["profile"] == str(endless_profile)
