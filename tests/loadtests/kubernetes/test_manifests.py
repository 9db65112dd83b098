"""The manifests are what a cluster takes, their fields fit together, and real programs take their options."""

import copy
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import loadtests
from bench.cli import app
from bench.workers.command import PORT
from tests.loadtests.kubernetes.schemas import SCHEMAS
from tests.loadtests.locust_run import ROOT

FOLDER = Path(loadtests.__file__).parent / "kubernetes"
VALUES = {
    "IMAGE": "example.test/live-bench/load:1",
    "TARGET": "wss://quart.example.test",
    "QUART_URL": "wss://quart.example.test",
    "FLASK_URL": "wss://flask.example.test",
}
Document = dict[str, Any]


def documents(name: str) -> list[Document]:
    """Of a manifest, with a value for each of its placeholders."""
    text = re.sub(r"\$\{(\w+)\}", lambda found: VALUES[found[1]], (FOLDER / f"{name}.yaml").read_text())
    return list(YAML(typ="safe").load_all(text))


def faults(document: Document) -> list[str]:
    """What a cluster would refuse, or drop without a word."""
    validator = Draft202012Validator(SCHEMAS[document["kind"]])
    return [f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(document)]


def locust_test() -> Document:
    (document,) = documents("locusttest")
    return document


def bench() -> dict[tuple[str, str], Document]:
    """By kind and name."""
    return {(document["kind"], document["metadata"]["name"]): document for document in documents("bench")}


@pytest.mark.parametrize("document", [*documents("locusttest"), *documents("bench")], ids=lambda each: each["kind"])
def test_a_manifest_has_only_fields_that_a_cluster_knows(document: Document) -> None:
    assert faults(document) == []


def without(*path: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place, last = _reach(document, path)
        del place[last]

    return change


def with_(value: object, *path: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place, last = _reach(document, path)
        place[last] = value

    return change


def _reach(document: Any, path: tuple[str, ...]) -> tuple[Any, str]:
    *steps, last = path
    for step in steps:
        document = document[step]
    return document, last


@pytest.mark.parametrize(
    "change",
    [
        without("spec", "workers"),
        with_("4", "spec", "workers"),
        with_(0, "spec", "workers"),
        with_(["--headless"], "spec", "args"),
        with_("Sometimes", "spec", "imagePullPolicy"),
        with_("locust.cloud/v1", "apiVersion"),
        with_("Live Bench", "metadata", "name"),
        with_([{"name": "results"}], "spec", "master", "volumes"),
        with_([{"name": "results"}], "spec", "volumes"),
        with_(300, "spec", "timeoutSeconds"),
        with_("1 core", "spec", "worker", "resources", "limits", "cpu"),
        with_({}, "spec", "locustfile"),
        with_({"content": "x", "configMap": {"name": "x"}}, "spec", "locustfile"),
        with_({"configMap": {"name": "x", "key": "y"}}, "spec", "locustfile"),
        with_([{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "x", "key": "y"}}}], "spec", "env"),
    ],
)
def test_what_the_operator_does_not_take_is_found(change: Callable[[Document], None]) -> None:
    mutant = copy.deepcopy(locust_test())
    change(mutant)
    assert faults(mutant)


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        ("Job", "live-bench", with_("Always", "spec", "template", "spec", "restartPolicy")),
        ("Job", "live-bench", with_(2, "spec", "workers")),
        ("Job", "live-bench", without("spec", "template", "spec", "containers")),
        ("Job", "live-bench-workers", with_("4", "spec", "parallelism")),
        ("Service", "live-bench", without("spec", "selector")),
        ("PersistentVolumeClaim", "live-bench-results", with_(["ReadOnce"], "spec", "accessModes")),
    ],
)
def test_what_kubernetes_does_not_take_is_found(kind: str, name: str, change: Callable[[Document], None]) -> None:
    mutant = copy.deepcopy(bench()[kind, name])
    change(mutant)
    assert faults(mutant)


def arguments(document: Document) -> list[str]:
    """As the operator splits them."""
    return shlex.split(document["spec"]["args"])


def value(option: str, words: list[str]) -> str:
    return words[words.index(option) + 1]


@pytest.mark.parametrize("role", [["--master"], ["--worker", "--master-host", "live-bench-master"]])
def test_locust_takes_the_options_as_the_operator_gives_them(role: list[str]) -> None:
    done = listed([*role, *arguments(locust_test())])
    assert (done.returncode, "LatencyUser" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("wrong", [["--exit-code-on-errors", "0"], ["--arrivals", "some"], ["-u", "many"]])
def test_an_option_that_locust_does_not_know_would_be_found(wrong: list[str]) -> None:
    assert listed(["--master", *arguments(locust_test()), *wrong]).returncode != 0


def listed(words: list[str]) -> "subprocess.CompletedProcess[str]":
    """Locust with these options, asked only for its people: it reads all options before it says."""
    command = [sys.executable, "-m", "locust", *words, "--list"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_load_waits_for_all_workers_and_none_is_started_twice() -> None:
    words = arguments(locust_test())
    assert int(value("--expect-workers", words)) == locust_test()["spec"]["workers"]
    assert value("--exit-code-on-error", words) == "0"
    assert not {"--master", "--worker", "--master-host", "--processes"} & set(words)


def test_the_master_stays_until_its_records_are_fetched() -> None:
    words = arguments(locust_test())
    folder = Path(value("--record", words))
    assert Path(value("--end-file", words)).parent == folder
    told = (FOLDER / "locusttest.yaml").read_text()
    assert f":{folder} records" in told and f"touch {value('--end-file', words)}" in told


def test_turns_in_flight_may_take_longer_to_end_than_the_load_waits_for_a_reply() -> None:
    assert float(value("--stop-timeout", arguments(locust_test()))) > 30


def container(name: str) -> Document:
    (found,) = bench()["Job", name]["spec"]["template"]["spec"]["containers"]
    return dict(found)


@pytest.mark.parametrize("name", ["live-bench", "live-bench-workers"])
def test_the_bench_takes_the_options_of_its_pods(name: str) -> None:
    assert container(name)["command"] == ["python", "-m", "bench"]
    assert options(name)


def options(name: str) -> dict[str, Any]:
    """Of `live-bench run`, by the name of its parameter."""
    verb, *words = container(name)["args"]
    assert isinstance(app, click.Group)
    return app.commands[verb].make_context(verb, words).params


def test_the_pods_of_the_bench_find_each_other_and_are_as_many_as_are_awaited() -> None:
    service = bench()["Service", "live-bench"]
    master, workers = options("live-bench"), options("live-bench-workers")
    assert workers["master_host"] == service["metadata"]["name"]
    assert [port["port"] for port in service["spec"]["ports"]] == [PORT, PORT + 1]
    assert (master["master_bind_port"], workers["master_port"]) == (PORT, PORT)
    labels = bench()["Job", "live-bench"]["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == labels
    job = bench()["Job", "live-bench-workers"]["spec"]
    assert job["parallelism"] == job["completions"] == master["expect_workers"]
    assert master["workers_timeout"] == workers["workers_timeout"]


def test_what_the_bench_measures_goes_to_the_volume() -> None:
    (mount,) = container("live-bench")["volumeMounts"]
    (volume,) = bench()["Job", "live-bench"]["spec"]["template"]["spec"]["volumes"]
    assert str(options("live-bench")["results"]) == mount["mountPath"]
    assert mount["name"] == volume["name"]
    assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in bench()


def test_the_image_of_the_operator_runs_locust_from_the_images_own_folder() -> None:
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    assert 'ENTRYPOINT ["python", "-m", "locust"]' in lines
    assert (ROOT / value("-f", arguments(locust_test()))).is_file()
