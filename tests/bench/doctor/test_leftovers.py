import os
import subprocess
import sys

import psutil
import pytest

from bench.doctor.leftovers import find_leftovers, name_of
from servers.deployments import DEPLOYMENTS

PRETENDED = [sys.executable, "-c", "print(flush=True); input()", "servers.fake_gemini"]


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["/usr/bin/python3", "-m", "servers.fake_gemini", "--seed", "1"], "fake Gemini"),
        (["python", "-m", "servers.null_chat"], "null chat server"),
        (["python", "-m", "locust", "-f", "/here/loadtests/latency.py"], "load"),
        (["/here/.venv/bin/locust", "-f", "loadtests/latency.py"], "load"),
        (["python", "-m", "locust", "-f", "mine/latency.py"], None),
        (["grep", "servers.fake_gemini"], None),
        (["python", "-m", "bench", "doctor"], None),
        ([], None),
    ],
)
def test_processes_of_a_run_are_known_by_their_command_line(command, name):
    assert name_of(command) == name


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_every_server_of_the_table_is_known(name):
    assert name_of(DEPLOYMENTS[name].command_line("127.0.0.1", 1)) == name


def test_process_whose_parent_sees_to_it_is_not_left_behind():
    with subprocess.Popen(PRETENDED, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        (found,) = [one for one in find_leftovers() if one.pid == process.pid]
        process.communicate()
    assert (found.name, found.orphaned) == ("fake Gemini", False)


def test_process_whose_parent_is_gone_is_left_behind(monkeypatch):
    with subprocess.Popen(PRETENDED, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        first = psutil.Process(os.getpid())
        monkeypatch.setattr(psutil.Process, "parents", lambda _: [first])
        monkeypatch.setattr(psutil.Process, "name", lambda _: "systemd")
        (found,) = [one for one in find_leftovers() if one.pid == process.pid]
        process.communicate()
    assert found.orphaned


def test_what_it_has_started_itself_is_not_told_beside_it():
    starting = f"import subprocess, sys; subprocess.run({PRETENDED!r})"
    pretended = [sys.executable, "-c", starting, "servers.null_chat"]
    with subprocess.Popen(pretended, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        (child,) = psutil.Process(process.pid).children()
        found = {one.pid for one in find_leftovers()}
        process.communicate()
    assert process.pid in found
    assert child.pid not in found
