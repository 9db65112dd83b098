import json
from typing import Any

import pytest

from servers.cloudrun.emulator.manifest import Probe, Service, read_manifests
from servers.errors import SettingsError
from tests.servers.cloudrun.emulator.emulator_process import Json, container, manifest


def read(described: Json, **environ: str) -> Service:
    (service,) = read_manifests(json.dumps(described), "echo.yaml", environ)
    return service


def template(described: Json) -> Json:
    found: Json = described["spec"]["template"]["spec"]
    return found


def test_what_is_not_said_is_as_the_platform_has_it() -> None:
    service = read(manifest({"command": ["python", "app.py"]}, concurrency=0))
    assert (service.concurrency, service.timeout_seconds, service.public, service.affinity) == (80, 300.0, False, False)
    (only,) = service.containers
    assert (only.port, only.probe) == (8080, Probe(8080, None, 0.0, 240.0, 240.0, 1))


@pytest.mark.parametrize(("cpu", "concurrency"), [("1", 80), (2, 80), ("1000m", 80), ("500m", 1), ("0.5", 1)])
def test_concurrency_that_is_not_said_follows_the_processor(cpu: object, concurrency: int) -> None:
    described = manifest(container(resources={"limits": {"cpu": cpu}}), concurrency=0)
    assert read(described).concurrency == concurrency


@pytest.mark.parametrize(
    ("service", "revision", "instances"),
    [
        ({}, {}, (0, 100)),
        ({"run.googleapis.com/minScale": "2"}, {}, (2, 100)),
        ({}, {"autoscaling.knative.dev/minScale": "1", "autoscaling.knative.dev/maxScale": "4"}, (1, 4)),
        ({"run.googleapis.com/maxScale": "9"}, {"autoscaling.knative.dev/maxScale": "4"}, (0, 9)),
        ({"run.googleapis.com/scalingMode": "manual"}, {"autoscaling.knative.dev/maxScale": "4"}, (1, 1)),
        ({"run.googleapis.com/scalingMode": "manual", "run.googleapis.com/manualInstanceCount": "3"}, {}, (3, 3)),
    ],
)
def test_instances_are_counted_where_they_are_said(
    service: dict[str, str], revision: dict[str, str], instances: tuple[int, int]
) -> None:
    described = manifest(revision=revision)
    described["metadata"]["annotations"] = service
    found = read(described)
    assert (found.instances_min, found.instances_max) == instances


def test_probe_is_as_it_is_written_and_its_defaults_are_those_of_a_probe_that_is() -> None:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 2}
    assert read(manifest(container(startupProbe=probe))).containers[0].probe == Probe(8080, "/healthz", 0, 2, 1, 3)


def test_placeholders_and_secrets_come_from_the_environment() -> None:
    secret = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "the-key", "key": "1"}}}
    described = manifest({**container("--level", "${LEVEL}", image="${IMAGE}"), "env": [secret]})
    (only,) = read(described, LEVEL="high", KEY="hush").containers
    assert only.command[-1] == "high"
    assert only.environment == {"KEY": "hush"}


def test_what_the_container_itself_has_is_no_placeholder() -> None:
    shell = {"command": ["sh", "-c", "exec serve ${PORT} ${COLOUR}"], "env": [{"name": "COLOUR", "value": "blue"}]}
    assert read(manifest(shell)).containers[0].command[-1] == "exec serve ${PORT} ${COLOUR}"


def test_file_may_hold_several_services() -> None:
    text = "---\n".join(json.dumps(manifest(name=name)) + "\n" for name in ("one", "other"))
    assert [service.name for service in read_manifests(text, "both.yaml", {})] == ["one", "other"]


def two(**fields: Any) -> Json:
    return manifest(container(name="app", ports=[{"containerPort": 8080}]), container(name="beside"), **fields)


def broken(change: str, value: Any) -> Json:
    """A manifest with one field of its container or its template changed."""
    described = manifest()
    spec = template(described)
    (spec["containers"][0] if change in ("command", "startupProbe", "args", "env") else spec)[change] = value
    return described


SECRET = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "the-key", "key": "1"}}}]


@pytest.mark.parametrize(
    ("described", "complaint"),
    [
        ({"kind": "Job"}, "apiVersion: Field required"),
        ({**manifest(), "kind": "Job"}, "kind: Input should be 'Service'"),
        (broken("containers", []), "spec.template.spec.containers: List should have at least 1 item"),
        (
            broken("timeoutSeconds", 3601),
            "spec.timeoutSeconds: Input should be less than or equal to 3600",
        ),
        (broken("command", []), "container container-1 has no command"),
        (
            broken("args", ["${LEVEL}"]),
            "command of container container-1 has ${LEVEL}: set LEVEL in the environment",
        ),
        (broken("env", SECRET), "KEY of container container-1 is the secret the-key: set KEY in the environment"),
        (broken("env", [{"name": "A", "value": "${B}"}]), "A of container container-1 has ${B}"),
        (broken("startupProbe", {"grpc": {"port": 1}}), "startupProbe of container container-1 is neither httpGet nor"),
        (manifest(container(name="a"), container(name="b")), "0 of its containers have ports: exactly one"),
        (manifest(instances=(3, 2)), "maxScale is 2, which is less than 3"),
        (manifest(service={"run.googleapis.com/minScale": "few"}), "is 'few': it should be a number of instances"),
        (manifest(service={"run.googleapis.com/custom-audiences": "x"}), "custom-audiences is no JSON"),
        (manifest(service={"run.googleapis.com/custom-audiences": "{}"}), "it should be a list"),
        (
            two(revision={"run.googleapis.com/container-dependencies": '{"app":["x"]}'}),
            "names 'x', and there is no",
        ),
        (
            two(revision={"run.googleapis.com/container-dependencies": '{"app":["beside"],"beside":["app"]}'}),
            "goes round in a circle: app after beside after app",
        ),
    ],
)
def test_mistake_is_told_in_one_line_that_names_file_and_place(described: Json, complaint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(described)
    assert str(refused.value).startswith("echo.yaml: ") and complaint in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "complaint"), [("a: [", "is not YAML"), ("", "is empty"), ("a: 1\na: 2", "is not YAML")]
)
def test_file_that_is_no_manifest_is_told(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint) as refused:
        read_manifests(text, "echo.yaml", {})
    assert "\n" not in str(refused.value)
