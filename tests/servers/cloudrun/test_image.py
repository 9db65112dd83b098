"""The image without Docker: its files, its install commands and what its manifests start, in a clean environment."""

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.chat_server import free_port
from servers.settings import build_id
from tests.answering import answering, metadata_server
from tests.chat_server_process import chat_server, speaking_to
from tests.e2e import bench_command
from tests.fake_gemini_process import fake_gemini
from tests.id_tokens import token
from tests.servers.chat import chat_with, run as converse, text_of
from tests.servers.cloudrun import dockerfile
from tests.servers.cloudrun.made_up_gcloud import SCRIPTS
from tests.servers.cloudrun.rendered import manifests
from tests.servers.cloudrun.rules import command_of
from tests.waiting import wait_until

ROOT = SCRIPTS.parents[1]
STAGES = dockerfile.stages((SCRIPTS / "Dockerfile").read_text(encoding="utf-8"))
IGNORE = (SCRIPTS / "Dockerfile.dockerignore").read_text(encoding="utf-8")
SERVERS = ("flask", "quart")
LOCKS = {"serve": "requirements.lock", "load": "load.lock"}


# -- the Dockerfile as it is written -----------------------------------------------------------------------------------


def test_interpreter_is_pinned_by_its_whole_version() -> None:
    for stage in STAGES.values():
        assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", stage.base)


@pytest.mark.parametrize("name", LOCKS)
def test_image_does_not_run_as_root_and_its_command_needs_no_shell(name: str) -> None:
    stage = STAGES[name]
    assert stage.user.isdecimal() and int(stage.user) > 0
    assert stage.command[:2] == ["python", "-m"]
    (made,) = (words[0] for kind, words in stage.steps if kind == "RUN" and "useradd" in words[0])
    assert f"--uid {stage.user}" in made


@pytest.mark.parametrize(("name", "lock"), LOCKS.items())
def test_packages_come_from_the_lock_and_from_nowhere_else(name: str, lock: str) -> None:
    (install,) = (words[0] for kind, words in STAGES[name].steps if kind == "RUN" and "pip install" in words[0])
    assert install == f"pip install --no-deps --require-hashes --requirement {lock} && pip check"
    assert ("COPY", [f"servers/cloudrun/{lock}", "./"]) in STAGES[name].steps


def test_user_of_the_image_may_write_to_the_bucket() -> None:
    text = (SCRIPTS / "load-job.yaml").read_text(encoding="utf-8")
    assert f"mountOptions: uid={STAGES['load'].user},gid={STAGES['load'].user} " in text


@pytest.mark.parametrize(
    "path",
    ["requirements.lock", ".git/config", ".venv/bin/python", ".env", "servers/.env", "results/latest/run.json",
     "tests/conftest.py", "servers/cloudrun/deploy.sh", "servers/cloudrun/env/vertex.yaml",
     "servers/cloudrun/emulator/front.py", "servers/__pycache__/x.pyc", "servers/fake_gemini/__pycache__/x.pyc"],
)  # fmt: skip
def test_what_has_no_business_in_an_image_is_not_sent(path: str) -> None:
    assert not dockerfile.let_in(IGNORE, path)


@pytest.mark.parametrize(
    "path",
    ["pyproject.toml", "servers/quart_app.py", "servers/fake_gemini/profiles/fast.toml", "servers/page/chat.html",
     "bench/cli.py", "loadtests/support/prompts.txt", "servers/cloudrun/requirements.lock",
     "servers/cloudrun/load.lock", "servers/cloudrun/Dockerfile"],
)  # fmt: skip
def test_what_is_needed_is_sent(path: str) -> None:
    assert dockerfile.let_in(IGNORE, path) and (ROOT / path).exists()


def test_instruction_that_is_not_understood_here_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="not understood: ADD"):
        dockerfile.stages("FROM python AS base\nADD everything /\n")


# -- the Dockerfile carried out ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dockerfile.context(ROOT, IGNORE, tmp_path_factory.mktemp("sent"))


def test_load_image_has_every_file_that_its_program_needs(sent: Path, tmp_path: Path) -> None:
    folder = dockerfile.copy(STAGES["load"], sent, tmp_path)

    def python(*words: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = python(
        "-c", "import bench, loadtests, servers; print(bench.__file__, loadtests.__file__, servers.__file__)"
    )
    assert all(Path(path).is_relative_to(folder) for path in where.split())
    assert "--target" in python("-m", "bench", "run", "--help")
    assert "latency" in python("-m", "bench", "list")


@dataclass(frozen=True)
class Image:
    """A folder that stands for an image, with an interpreter that has its packages and no others."""

    lock: str
    workdir: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def image(sent: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return built("serve", sent, tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def load_image(sent: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    return built("load", sent, tmp_path_factory.mktemp("load-image"))


def built(name: str, sent: Path, folder: Path) -> Image:
    stage = STAGES[name]
    workdir = dockerfile.copy(stage, sent, folder / "files")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, timeout=300)
    programs = folder / "venv" / "bin"
    (programs / "useradd").write_text("#!/bin/sh\n")  # needs root, and another user's home
    (programs / "useradd").chmod(0o755)
    clean = {**stage.environment, "PATH": f"{programs}:/usr/bin:/bin", "HOME": str(folder)}
    # With pip's cache: what is tested is what the command installs, and not how long a download takes.
    cached = {name: value for name, value in clean.items() if name != "PIP_NO_CACHE_DIR"}
    cache = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True).stdout.strip()
    dockerfile.run(stage, workdir, {**cached, **dockerfile.of_the_network(), "PIP_CACHE_DIR": cache})
    return Image(LOCKS[name], workdir, clean)


@dataclass(frozen=True)
class Container:
    """One container of a manifest, to be started as the platform would, but for its ports and its folders."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    def get(self, path: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return json.load(answer)

    def listens(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
        except OSError:
            return False
        return True


@contextmanager
def started(
    image: Image, manifest: dict[str, Any], name: str, elsewhere: dict[str, str], folder: Path
) -> Iterator[Container]:
    """`elsewhere` tells what is put in the place of ports and folders that a test cannot have."""

    def moved(text: str) -> str:
        for here, there in elsewhere.items():
            text = text.replace(here, there)
        return text

    (container,) = (one for one in manifest["spec"]["template"]["spec"]["containers"] if one["name"] == name)
    environment = {**image.environment, "K_SERVICE": manifest["metadata"]["name"], "K_REVISION": "made-up-00001"}
    for variable in container.get("env", []):
        environment[variable["name"]] = moved(variable.get("value") or "the-made-up-key")
    port = free_port()
    if "ports" in container:
        environment["PORT"] = str(port)
    else:
        port = int(moved(str(container["startupProbe"]["tcpSocket"]["port"])))
    log = folder / f"{name}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [moved(word) for word in command_of(container)],
            cwd=image.workdir, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
        )  # fmt: skip
    try:
        running = Container(process, log, port)
        wait_until(running.listens, f"{name} listens; it said: {log.read_text()}")
        yield running
        process.terminate()
        assert process.wait(30) == 0, log.read_text()
    finally:
        process.kill()
        process.wait()


@pytest.mark.e2e
@pytest.mark.long
@pytest.mark.parametrize(
    ("fixture", "needed"),
    [
        ("image", {"flask", "quart", "google-genai", "websockets"}),
        ("load_image", {"locust", "matplotlib", "google-auth"}),
    ],
)
def test_image_has_no_package_that_is_not_in_its_lock(
    fixture: str, needed: set[str], request: pytest.FixtureRequest
) -> None:
    image: Image = request.getfixturevalue(fixture)
    done = subprocess.run(
        ["pip", "list", "--format=json"], env=image.environment, capture_output=True, text=True, timeout=60, check=True
    )
    lock = re.findall(r"^([a-z0-9-]+)==", (SCRIPTS / image.lock).read_text(encoding="utf-8"), re.MULTILINE)
    installed = {re.sub(r"[-_.]+", "-", package["name"]).lower() for package in json.loads(done.stdout)}
    assert installed <= {*lock, "pip", "setuptools"}
    assert needed <= installed


@pytest.mark.e2e
@pytest.mark.long
@pytest.mark.parametrize("name", SERVERS)
def test_manifest_s_commands_serve_a_turn_through_the_sidecar_and_leave_when_told(
    name: str, image: Image, tmp_path: Path
) -> None:
    manifest = manifests("sidecar")[f"live-{name}"]
    order = json.loads(
        manifest["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/container-dependencies"]
    )
    assert order == {"app": ["fake-gemini"]}
    elsewhere = {"9443": str(free_port()), "/certificate": str(tmp_path)}
    with ExitStack() as running:
        for container in (*order["app"], "app"):
            app = running.enter_context(started(image, manifest, container, elsewhere, tmp_path))
        health = app.get(manifest["spec"]["template"]["spec"]["containers"][0]["startupProbe"]["httpGet"]["path"])
        assert (health["app"], health["backend"]) == (name, "custom")
        assert health["build"] == build_id(), "what is served is what lies here"

        async def turn() -> str:
            async with chat_with(f"ws://127.0.0.1:{app.port}/live") as chat:
                return text_of(await chat.ask("Hello"))

        assert len(converse(turn())) > 10
    assert "Traceback" not in "".join(log.read_text() for log in tmp_path.glob("*.log"))


@pytest.mark.e2e
@pytest.mark.long
def test_manifest_of_the_fake_alone_serves_plainly_at_the_port_given(image: Image, tmp_path: Path) -> None:
    manifest = manifests("fake-service")["fake-gemini"]
    with started(image, manifest, "fake-gemini", {}, tmp_path) as fake:
        assert fake.get("/healthz") == {"status": "ok"}
        assert json.loads(fake.log.read_text())["certificate"] is None


@pytest.mark.e2e
@pytest.mark.long
@pytest.mark.parametrize(("backend", "kind"), [("api-key", "developer"), ("fake-service", "custom")])
@pytest.mark.parametrize("name", SERVERS)
def test_manifest_s_command_starts_a_server_for_every_backend_that_needs_no_google(
    name: str, backend: str, kind: str, image: Image, tmp_path: Path
) -> None:
    with started(image, manifests(backend)[f"live-{name}"], "app", {}, tmp_path) as app:
        health = app.get("/healthz")
    assert (health["app"], health["backend"]) == (name, kind)
    assert "the-made-up-key" not in str(health) + app.log.read_text()


@pytest.mark.e2e
@pytest.mark.long
def test_load_job_s_command_measures_as_many_shards_as_it_has_tasks_and_the_image_merges_them(
    load_image: Image, tmp_path: Path
) -> None:
    tasks = 2
    job = manifests("sidecar", "load", "--bucket=acme-shards", f"--tasks={tasks}")["live-bench-load"]
    (container,) = job["spec"]["template"]["spec"]["template"]["spec"]["containers"]
    assert job["spec"]["template"]["spec"]["taskCount"] == tasks
    profile = bench_command.profile(tmp_path, "latency", "interruption", sessions=4)
    words = command_of(container)
    words[words.index("--profile") + 1] = str(profile)
    words[words.index("--results") + 1] = str(tmp_path / "bucket")

    def task(index: int) -> subprocess.Popen[str]:
        environment = {
            **load_image.environment,
            **{"CLOUD_RUN_TASK_INDEX": str(index), "CLOUD_RUN_TASK_COUNT": str(tasks)},
            **{"GCE_METADATA_HOST": google.host, "GCE_METADATA_IP": google.host, "COLUMNS": "200"},
        }
        return subprocess.Popen(
            words, cwd=load_image.workdir, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )  # fmt: skip

    with (
        fake_gemini("fast") as fake,
        chat_server("flask", speaking_to(fake), tmp_path) as flask,
        chat_server("quart", speaking_to(fake), tmp_path) as quart,
        answering(metadata_server(token)) as google,
    ):
        for server in (flask, quart):
            place = next(place for place, word in enumerate(words) if word.startswith(f"{server.name}="))
            words[place] = f"{server.name}={server.http_url}"
        running = [task(index) for index in range(tasks)]
        try:
            for process in running:
                said, _ = process.communicate(timeout=300)
                assert process.returncode in (0, 3) and "is done" in said, said
        finally:
            for process in running:
                process.kill()
                process.wait()
    merge = [*container["command"], "merge", str(tmp_path / "bucket"), "--results", str(tmp_path / "merged")]
    done = subprocess.run(
        merge, cwd=load_image.workdir, env=load_image.environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (0, 3) and done.stderr == "", done.stdout + done.stderr
    _, record = bench_command.results(tmp_path / "merged")
    assert record["complete"] and [shard["index"] for shard in record["shards"]] == [0, 1]
    assert {trial["target"] for trial in record["trials"]} == set(SERVERS)
    assert all(trial["turns"]["ok"] > 0 and trial["turns"]["failed"] == 0 for trial in record["trials"])
    alone = [(baseline["target"], baseline["scenario"]) for baseline in record["baselines"]]
    assert sorted(alone) == [(name, scenario) for name in SERVERS for scenario in ("interruption", "latency")]
