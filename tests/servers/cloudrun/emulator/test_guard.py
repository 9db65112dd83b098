"""Whatever becomes of the emulator, nothing of it stays behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.servers.cloudrun.emulator.emulator_process import CONTAINER, Emulator, container, emulator, manifest
from tests.waiting import wait_until

LEAVES = "import subprocess; subprocess.Popen(['sleep', '600'], start_new_session=True)"
FAMILY = {"command": ["python", "-c", f"{LEAVES}; import runpy; runpy.run_path({CONTAINER[1]!r}, run_name='__main__')"]}


def processes_of(running: Emulator) -> list[psutil.Process]:
    return psutil.Process(running.process.pid).children(recursive=True)


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_of_an_emulator_that_ended(number: signal.Signals, tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(FAMILY)]) as running:
        processes = processes_of(running)
        assert len(processes) == 3  # the guard, the container, and what the container left behind
        running.process.send_signal(number)
        running.process.wait()
        wait_until(lambda: all(gone(process) for process in processes), "all have ended")
        wait_until(lambda: not Path(running.ready["certificate"]).parent.exists(), "the folder is gone")


def test_ctrl_c_ends_it_with_code_0_and_asks_the_containers_first(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest()]) as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait() == 0
        assert [event["exit_codes"] for event in running.events if event["event"] == "instance_ended"] == [
            {"container-1": -15}
        ]


def test_second_ctrl_c_does_not_wait_for_the_containers(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(container(env={"STUBBORN": "1"}))], "--grace", "600") as running:
        running.process.send_signal(signal.SIGINT)
        wait_until(lambda: "instance_stopping" in running.stderr.read_text(), "it has begun to stop")
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait() == 0


def test_interrupted_while_services_start_it_leaves_nothing(tmp_path: Path) -> None:
    never = container(env={"STARTS_WHEN": str(tmp_path / "never")})
    (tmp_path / "service.yaml").write_text(json.dumps(manifest(never)))
    command = [sys.executable, "-m", "servers.cloudrun.emulator", str(tmp_path / "service.yaml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        parent = psutil.Process(process.pid)
        wait_until(lambda: len(parent.children()) == 2, "guard and container run")
        children = parent.children()
        process.terminate()
        assert process.stdout is not None and process.stdout.read() == ""
        assert process.wait() == 0
    wait_until(lambda: all(gone(child) for child in children), "all have ended")
