import asyncio
import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bench.chat_server import free_port
from servers.fake_gemini.__main__ import main
from tests.fake_gemini_process import DEADLINE_SECONDS, as_if_at_home, fake_gemini
from tests.servers.fake_gemini.conversation import DEVELOPER_PATH, SETUP


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
        (["--no-tls", "--certificate", "ca.pem"], "argument --certificate: not allowed with argument --no-tls"),
        (["--faults", "nope"], "there is no fault script 'nope'; choose one of each, flaky, goaway, quota, stalls"),
        (["--faults", "nowhere.toml"], "cannot read fault script nowhere.toml"),
        (["--max-sessions", "0"], "'0' is not a whole number above zero"),
        (["--tokens-per-minute", "many"], "'many' is not a whole number above zero"),
        (["--sessions-refusal", "no"], "invalid choice: 'no'"),
        (["--connection-seconds", "-1"], "'-1' is not a number of seconds above zero"),
        (["--time-left-seconds", "inf"], "'inf' is not a number of seconds above zero"),
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


def test_mistake_in_a_fault_script_is_told_in_one_line_with_exit_code_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "mine.toml"
    script.write_text('description = "Mine"\n[[fault]]\nwhat = "stall"\n[[fault]]\nwhat = "stroll"\n')
    assert main(["--faults", str(script)]) == 2
    stdout, stderr = capfd.readouterr()
    assert stdout == ""
    assert stderr.startswith(
        f"error: fault script {script}: [[fault]] number 2, what: there is no fault 'stroll'; there "
    )
    assert stderr.count("\n") == 1


@pytest.mark.parametrize("number", ["http", "65536"])
def test_bad_port_of_the_environment_is_told(
    number: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", number)
    with pytest.raises(SystemExit) as left:
        main([])
    assert left.value.code == 2
    assert capfd.readouterr().err.startswith(f"error: argument --port: '{number}' is not a number from 0 to 65535")


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


KEY = "the-one-key"


@pytest.fixture(scope="module")
def deployed() -> Iterator[str]:
    """A fake as a platform starts it, which says the port and the key by variables, and ends TLS itself; its address
    without a scheme."""
    environment = as_if_at_home(PORT=str(free_port()), FAKE_GEMINI_KEY=KEY)
    command = [sys.executable, "-m", "servers.fake_gemini", "--profile", "fast", "--host", "0.0.0.0", "--no-tls"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready == {"url": f"http://0.0.0.0:{environment['PORT']}", "certificate": None} | {
            "profile": "fast",
            "seed": 1,
        }
        yield f"127.0.0.1:{environment['PORT']}"
        process.terminate()
        assert process.wait(DEADLINE_SECONDS) == 0


def status_of(address: str, **headers: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with opener.open(
            urllib.request.Request(f"http://{address}", headers=named), timeout=DEADLINE_SECONDS
        ) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refused:
        return refused.code


def answer_to_setup(address: str, **headers: str) -> str:
    """What a session is told first: that it is set up, or why it is closed."""

    async def converse() -> str:
        url = f"ws://{address}/{DEVELOPER_PATH}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with connect(url, proxy=None, additional_headers=named) as connection:
            await connection.send(json.dumps(SETUP))
            try:
                return str(await asyncio.wait_for(connection.recv(), DEADLINE_SECONDS))
            except ConnectionClosed:
                return connection.close_reason or ""

    return asyncio.run(converse())


def test_without_tls_it_serves_who_has_the_key_of_the_environment(deployed: str) -> None:
    assert "setupComplete" in answer_to_setup(deployed, x_goog_api_key=KEY)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"x_goog_api_key": "another"}, "API key not valid"),
        ({"Authorization": "Bearer another"}, "invalid authentication credentials"),
        ({}, "unregistered callers"),
    ],
)
def test_nobody_else_is_served(headers: dict[str, str], told: str, deployed: str) -> None:
    assert told in answer_to_setup(deployed, **headers)


def test_ledger_is_for_who_has_the_key_and_health_for_everybody(deployed: str) -> None:
    assert status_of(f"{deployed}/healthz") == 200
    assert status_of(f"{deployed}/ledger") == 403
    assert status_of(f"{deployed}/ledger?reset=1", x_goog_api_key="another") == 403
    assert status_of(f"{deployed}/ledger", x_goog_api_key=KEY) == 200


def test_options_go_before_the_environment() -> None:
    with fake_gemini("fast", "--api-key", KEY) as fake:
        assert replace(fake, api_key="").get("/ledger")[0] == 403
    environment = as_if_at_home(PORT="1", FAKE_GEMINI_KEY="another")
    command = [sys.executable, "-m", "servers.fake_gemini", "--port", "0", "--api-key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        process.terminate()
    assert url.startswith("https://127.0.0.1:") and not url.endswith(":1")
