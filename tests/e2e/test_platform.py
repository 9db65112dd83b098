"""The bench before the emulated platform: what its front refuses, beforehand and in the midst of a run, is told in a
line that says what to check, and the token is found nowhere."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from servers.cloudrun.emulator.demo import MANIFESTS
from tests.answering import Told, answering
from tests.e2e import bench_command
from tests.e2e.test_private import holding
from tests.servers.cloudrun.emulator.emulator_process import STRANGER, Emulator, emulator

pytestmark = pytest.mark.e2e

ROOM = 3
"""How many people the service takes at a time."""


def quart(room: int = ROOM) -> dict[str, Any]:
    """Its manifest as it is deployed, but that few people have room, with one instance, and that its fake is quick."""
    (path,) = [path for path in MANIFESTS if path.name.startswith("quart")]
    described: dict[str, Any] = YAML(typ="safe").load(path.read_text())
    described["metadata"].setdefault("annotations", {})["run.googleapis.com/maxScale"] = "1"
    spec = described["spec"]["template"]["spec"]
    spec["containerConcurrency"] = room
    spec["containers"][1]["args"] += ["--profile", "fast"]
    return described


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("service"), [quart()], "--pending", "0.2") as running:
        yield running


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's own says who calls."""
    for name in [name for name in os.environ if name.startswith(("GOOGLE_", "GCE_", "SSL_CERT_"))]:
        monkeypatch.delenv(name)


@dataclass
class Caller:
    """Somebody with a token in a file, and a folder in which everything that the bench writes would be found."""

    service: Emulator
    folder: Path

    def shows(self, token: str) -> tuple[str, ...]:
        (self.folder / "given").mkdir(exist_ok=True)
        (self.folder / "given" / "token").write_text(token)
        return ("--auth", "token-file", "--token-file", str(self.folder / "given" / "token"))

    def is_refused(self, *arguments: str, target: str | None = None, token: str = "") -> str:
        """The one line; what was written, and the line, hold nothing of the token."""
        given = ("--results", str(self.folder / "results"), "--target", f"quart={target or self.service.url}")
        code, out, err = bench_command.live_bench("run", *given, *arguments)
        assert (code, out) == (2, ""), err
        assert err.startswith("error: ") and err.count("\n") == 1 and "Traceback" not in err
        assert not (self.folder / "results").exists()
        if token:
            self.look_for(token, err)
        return err

    def look_for(self, token: str, *said: str) -> None:
        """Its signature, and the claims, from which a token can be told as well."""
        for part in token.split(".")[1:]:
            assert not any(part in each for each in said)
            kept = [path for path in holding(part, self.folder) if not path.startswith(str(self.folder / "given"))]
            assert kept == []
            assert bench_command.mentioning(part) == []


@pytest.fixture
def caller(service: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setenv("SSL_CERT_FILE", service.ready["certificate"])
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return Caller(service, tmp_path)


def test_a_token_for_another_service_is_refused_by_the_front(caller: Caller) -> None:
    token = caller.service.token("https://other.example")
    told = caller.is_refused(*caller.shows(token), "--audience", "https://other.example", token=token)
    assert f"{caller.service.url}/healthz says 401: it does not take the token of --auth token-file" in told
    assert "check that its audience, https://other.example, is the service's" in told


def test_a_token_for_another_service_is_not_even_sent(caller: Caller) -> None:
    token = caller.service.token("https://other.example")
    told = caller.is_refused(*caller.shows(token), token=token)
    assert f"{caller.service.url} was not asked: --auth token-file: the token is for https://other.example" in told
    assert "https://other.example and not" in told
    assert "say with --audience" in told


def test_a_token_of_somebody_without_permission_is_refused(caller: Caller) -> None:
    token = caller.service.token(account=STRANGER)
    told = caller.is_refused(*caller.shows(token), token=token)
    assert (
        f"{caller.service.url}/healthz says 403: whoever the token of --auth token-file names may not call it" in told
    )
    assert "roles/run.invoker" in told


def test_a_token_that_somebody_tampered_with_is_refused(caller: Caller) -> None:
    token = caller.service.token()
    token = f"{token[:-8]}{'A' * 8}"
    told = caller.is_refused(*caller.shows(token), token=token)
    assert f"{caller.service.url}/healthz says 401:" in told and "has not expired" in told


def test_who_shows_no_token_is_told_how(caller: Caller) -> None:
    told = caller.is_refused()
    assert f"{caller.service.url}/healthz says 403: it wants to know who calls; send a token with --auth" in told


def test_a_certificate_of_an_unknown_authority_is_told(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    token = caller.service.token()
    told = caller.is_refused(*caller.shows(token), token=token)
    assert f"{caller.service.url}/healthz: its certificate does not verify" in told and "SSL_CERT_FILE" in told


def test_a_name_that_does_not_resolve_is_told(caller: Caller) -> None:
    token = caller.service.token("https://live.invalid")
    told = caller.is_refused(*caller.shows(token), target="https://live.invalid", token=token)
    assert "https://live.invalid/healthz: the name live.invalid leads nowhere" in told and "spelled right" in told


def test_a_service_without_a_chat_is_told(caller: Caller) -> None:
    healthy = Told(200, '{"app": "shop", "backend": "custom"}')
    with answering(lambda asked: healthy if asked.path == "/healthz" else Told(404)) as shop:
        told = caller.is_refused(target=shop.http_url)
    assert f"{shop.http_url} answers, but not as a WebSocket at /live: it says 404" in told
    with answering(Told(404)) as empty:
        told = caller.is_refused(target=empty.http_url)
    assert f"{empty.http_url} answers, but has neither /healthz nor /health (404)" in told


def measured(
    caller: Caller, *arguments: str, sessions: int, window_seconds: float, turns_per_visit: int
) -> tuple[int, str, dict[str, Any]]:
    """Exit code, all that was said, and the record."""
    options = f"think-seconds = 0.05, turns-per-visit = {turns_per_visit}"
    profile = bench_command.profile(
        caller.folder, "latency", sessions=sessions, window_seconds=window_seconds, options=options
    )
    results = caller.folder / "results"
    given = ("--profile", str(profile), "--results", str(results), "--target", f"quart={caller.service.url}")
    code, out, err = bench_command.live_bench("run", *given, *arguments)
    assert results.exists(), out + err
    assert "Traceback" not in out + err
    return code, out + err, bench_command.results(results)[1]


def test_people_for_whom_there_is_no_room_in_mid_run_are_counted_by_that_cause(caller: Caller) -> None:
    token = caller.service.token()
    shown = caller.shows(token)
    # The front lets people wait as long as an instance takes to start, before it says that there is no room.
    waits_seconds = max(event["seconds"] for event in caller.service.events if event["event"] == "instance_started")
    window_seconds = 2.5 + 2 * waits_seconds
    code, said, record = measured(
        caller, *shown, sessions=ROOM + 5, window_seconds=window_seconds, turns_per_visit=10_000
    )
    (trial,) = record["trials"]
    assert trial["turns"]["ok"] > 0 and set(trial["failures"]) == {"rejected_capacity"}
    assert "server died" not in {reason["check"] for reason in trial["reasons"]}, "it has no room, and is there"
    assert code in (0, 3)
    (line,) = re.findall("^.*, rejected_capacity .*$", said, re.MULTILINE)
    assert "answered 429 or 503" in line and "--max-instances, --concurrency" in line
    caller.look_for(token, said)


LIFETIME_SECONDS = 20.0
"""Of a token: long enough for what comes before the load, and over before the load is."""


@pytest.fixture(scope="module")
def hasty_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("hasty")
    with emulator(folder, [quart(room=80)], "--token-lifetime", str(LIFETIME_SECONDS)) as running:
        yield running


@pytest.mark.long
@pytest.mark.parametrize("mode", ["metadata", "token-file"])
def test_a_token_that_ends_in_mid_run_is_renewed_where_there_is_another(
    mode: str, hasty_service: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that nobody keeps up to date has none: then the sessions after its end are failures, with their cause."""
    monkeypatch.setenv("SSL_CERT_FILE", hasty_service.ready["certificate"])
    monkeypatch.setenv("GCE_METADATA_HOST", hasty_service.ready["metadata"])
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    caller = Caller(hasty_service, tmp_path)
    token = hasty_service.token()
    shown = caller.shows(token) if mode == "token-file" else ("--auth", mode)
    code, said, record = measured(
        caller, *shown, sessions=ROOM, window_seconds=LIFETIME_SECONDS + 2.0, turns_per_visit=2
    )
    (trial,) = record["trials"]
    assert set(trial["failures"]) == ({"unauthorized"} if mode == "token-file" else set())
    assert "server died" not in {reason["check"] for reason in trial["reasons"]}
    assert trial["turns"]["ok"] > 0 and code in (0, 3)
    if mode == "token-file":
        (line,) = re.findall("^quart, unauthorized .*$|^Quart, unauthorized .*$", said, re.MULTILINE)
        assert "or there was no token to send with it" in line and "age" in line
    caller.look_for(token, said)
