"""The containers of an instance: what they are told, in which order they start, and what they share."""

import json
import socket
import threading
from pathlib import Path

import psutil
import pytest

from tests.servers.cloudrun.emulator.emulator_process import CONTAINER, Json, container, emulator, manifest, once
from tests.waiting import wait_until

FIXED = {"run.googleapis.com/scalingMode": "manual", "run.googleapis.com/manualInstanceCount": "2"}
ORDER = {"run.googleapis.com/container-dependencies": '{"app":["beside"]}'}


def app(**fields: object) -> Json:
    return container(name="app", ports=[{"containerPort": 8080}], **fields)


def beside(**fields: object) -> Json:
    return container("--port", "9443", name="beside", startupProbe={"tcpSocket": {"port": 9443}}, **fields)


def test_container_is_told_what_the_contract_says_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "of the person who started it")
    with emulator(tmp_path, [manifest(container(env={"COLOUR": "blue"}))]) as running:
        environ = running.get("/told").told["environ"]
        (instance,) = running.instances()
    assert environ["K_SERVICE"] == environ["K_CONFIGURATION"] == "echo"
    assert environ["K_REVISION"] == instance["revision"]
    assert environ["SERVERS_INSTANCE"] == instance["id"]
    assert environ["COLOUR"] == "blue"
    assert "GEMINI_API_KEY" not in environ


def test_instance_is_told_its_own_id_by_its_metadata_server(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(service=FIXED)]) as running:
        for _ in range(2):
            environ = running.get("/told").told["environ"]
            with socket.create_connection(environ["GCE_METADATA_HOST"].split(":")) as asked:
                asked.sendall(b"GET /computeMetadata/v1/instance/id HTTP/1.1\r\nMetadata-Flavor: Google\r\n\r\n")
                assert asked.makefile().read().endswith(environ["SERVERS_INSTANCE"])


def test_instances_with_the_same_fixed_port_run_side_by_side(tmp_path: Path) -> None:
    described = manifest(app(env={"BESIDE": "http://localhost:9443/x"}), beside(), service=FIXED, revision=ORDER)
    with emulator(tmp_path, [described]) as running:
        told = [running.get("/told").told["environ"] for _ in range(2)]
        addresses = {environ["BESIDE"] for environ in told}
        assert len(addresses) == len({environ["SERVERS_INSTANCE"] for environ in told}) == 2
        for address in addresses:
            port = int(address.removeprefix("http://localhost:").removesuffix("/x"))
            assert port != 9443
            socket.create_connection(("127.0.0.1", port)).close()


def test_containers_of_an_instance_share_a_volume_and_instances_do_not(tmp_path: Path) -> None:
    mount = [{"name": "shared", "mountPath": "/shared"}]
    writes = "import os, pathlib; pathlib.Path('/shared/mark').write_text(os.environ['SERVERS_INSTANCE'])"
    then_serves = f"import runpy; runpy.run_path({CONTAINER[1]!r}, run_name='__main__')"
    command = ["python", "-c", f"{writes}; {then_serves}", "--port", "9443"]
    writer = {**beside(volumeMounts=mount), "command": command, "args": []}
    reader = app(volumeMounts=mount, env={"MARK": "/shared/mark", "KEPT": "/not/shared/mark"})
    described = manifest(
        reader, writer, service=FIXED, revision=ORDER, volumes=[{"name": "shared", "emptyDir": {"medium": "Memory"}}]
    )
    with emulator(tmp_path, [described]) as running:
        for _ in range(2):
            environ = running.get("/told").told["environ"]
            assert Path(environ["MARK"]).read_text() == environ["SERVERS_INSTANCE"]
            assert environ["KEPT"] == "/not/shared/mark"
    assert not Path(environ["MARK"]).exists()


def test_container_starts_after_those_it_depends_on_have_started(tmp_path: Path) -> None:
    opened = tmp_path / "open"
    opened.touch()
    described = manifest(app(), beside(env={"STARTS_WHEN": str(opened)}), revision=ORDER)
    described["spec"]["template"]["spec"]["containers"][1]["startupProbe"].update(timeoutSeconds=60, periodSeconds=60)
    with emulator(tmp_path, [described], "--pending", "60") as running:
        opened.unlink()
        running.shut_down(running.instances()[0]["id"])
        wait_until(running.ended, "the first instance has ended")
        opening = threading.Thread(target=running.get, args=("/",))
        opening.start()
        wait_until(lambda: [list(each["pids"]) for each in running.first()["instances"]] == [["beside"]], "one runs")
        opened.touch()
        opening.join()
        assert list(running.instances()[0]["pids"]) == ["beside", "app"]


def test_containers_are_stopped_in_reverse(tmp_path: Path) -> None:
    with emulator(tmp_path, [manifest(app(), beside(), revision=ORDER)]) as running:
        running.shut_down(running.instances()[0]["id"])
        wait_until(running.ended, "it has ended")
        assert running.ended()[0]["exit_codes"] == {"beside": -15, "app": -15}


def test_processes_that_a_container_left_behind_end_with_its_instance(tmp_path: Path) -> None:
    leaves = "import subprocess, sys; subprocess.Popen(['sleep', '600'], start_new_session=True)"
    command = ["python", "-c", f"{leaves}; import runpy; runpy.run_path({CONTAINER[1]!r}, run_name='__main__')"]
    with emulator(tmp_path, [manifest({"command": command})]) as running:
        (instance,) = running.instances()
        (left,) = psutil.Process(next(iter(instance["pids"].values()))).children()
        running.shut_down(instance["id"])
        wait_until(running.ended, "the instance has ended")
        assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE


def test_started_only_when_the_probe_says_so(tmp_path: Path) -> None:
    probe = {"httpGet": {"path": "/silent", "port": 8080}, "timeoutSeconds": 1, "failureThreshold": 1}
    failure = r"startup probe \(GET /silent, port 8080\) failed 1 times of 1 s"
    with pytest.raises(AssertionError, match=failure), emulator(tmp_path, [manifest(container(startupProbe=probe))]):
        pass
    probe["httpGet"] = {"path": "/ready"}
    with emulator(tmp_path, [manifest(container(startupProbe=probe))]) as running:
        once(running, 1)
        assert json.dumps(running.instances()[0]["start_up_seconds"]) != "null"
