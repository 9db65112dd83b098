"""A private service, measured with each way to show who calls; and the token is found nowhere afterwards."""

import gzip
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.alone import TURNS, TURNS_PER_VISIT
from tests.answering import Asked, Told, answering, metadata_server
from tests.chat_server_process import chat_server, speaking_to
from tests.e2e import bench_command
from tests.fake_gemini_process import fake_gemini
from tests.id_tokens import OF_A_PERSON, fake_gcloud, token
from tests.loadtests.test_token_sources import key_file
from tests.private_front import PrivateFront, certified, private_front

pytestmark = pytest.mark.e2e

WAYS = ("gcloud", "gcloud-of-a-service-account", "adc", "adc-from-metadata", "metadata", "token-file")
OFTEN = ("metadata",)


@dataclass
class Planted:
    """What is looked for afterwards: the last part of a token, which is in no other."""

    way: str

    @property
    def signature(self) -> str:
        return f"planted-for-{self.way}-and-looked-for"

    def token(self, audience: str) -> str:
        return token(audience, signature=self.signature)


@dataclass
class Measured:
    planted: Planted
    front: PrivateFront
    code: int
    out: str
    err: str
    folder: Path
    record: dict[str, Any]
    seen: list[str]
    """Processes, and files of the load, in which the token was seen while it was measured."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("service")
    with fake_gemini() as fake, chat_server("quart", speaking_to(fake), folder) as server:
        yield server.port


@pytest.fixture(
    scope="module", params=[pytest.param(way, marks=[] if way in OFTEN else [pytest.mark.long]) for way in WAYS]
)
def measured(
    request: pytest.FixtureRequest, service: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Measured]:
    planted = Planted(request.param)
    folder = tmp_path_factory.mktemp(planted.way)
    tls, authority = certified(folder)
    with (
        pytest.MonkeyPatch.context() as environment,
        private_front(service, lambda brought: None if planted.signature in (brought or "") else 401, tls) as front,
        answering(metadata_server(planted.token)) as google,
        answering(lambda asked: key_turned_into(planted.token(front.audience), asked)) as issuer,
    ):
        for name in [name for name in os.environ if name.startswith(("GOOGLE_", "GCE_"))]:
            environment.delenv(name)
        environment.setenv("SSL_CERT_FILE", str(authority))
        match planted.way:
            case "gcloud" | "gcloud-of-a-service-account":
                kind, audience = ("person", OF_A_PERSON) if planted.way == "gcloud" else ("service", front.audience)
                fake_gcloud(folder / "bin", **{kind: planted.token(audience)})
                environment.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
            case "adc":
                environment.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file(folder, issuer.http_url)))
            case "adc-from-metadata" | "metadata":
                environment.setenv("GCE_METADATA_HOST", google.host)
                environment.setenv("GCE_METADATA_IP", google.host)
            case "token-file":
                (folder / "token").write_text(planted.token(front.audience))
        yield measure(planted, front, folder)


def key_turned_into(text: str, asked: Asked) -> Told:
    return Told(200, json.dumps({"id_token": text}), {"Content-Type": "application/json"})


def measure(planted: Planted, front: PrivateFront, folder: Path) -> Measured:
    profile = bench_command.profile(folder, "latency", sessions=3)
    results, temporary = folder / "results", folder / "temporary"
    temporary.mkdir()
    mode = {"gcloud-of-a-service-account": "gcloud", "adc-from-metadata": "adc"}.get(planted.way, planted.way)
    by_file = ("--token-file", str(folder / "token")) if mode == "token-file" else ()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TMPDIR", str(temporary))
        process = bench_command.start(
            *("run", "--profile", str(profile), "--results", str(results), "--target", f"mine={front.url}"),
            *("--auth", mode, *by_file),
        )
    seen: list[str] = []
    while process.poll() is None:
        seen += [str(found) for found in bench_command.mentioning(planted.signature)]
        seen += holding(planted.signature, temporary)
        time.sleep(0.05)
    code, out, err = bench_command.finish(process)
    assert results.exists(), out + err
    return Measured(planted, front, code, out, err, *bench_command.results(results), seen)


def holding(text: str, folder: Path) -> list[str]:
    """The files under a folder that hold a text, packed or not. Files and folders may go while they are looked at."""
    found = []
    for path in [Path(there, name) for there, _, names in os.walk(folder) for name in names]:
        try:
            data = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:
            continue
        if text.encode() in (gzip.decompress(data) if path.suffix == ".gz" else data):
            found.append(str(path))
    return found


def test_a_private_service_is_measured_like_any_other(measured: Measured) -> None:
    assert measured.record["complete"], measured.out + measured.err
    (trial,) = measured.record["trials"]
    assert trial["turns"]["ok"] > 0 and trial["turns"]["failed"] == 0
    assert measured.record["attribution"] == "tags"
    assert measured.code in (0, 3), measured.err


def test_every_request_shows_who_calls(measured: Measured) -> None:
    assert {visit.status for visit in measured.front.visits} == {None}
    assert len(measured.front.tokens("/live")) >= 1 + 3, "the check, and a session for each of three people"
    assert len(set(measured.front.tokens("/live"))) <= 3, "one for the bench, one person alone, and the load"


def test_the_token_is_in_no_file_and_no_log_and_nothing_said(measured: Measured) -> None:
    assert (measured.folder / "report.html").exists() and list(measured.folder.glob("logs/*/load.log"))
    assert holding(measured.planted.signature, measured.folder.parent) == []
    assert measured.planted.signature not in measured.out + measured.err
    assert "Bearer" not in measured.out + measured.err
    assert holding("Bearer", measured.folder.parent) == []


def test_the_token_is_in_no_argument_and_no_environment(measured: Measured) -> None:
    assert measured.seen == []


def test_how_to_do_it_again_is_told_without_the_token(measured: Measured) -> None:
    assert "--auth " in measured.record["command"]


def test_a_token_that_is_looked_for_would_be_found(tmp_path: Path) -> None:
    """Or the tests above would pass for the wrong reason."""
    planted = Planted("nobody")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_text(f"header Authorization: Bearer {planted.token('x')}")
    (tmp_path / "turns.ndjson.gz").write_bytes(gzip.compress(planted.token("x").encode()))
    assert len(holding(planted.signature, tmp_path)) == 2
    with psutil.Popen(["sleep", "60"], env={"SECRET": planted.token("x")}) as process:
        try:
            assert [found.pid for found in bench_command.mentioning(planted.signature)] == [process.pid]
        finally:
            process.kill()


def refused(front: PrivateFront, *arguments: str) -> str:
    code, out, err = bench_command.live_bench("run", "--target", f"mine={front.url}", *arguments)
    assert (code, out) == (2, ""), err
    assert err.startswith("error: ") and err.count("\n") == 1
    return err


def test_what_is_wrong_with_a_private_service_is_answered_in_one_line(
    service: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, authority = certified(tmp_path)
    status = 401
    with private_front(service, lambda brought: status, tls) as front:
        file = tmp_path / "token"
        by_file = ("--auth", "token-file", "--token-file", str(file), "--results", str(tmp_path / "results"))
        file.write_text(token(front.audience, signature="planted"))
        assert "its certificate does not verify" in refused(front, *by_file)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert "send a token with --auth" in refused(front)
        assert "says 401: it does not take the token" in refused(front, *by_file)
        status = 403
        assert "grant them roles/run.invoker" in refused(front, *by_file)
        status = 429
        assert "no instance is free" in refused(front, *by_file)
        asked = len(front.visits)
        file.write_text(token(front.audience, int(time.time()) - 1, signature="planted"))
        assert "the token expired at" in refused(front, *by_file)
        file.write_text(token("https://other.example", signature="planted"))
        assert "is for https://other.example and not for" in refused(front, *by_file)
        assert "with --token-file PATH" in refused(front, "--auth", "token-file")
        assert len(front.visits) == asked
    assert not (tmp_path / "results").exists()


@pytest.mark.long
def test_a_token_that_is_no_longer_taken_in_mid_run_fails_the_sessions_after_it(
    service: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service is there, and who was let in before goes on; the run says why others were not."""
    tls, authority = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    alone = math.ceil(TURNS / TURNS_PER_VISIT)
    before = 1 + 1 + alone + 1 + 3  # the check, a look at the way before each execution, and some of the load itself
    with private_front(service, lambda _: 401 if len(front.tokens("/live")) > before else None, tls) as front:
        file = tmp_path / "token"
        file.write_text(token(front.audience, signature="planted"))
        options = "think-seconds = 0.05, turns-per-visit = 2"
        profile = bench_command.profile(tmp_path, "latency", sessions=3, window_seconds=2.5, options=options)
        results = tmp_path / "results"
        code, out, err = bench_command.live_bench(
            *("run", "--profile", str(profile), "--results", str(results), "--target", f"mine={front.url}"),
            *("--auth", "token-file", "--token-file", str(file)),
        )
    assert results.exists(), out + err
    _, record = bench_command.results(results)
    (trial,) = record["trials"]
    assert set(trial["failures"]) == {"unauthorized"}
    assert "server died" not in {reason["check"] for reason in trial["reasons"]}
    assert code in (0, 3) and "Traceback" not in err
    (line,) = [line for line in out.splitlines() if line.startswith("mine, unauthorized (")]
    assert "the upgrade was answered 401 or 403" in line and "--audience" in line and "run.invoker" in line
    assert "planted" not in out + err
