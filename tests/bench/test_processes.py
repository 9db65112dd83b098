import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.processes import LEASH, Command
from tests.waiting import wait_until

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""
PARENT = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(600)\n"
)


OURSELVES = """
import sys, time
from pathlib import Path
from bench.processes import Command
print(Command([sys.executable, "-c", "import time; time.sleep(600)"], Path(sys.argv[1])).pid, flush=True)
time.sleep(600)
"""


def python(code: str, log: Path) -> Command:
    return Command([sys.executable, "-c", code], log)


def test_what_a_command_prints_is_in_its_log(tmp_path: Path) -> None:
    with python("import sys; print('out'); print('err', file=sys.stderr)", tmp_path / "log") as command:
        wait_until(lambda: command.exit_code == 0, "the command ended")
        assert sorted(command.tail().split()) == ["err", "out"]


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("raise ValueError('no such door')", "ValueError: no such door"),
        ("print('going'); print('gone')", "gone"),
        ("import sys; sys.stderr.write('OSError: taken\\n[ERROR] Shutting down\\n\\n')", "OSError: taken"),
        ("", "(empty)"),
    ],
)
def test_the_last_word_is_one_line_that_says_how_it_ended(code: str, word: str, tmp_path: Path) -> None:
    with Command([sys.executable, "-c", code], tmp_path / "log") as command:
        wait_until(lambda: command.exit_code is not None, "it has ended")
        assert command.last_word() == word


def test_the_tail_is_the_last_lines_only(tmp_path: Path) -> None:
    with python("for number in range(100): print(number)", tmp_path / "log") as command:
        wait_until(lambda: command.exit_code == 0, "the command ended")
        assert command.tail(2) == "98\n99"


def test_leaving_the_context_stops_the_command(tmp_path: Path) -> None:
    with python("import time; time.sleep(600)", tmp_path / "log") as command:
        pid = command.pid
    assert not psutil.pid_exists(pid)


def test_a_command_that_ignores_being_asked_is_ended(tmp_path: Path) -> None:
    command = python(STUBBORN, tmp_path / "log")
    wait_until(lambda: command.tail() == "up", "the command is up")
    command.stop(seconds=0.1)
    assert command.exit_code == -9


def test_the_children_of_a_command_that_was_killed_are_ended_too(tmp_path: Path) -> None:
    command = python(PARENT, tmp_path / "log")
    wait_until(lambda: command.tail().isdigit(), "the child has started")
    child = psutil.Process(int(command.tail()))
    command.process.kill()
    command.process.wait()
    command.stop()
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child has ended")


@pytest.mark.skipif(not LEASH, reason="setpriv, of util-linux, is not installed")
def test_a_command_ends_when_we_are_killed(tmp_path: Path) -> None:
    ours = [sys.executable, "-c", OURSELVES, str(tmp_path / "log")]
    with subprocess.Popen(ours, stdout=subprocess.PIPE, text=True) as ourselves:
        assert ourselves.stdout is not None
        command = psutil.Process(int(ourselves.stdout.readline()))
        ourselves.kill()
    wait_until(lambda: not command.is_running() or command.status() == psutil.STATUS_ZOMBIE, "the command has ended")


def test_environment_given_is_added_to_ours(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os; print(os.environ['GIVEN'], 'PATH' in os.environ)"]
    with Command(command, tmp_path / "log", environment={"GIVEN": "yes"}) as running:
        wait_until(lambda: running.exit_code == 0, "the command ended")
        assert running.tail() == "yes True"


def test_variables_that_are_not_to_be_inherited_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCUST_USERS", "9")
    monkeypatch.setenv("KEPT", "yes")
    command = [sys.executable, "-c", "import os; print('LOCUST_USERS' in os.environ, os.environ['KEPT'])"]
    with Command(command, tmp_path / "log", without=("LOCUST_",)) as running:
        wait_until(lambda: running.exit_code == 0, "the command ended")
        assert running.tail() == "False yes"


def test_command_that_ctrl_c_interrupts_in_its_start_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))
        signal.raise_signal(signal.SIGINT)
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Command(["sleep", "60"], tmp_path / "log")
    assert started[0].poll() is not None
