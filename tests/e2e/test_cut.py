"""Something between the load and the server cuts sessions: the whole bench concludes it, and says at what."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server_process import chat_server, speaking_to
from tests.e2e import bench_command
from tests.e2e.test_platform import quart
from tests.fake_gemini_process import fake_gemini
from tests.proxy_process import haproxy
from tests.servers.cloudrun.emulator.emulator_process import emulator

pytestmark = [pytest.mark.e2e, pytest.mark.long]

PEOPLE = 12


def line_of_the_cut(folder: Path, url: str, *arguments: str, think_seconds: float, window_seconds: float) -> str:
    """What a run says under its results of the sessions that were cut, which are all that failed."""
    options, results = f"think-seconds = {think_seconds}", folder / "results"
    profile = bench_command.profile(folder, "latency", sessions=PEOPLE, window_seconds=window_seconds, options=options)
    given = ("--profile", str(profile), "--results", str(results), "--target", f"mine={url}", *arguments)
    _, out, err = bench_command.live_bench("run", *given)
    assert results.exists(), out + err
    record: dict[str, Any] = bench_command.results(results)[1]
    (trial,) = record["trials"]
    assert set(trial["failures"]) == {"platform_timeout"}, (trial["failures"], trial["warnings"], out)
    (line,) = re.findall(r"^mine, platform_timeout \(.*$", out, re.MULTILINE)
    assert "check the platform's request time-out (Cloud Run: --timeout" in line
    assert "a proxy's read or tunnel time-out" in line
    return str(line)


def seconds_after(words: str, line: str) -> float:
    found = re.search(rf"{words} (\S+) s\b", line)
    assert found, line
    return float(found[1])


@pytest.mark.parametrize("tunnel_seconds", [1.5, 30.0])
def test_a_proxy_that_cuts_silent_sessions_is_told_by_the_silence(tunnel_seconds: float, tmp_path: Path) -> None:
    with (
        fake_gemini() as fake,
        chat_server("quart", speaking_to(fake), tmp_path) as server,
        haproxy(tmp_path, server.http_url, tunnel_seconds=tunnel_seconds) as url,
    ):
        patience = {"think_seconds": 1.5 * tunnel_seconds, "window_seconds": max(5.0, 2.0 * tunnel_seconds)}
        line = line_of_the_cut(tmp_path, url, **patience)
    assert tunnel_seconds * 0.95 <= seconds_after("after a silence of", line) <= tunnel_seconds + 1.0


@pytest.mark.parametrize("timeout_seconds", [2.5, 30.0])
def test_a_platform_that_cuts_old_requests_is_told_by_their_age(
    timeout_seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with emulator(tmp_path, [quart(room=80)], "--public", "--timeout", str(timeout_seconds)) as platform:
        monkeypatch.setenv("SSL_CERT_FILE", platform.ready["certificate"])
        patience = {"think_seconds": 0.4, "window_seconds": max(5.0, 1.5 * timeout_seconds)}
        line = line_of_the_cut(tmp_path, platform.url, **patience)
    assert timeout_seconds * 0.95 <= seconds_after("at an age of", line) <= timeout_seconds + 1.0
