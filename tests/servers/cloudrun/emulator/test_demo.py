import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from servers.cloudrun.emulator.demo import main, told
from servers.cloudrun.emulator.running import Ready
from tests.waiting import wait_until

READY = Ready(
    {"live-quart": "https://127.0.0.1:1", "live-flask": "https://127.0.0.1:2"}, "/x/ca.pem", "127.0.0.1:3", "/x/gcloud"
)


def test_what_to_type_names_everything_that_was_started() -> None:
    text = told(READY, public=False)
    assert "export SSL_CERT_FILE=/x/ca.pem\n" in text
    assert "export GCE_METADATA_HOST=127.0.0.1:3 GCE_METADATA_IP=127.0.0.1:3\n" in text
    assert 'export PATH="/x:$PATH"' in text
    targets = "--target quart=https://127.0.0.1:1 --target flask=https://127.0.0.1:2"
    assert f"live-bench run {targets} --auth metadata\n" in text
    assert f"live-bench run {targets} --auth gcloud " in text
    assert "OPTIONS=--public" in text


def test_public_services_ask_for_no_token() -> None:
    text = told(READY, public=True)
    assert (
        "--auth none\n" in text and "--auth gcloud" not in text and "browser" in text and "OPTIONS=--public" not in text
    )


def test_mistake_is_told_in_one_line_with_exit_code_2(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--timeout", "never"])
    assert left.value.code == 2
    assert (
        capfd.readouterr().err
        == "error: argument --timeout: 'never' is not a number of seconds above zero; see --help\n"
    )


def test_both_servers_run_until_ctrl_c() -> None:
    command = [sys.executable, "-m", "servers.cloudrun.emulator.demo"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2)]
        assert all(re.fullmatch(r"live-\w+: https://127\.0\.0\.1:\d+\n", line) for line in lines), lines
        process.send_signal(signal.SIGINT)
        wait_until(lambda: process.poll() is not None, "it has ended")
        assert process.returncode == 0


def test_nothing_is_left_of_one_that_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "servers.cloudrun.emulator.demo"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_until(lambda: list(tmp_path.rglob("gcloud")), "its gcloud is there")
        process.kill()
    wait_until(lambda: not list(tmp_path.iterdir()), "all is gone")
