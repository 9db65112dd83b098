"""A real model behind a server is not loaded by accident."""

import json
import socket
import subprocess
import sys
import threading

import pytest

from loadtests.support.address import Address
from loadtests.support.backend import NotSaid, backend_of
from tests.answering import Asked, Told, answering
from tests.loadtests.locust_run import PATIENCE_SECONDS, ROOT, deserted_url, environment


def health(backend: object) -> Told:
    return Told(body=json.dumps({"status": "ok", "backend": backend}))


def ended(url: str, *options: str, wait: str = "0.2") -> "subprocess.CompletedProcess[str]":
    """Stock Locust that comes as far as to load nobody: a start that never may be ends it."""
    command = [
        *(sys.executable, "-m", "locust", "-f", "loadtests/latency.py", "--headless", "--host", url, "-u", "1"),
        *("-t", "1s", "--start-file", "/nowhere/start", "--wait-for-server", wait, *options),
    ]
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


@pytest.mark.parametrize("backend", ["vertex", "developer", "custom"])
def test_what_is_behind_is_what_its_health_says(backend: str) -> None:
    with answering(health(backend)) as server:
        assert backend_of(Address.of(server.url), {"Authorization": "Bearer x"}) == backend
        assert server.asked[0].headers["Authorization"] == "Bearer x"


def test_health_is_looked_for_where_it_may_be() -> None:
    def answer(asked: Asked) -> Told:
        return health("vertex") if len(server.asked) == 2 else Told(404)

    with answering(answer) as server:
        address = Address.of(server.url)
        assert backend_of(address, {}) == "vertex"
        assert [asked.path for asked in server.asked] == address.health_paths[:2]


@pytest.mark.parametrize(
    "told", [Told(404), Told(426), Told(401), Told(body="ok"), Told(body="[1]"), health(None), health(3)]
)
def test_who_says_nothing_of_it_is_not_known(told: Told) -> None:
    with answering(told) as server:
        assert backend_of(Address.of(server.url), {}) is None


@pytest.mark.parametrize("status", [302, 307, 429, 500, 503])
def test_who_may_say_it_later_or_elsewhere_has_not_said_it(status: int) -> None:
    with answering(Told(status)) as server, pytest.raises(NotSaid, match=f"^status {status}$"):
        backend_of(Address.of(server.url), {})


def test_who_takes_too_long_to_answer_has_not_said_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.support.backend._SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotSaid, match=r"^no answer within 0\.05 s$"):
        backend_of(Address.of(f"ws://127.0.0.1:{silent.getsockname()[1]}"), {})


def test_who_hangs_up_has_not_said_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:
        hanging_up = threading.Thread(target=lambda: rude.accept()[0].close())
        hanging_up.start()
        with pytest.raises(NotSaid):
            backend_of(Address.of(f"ws://127.0.0.1:{rude.getsockname()[1]}"), {})
        hanging_up.join()


def test_where_nobody_is_nothing_is_known() -> None:
    assert backend_of(Address.of(deserted_url()), {}) is None


def test_real_model_is_refused_in_one_line_before_anybody_comes() -> None:
    with answering(health("vertex")) as server:
        done = ended(server.url)
        assert not any(asked.path.endswith("/live") for asked in server.asked)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        f"{server.url} says that a real model is behind it (vertex), which costs money and has quotas: say with "
        "--max-turns TURNS how much may be asked of it, or add --allow-real-model"
    )
    assert "Traceback" not in done.stderr


def test_server_that_cannot_say_yet_what_is_behind_it_is_refused_in_one_line() -> None:
    with answering(Told(503)) as server:
        done = ended(server.url, wait="0")
        assert not any(asked.path.endswith("/live") for asked in server.asked)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        f"{server.url} does not say whether a real model is behind it (status 503), which would cost money: wait for "
        "it with --wait-for-server SECONDS, say with --max-turns TURNS how much may be asked of it, or add "
        "--allow-real-model"
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("backend", "options"),
    [("vertex", ("--max-turns", "5")), ("vertex", ("--allow-real-model",)), ("custom", ())],
)
def test_load_goes_on_with_a_limit_or_a_word_for_it_or_a_fake(backend: str, options: tuple[str, ...]) -> None:
    with answering(health(backend)) as server:
        done = ended(server.url, *options)
    assert "a real model" not in done.stderr
    assert "--start-file /nowhere/start was not there" in done.stderr
