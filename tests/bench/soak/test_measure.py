"""A soak of seconds: a real server, a real crowd, and what is kept of them."""

import psutil
import pytest

from bench.errors import BenchError
from bench.soak import folder as results
from bench.soak.looking import gauges
from bench.soak.make import Order, make
from bench.targets import resolve

pytestmark = pytest.mark.e2e


def order(tmp_path, *targets, minutes=0.06, **changed):
    resolved = resolve(targets)
    values = {
        "targets": resolved, "people": {target.name: 4 for target in resolved}, "people_by": "4 people each",
        "minutes": minutes, "think_seconds": 0.1, "seed": 1, "fake_profile": "fast", "results": tmp_path,
        "command": "live-bench soak", **changed,
    }  # fmt: skip
    return Order(**values)


def test_server_is_looked_at_before_meanwhile_and_after(tmp_path):
    folder, soak = make(order(tmp_path, "quart"), lambda progress: None)
    (soaked,) = soak.soaked
    assert soak.complete
    assert soaked.turns_ok > 0
    assert soaked.rest_before.at_seconds < 0 <= soaked.looks[0].at_seconds < soaked.looks[-1].at_seconds
    assert soaked.rest_before.sessions == soaked.rest_after.sessions == 0
    assert any(look.sessions for look in soaked.looks)
    assert max(look.tasks for look in soaked.looks) > soaked.rest_after.tasks
    assert soaked.rest_after.tasks <= soaked.rest_before.tasks
    assert soaked.rest_after.descriptors <= soaked.rest_before.descriptors
    assert results.read(folder) == soak
    assert {path.name for path in folder.iterdir()} == {"soak.json", "soak.md", "charts", "logs"}


@pytest.mark.long
def test_ended_by_hand_what_was_seen_is_kept(tmp_path):
    def end_it(progress):
        if len(progress.looks) == 3:
            raise KeyboardInterrupt

    folder, soak = make(order(tmp_path, "raw", minutes=5.0), end_it)
    (soaked,) = soak.soaked
    assert not soak.complete
    assert (soaked.verdict, len(soaked.looks)) == ("INVALID", 3)
    assert results.read(folder) == soak
    assert "with people there" in (folder / "soak.md").read_text()


@pytest.mark.long
def test_server_that_dies_is_told_and_what_was_seen_is_kept(tmp_path):
    def kill(progress):
        if len(progress.looks) == 2:
            children = psutil.Process().children(recursive=True)
            for child in children:
                if any("raw_app" in word for word in child.cmdline()):
                    child.kill()

    _, soak = make(order(tmp_path, "raw", minutes=5.0), kill)
    (soaked,) = soak.soaked
    assert (soaked.verdict, soaked.died) == ("DIED", "exit code -9")
    assert len(soaked.looks) >= 2


def test_nobody_who_answers_tells_nothing():
    assert gauges("ws://127.0.0.1:9") == {}


def test_server_that_does_not_start_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.chat_server.START_SECONDS", 0.01)
    with pytest.raises(BenchError, match="did not answer"):
        make(order(tmp_path, "raw"), lambda progress: None)
    (folder,) = tmp_path.iterdir()
    assert not results.read(folder).complete
