"""Locust against a server that wants to know who calls."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from loadtests.support.id_token import IdToken
from loadtests.support.turn import Turn
from tests.id_tokens import token
from tests.known_delay_server import KnownDelayServer, Timing, running
from tests.loadtests.locust_run import ROOT, Finished, LocustRun, forked, headless
from tests.private_front import PrivateFront, certified, private_front

QUICK = Timing(first=0.02, gap=0.01, chunks=3)
PEOPLE = 4
LIFE_SECONDS = 4.0
"""Of a token that is to end while a test looks on."""


@dataclass
class Door:
    """Lets in who brings one of the tokens that were handed out, as long as it is open."""

    handed_out: set[str] = field(default_factory=set)
    status: int = 401
    open: bool = True

    def __call__(self, brought: str | None) -> int | None:
        return None if self.open and brought in self.handed_out else self.status


@dataclass
class Private:
    front: PrivateFront
    door: Door
    file: Path
    """Where the load finds its token."""

    def hand_out(self, lives_seconds: float, signature: str) -> str:
        """A new token, in the file and good for the door."""
        new = token(self.front.audience, time.time() + lives_seconds, signature)
        self.door.handed_out.add(new)
        beside = self.file.with_suffix(".new")
        beside.write_text(new)
        beside.replace(self.file)
        return new

    @contextmanager
    def handing_out(self) -> Iterator[None]:
        """A new token every now and then, however long the load takes to start."""
        over = threading.Event()

        def hand_out_again_and_again() -> None:
            number = 0
            while not over.wait(0.2):
                number += 1
                self.hand_out(LIFE_SECONDS, f"number-{number}")

        self.hand_out(LIFE_SECONDS, "number-0")
        handing = threading.Thread(target=hand_out_again_and_again)
        handing.start()
        try:
            yield
        finally:
            over.set()
            handing.join()


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Private]:
    tls, authority = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    door = Door()
    with running(KnownDelayServer(QUICK)) as server:
        port = urlsplit(server.url).port
        assert port
        with private_front(port, door, tls) as front:
            yield Private(front, door, tmp_path / "token")


def options(private: Private, *more: str, people: int = PEOPLE) -> list[str]:
    identity = ("--auth", "token-file", "--token-file", str(private.file), "--wait-for-server", "20")
    return headless(private.front.url, people, *identity, "--think-seconds", "0.1", *more)


def coming_and_going(private: Private) -> list[str]:
    """A session for each turn, so that there are many upgrades."""
    return options(private, "--arrivals", "open")


def everything_said(folder: Path, run: Finished) -> str:
    return run.output + "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


def test_a_load_with_a_token_is_let_in_and_leaves_the_token_nowhere(private: Private, tmp_path: Path) -> None:
    planted = private.hand_out(3600, "planted-and-looked-for")
    folder = tmp_path / "run"
    run = LocustRun(folder, "latency", *options(private, "--loglevel", "DEBUG")).finish_when(
        lambda turns: len(turns) > 2 * PEOPLE
    )
    assert run.exit_code == 0, run.output
    assert not run.with_outcome("failed")
    assert set(private.front.tokens("/live")) == {planted} == set(private.front.tokens("/healthz"))
    assert "planted-and-looked-for" not in everything_said(folder, run)


def test_a_token_that_is_about_to_end_is_replaced_and_nobody_is_turned_away(private: Private, tmp_path: Path) -> None:
    with private.handing_out():
        run = LocustRun(tmp_path / "run", "latency", *coming_and_going(private))
        finished = run.finish_when(lambda turns: len(set(private.front.tokens("/live"))) > 2)
    assert not finished.with_outcome("failed"), Counter(turn.failure for turn in finished.turns)
    brought = [IdToken.of(brought or "").expires_at for brought in private.front.tokens("/live")]
    assert brought == sorted(brought), "nobody goes back to an older one"
    upgrades = Counter(private.front.tokens("/live"))
    assert max(upgrades.values()) > 1, "it is not fetched for every session"


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_turned_away_is_unauthorized_and_is_told_what_to_check(
    private: Private, tmp_path: Path, status: int
) -> None:
    private.hand_out(3600, "good")
    private.door.status = status
    run = LocustRun(tmp_path / "run", "latency", *coming_and_going(private))
    run.wait_until(lambda lines: any(isinstance(line, Turn) for line in lines))
    private.door.open = False
    finished = run.finish_when(lambda turns: any(turn.outcome == "failed" for turn in turns))
    failed = finished.with_outcome("failed")
    assert {turn.failure for turn in failed} == {"unauthorized"}
    assert f"a turn failed: unauthorized: {status}: check that" in finished.output
    assert all(turn.sent_at is None for turn in failed)


def test_a_token_that_ends_without_another_is_told_apart_from_a_server_that_refuses(
    private: Private, tmp_path: Path
) -> None:
    with private.handing_out():
        run = LocustRun(tmp_path / "run", "latency", *coming_and_going(private))
        run.wait_until(lambda lines: any(isinstance(line, Turn) for line in lines))
    finished = run.finish_when(lambda turns: any(turn.outcome == "failed" for turn in turns))
    assert {turn.failure for turn in finished.with_outcome("failed")} == {"unauthorized"}
    assert "a turn failed: unauthorized: --auth token-file: the token expired at" in finished.output


def test_each_process_has_its_own_token(private: Private, tmp_path: Path) -> None:
    if (os.cpu_count() or 1) < 2:
        pytest.skip("one core has no room for two processes")
    private.hand_out(3600, "shared")
    run = LocustRun(tmp_path / "run", "latency", *options(private), *forked(2))
    finished = run.finish_when(lambda turns: len({turn.id.split(".")[1] for turn in turns}) == PEOPLE)
    assert not finished.with_outcome("failed")


def started(private: Private, folder: Path, *more: str) -> Finished:
    return LocustRun(folder, "latency", *options(private, *more), record=False).finish()


def complaint(run: Finished) -> str:
    assert run.exit_code == 2, run.output
    (said,) = [line for line in run.output.splitlines() if line.startswith("error: ")]
    assert "Traceback" not in run.output
    return said


def test_a_load_that_has_no_token_does_not_begin(private: Private, tmp_path: Path) -> None:
    absent = complaint(started(private, tmp_path / "absent"))
    assert absent.startswith(f"error: --auth token-file: cannot read {private.file}")
    private.hand_out(-60, "late")
    assert "the token expired at" in complaint(started(private, tmp_path / "late"))
    private.file.write_text(token("https://other.example"))
    wrong = complaint(started(private, tmp_path / "wrong"))
    assert f"the token is for https://other.example and not for {private.front.audience}" in wrong
    private.file.write_text("secret")
    told = started(private, tmp_path / "nonsense")
    assert "is no identity token" in complaint(told) and "secret" not in told.output
    assert private.front.visits == []


def test_another_audience_may_be_asked_for(private: Private, tmp_path: Path) -> None:
    custom = token("custom")
    private.door.handed_out.add(custom)
    private.file.write_text(custom)
    run = LocustRun(tmp_path / "run", "latency", *options(private, "--audience", "custom"))
    assert not run.finish_when(lambda turns: len(turns) > 0).with_outcome("failed")


def test_a_load_without_a_token_does_not_know_googles_library() -> None:
    """It takes a fifth of a second and some megabytes."""
    code = "import sys, loadtests.latency; sys.exit(any(name.startswith('google.') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
