import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from made_up_machine import machine

from bench.cli import app
from bench.doctor import command
from bench.doctor.checks import CHECKS


def called(monkeypatch, made_up, *options):
    monkeypatch.setattr(command, "read_machine", lambda: made_up)
    return CliRunner().invoke(app, ["doctor", *options], standalone_mode=False)


@pytest.mark.parametrize(
    ("changes", "code"), [({}, 0), ({"turbo": None, "backlog": 5, "kernel_stamps": False}, 0), ({"usable_cores": 1}, 1)]
)
def test_exit_code_tells_whether_all_measurements_are_spoilt(monkeypatch, changes, code):
    assert called(monkeypatch, machine(**changes)).return_value == code
    assert called(monkeypatch, machine(**changes), "--json").return_value == code


def test_json_holds_verdicts_and_readings(monkeypatch):
    record = json.loads(called(monkeypatch, machine(usable_cores=1), "--json").output)
    assert record["schema"] == "gemini-live-bench.doctor.v1"
    assert record["will_do"] is False
    assert record["sentence"].startswith("This machine will not do: 1 thing spoils all measurements (cores)")
    assert record["checks"][0] == {
        "check": "cores",
        "verdict": "spoils all",
        "found": "1 usable of 4",
        "effect": "server and load share it, so the time of one stands in the latencies of the other",
        "mend": "taskset -pc 0-3 $$",
    }
    assert {one["check"] for one in record["checks"]} == set(CHECKS)
    assert record["machine"]["usable_cores"] == 1
    assert record["machine"]["governors"] == ["performance"]
    assert record["machine"]["second"]["others_share"] == 0.01


def test_unknown_option_is_a_usage_error():
    assert CliRunner().invoke(app, ["doctor", "--cure"]).exit_code == 2


def doctor(*before: str) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code of the command on this very machine, and what each check says."""
    asked = [*before, sys.executable, "-m", "bench", "doctor", "--json"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.returncode, {one["check"]: one for one in json.loads(done.stdout)["checks"]}


def test_low_limit_of_this_machine_is_found():
    code, said = doctor("sh", "-c", 'ulimit -n 256 && exec "$@"', "sh")
    assert code == 1
    assert said["descriptor limit"]["verdict"] == "spoils all"
    assert said["descriptor limit"]["found"] == "hard limit 256: enough for 5 people"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds processes to cores")
def test_single_core_of_this_machine_is_found():
    core = min(os.sched_getaffinity(0))
    holding = f"import os, sys; os.sched_setaffinity(0, {{{core}}}); os.execv(sys.argv[1], sys.argv[1:])"
    code, said = doctor(sys.executable, "-c", holding)
    assert code == 1
    assert said["cores"]["verdict"] == "spoils all"
