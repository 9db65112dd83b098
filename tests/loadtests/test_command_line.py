"""What a person meets who starts the locustfiles by hand."""

import time
from pathlib import Path

import pytest

from tests.known_delay_server import KnownDelayServer, running
from tests.loadtests.locust_run import PATIENCE_SECONDS, ROOT, Finished, LocustRun, forked, headless
from tests.loadtests.many_locusts import ended

SCENARIOS = sorted(path.stem for path in (ROOT / "loadtests").glob("*.py") if path.stem != "__init__")


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Finished]:
    return ended(tmp_path_factory.mktemp("list"), {name: (name, ["--list"]) for name in SCENARIOS})


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_scenario_has_one_kind_of_person(listed: dict[str, Finished], scenario: str) -> None:
    assert listed[scenario].exit_code == 0, listed[scenario].output
    people = listed[scenario].output.split("Available Users:")[1].split()
    assert len(people) == 1
    assert "error" not in listed[scenario].output.lower()


MISTAKES = {
    "no-host": ("latency", (), "no chat server given: add --host ws://HOST:PORT"),
    "no-address": ("latency", ("--host", "127.0.0.1:8080"), "--host 127.0.0.1:8080 is not an address"),
    "nobody-there": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--wait-for-server", "0.3"),
        "ws://127.0.0.1:1 was not up within 0.3 s",
    ),
    "no-folder": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--record", __file__),
        f"cannot record to {__file__}",
    ),
    "no-process": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--processes", "0"),
        "--processes 0 is not from 1 to",
    ),
    "all-cores-by-a-sign": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--processes=-1"),
        "--processes -1 is not from 1 to",
    ),
    "more-processes-than-cores": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--processes", "100000"),
        "--processes 100000 is not from 1 to",
    ),
    "no-host-for-workers": (
        "latency",
        ("--processes", "1"),
        "no chat server given: add --host ws://HOST:PORT",
    ),
    "no-mode": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--arrivals", "ajar"),
        "--arrivals ajar is not known: choose from closed, open, partly-open",
    ),
    "no-rate": (
        "interruption",
        ("--host", "ws://127.0.0.1:1", "--arrival-rate", "0"),
        "--arrival-rate 0 is not a number of sessions per second above 0",
    ),
    "endless-rate": (
        "concurrency",
        ("--host", "ws://127.0.0.1:1", "--arrival-rate", "nan"),
        "--arrival-rate nan is not a number of sessions per second above 0",
    ),
    "rate-of-a-closed-load": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--arrivals", "closed", "--arrival-rate", "2"),
        "--arrival-rate is of open arrivals, and these are closed",
    ),
    "no-turns": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--turns-per-visit", "0"),
        "--turns-per-visit 0 is not a number of turns from 1 on",
    ),
    "no-turns-at-most": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--max-turns", "0"),
        "--max-turns 0 is not a number of turns from 1 on",
    ),
    "turns-of-several-processes": (
        "latency",
        ("--host", "ws://127.0.0.1:1", "--max-turns", "5", *forked(1)),
        "--max-turns is counted in one process",
    ),
    "no-steps": (
        "concurrency",
        ("--host", "ws://127.0.0.1:1", "--steps", "0"),
        "--steps 0 is not a number of steps from 1 on",
    ),
    "no-time": (
        "concurrency",
        ("--host", "ws://127.0.0.1:1", "-u", "1", "-t", "5s", "--hold-seconds", "5"),
        "--hold-seconds 5 leaves no time for the steps of a run of 5 s",
    ),
    "nobody-to-trust": (
        "latency",
        ("--host", "wss://127.0.0.1:1"),
        "SSL_CERT_FILE names /nowhere.pem, which cannot be used (No such file or directory): name the file",
    ),
}


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Finished]:
    command_lines = {name: (scenario, ["--headless", *options]) for name, (scenario, options, _) in MISTAKES.items()}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", "/nowhere.pem")  # a mistake only where TLS is spoken
        return ended(tmp_path_factory.mktemp("mistakes"), command_lines)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_answered_with_one_line_and_exit_code_2(mistaken: dict[str, Finished], name: str) -> None:
    run = mistaken[name]
    assert run.exit_code == 2
    (said,) = [line for line in run.output.splitlines() if line.startswith("error: ")]
    assert said.startswith(f"error: {MISTAKES[name][2]}")
    assert "Traceback" not in run.output


def test_the_load_waits_for_a_server_that_is_still_starting(tmp_path: Path) -> None:
    with running(KnownDelayServer(healthy_after_asked=3)) as server:
        host = server.url.replace("ws:", "http:")
        options = headless(host, 1, "--wait-for-server", "30", "--think-seconds", "0", "--seed", "7")
        run = LocustRun(tmp_path / "not" / "there" / "yet", "latency", *options).finish_when(bool)
        assert server.health_checks == 5  # the last asks what is behind it
        assert run.exit_code == 0, run.output
        assert len(run.turns) == len(server.replies) >= 1
        assert all(turn.id.startswith("7.1.") for turn in run.turns)


def test_the_load_begins_when_the_start_file_appears(tmp_path: Path) -> None:
    with running(KnownDelayServer()) as server:
        start = tmp_path / "start"
        options = headless(server.url, 1, "--wait-for-server", "60", "--start-file", str(start), "-t", "2s")
        run = LocustRun(tmp_path / "record", "latency", *options)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not server.health_checks:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        # Long enough for the whole run, were it to begin without the file, or to count its time before it.
        time.sleep(3)
        created_at = time.time()
        start.touch()
        finished = run.finish()
        assert finished.exit_code == 0, finished.output
        first, *_, stop = finished.marks
        assert first.at >= created_at
        assert stop.at - first.at == pytest.approx(2, abs=1.0)


def test_a_start_file_that_never_comes_is_a_mistake(tmp_path: Path) -> None:
    with running(KnownDelayServer()) as server:
        options = headless(server.url, 1, "--wait-for-server", "5", "--start-file", str(tmp_path / "start"))
        run = LocustRun(tmp_path / "record", "latency", *options, record=False).finish()
        assert run.exit_code == 2, run.output
        assert f"error: --start-file {tmp_path / 'start'} was not there within 5 s" in run.output
        assert not server.replies
