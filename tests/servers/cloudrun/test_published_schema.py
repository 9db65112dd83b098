from collections.abc import Callable
from typing import Any

import pytest

from tests.servers.cloudrun.published_schema import complaints, homes
from tests.servers.cloudrun.rendered import LOAD, Manifest, every_manifest, manifests

Change = Callable[[Manifest], Any]


@pytest.mark.parametrize("manifest", [pytest.param(one, id=name) for name, one in every_manifest().items()])
def test_every_manifest_is_what_its_api_understands(manifest: Manifest) -> None:
    assert complaints(manifest) == []


def test_annotations_are_read_from_the_description() -> None:
    assert homes()["run.googleapis.com/container-dependencies"] >= {"Revision"}
    assert homes()["run.googleapis.com/scalingMode"] == {"Service"}
    assert len(homes()) > 30


def annotations(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = manifest["metadata"]["annotations"]
    return found


def template(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = manifest["spec"]["template"]
    return found


def app(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = template(manifest)["spec"]["containers"][0]
    return found


def task(manifest: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = template(manifest)["spec"]["template"]["spec"]
    return found


AFFINITY = "run.googleapis.com/sessionAffinity"
OF_A_SERVICE: dict[str, tuple[Change, str]] = {
    "a field of another version": (
        lambda m: app(m).update(dependsOn=["fake-gemini"]),
        "spec.template.spec.containers[0].dependsOn: there is no such field",
    ),
    "a misspelt field": (
        lambda m: template(m)["spec"].update(timeoutSecond=3600),
        "spec.template.spec.timeoutSecond: there is no such field",
    ),
    "a field that is not supported": (
        lambda m: app(m).update(securityContext={"runAsUser": 1}),
        "spec.template.spec.containers[0].securityContext: Cloud Run does not support it",
    ),
    "a probe by a command": (
        lambda m: app(m)["startupProbe"].update(exec={"command": ["true"]}),
        "spec.template.spec.containers[0].startupProbe.exec: Cloud Run does not support it",
    ),
    "gcloud's spelling of an annotation": (
        lambda m: template(m)["metadata"]["annotations"].update({"run.googleapis.com/session-affinity": "true"}),
        "spec.template.metadata.annotations: Cloud Run knows no run.googleapis.com/session-affinity",
    ),
    "an annotation that is a number": (
        lambda m: annotations(m).update({"run.googleapis.com/manualInstanceCount": 1}),
        "metadata.annotations.run.googleapis.com/manualInstanceCount: 1 is no string",
    ),
    "an annotation that is a boolean": (
        lambda m: template(m)["metadata"]["annotations"].update({"run.googleapis.com/cpu-throttling": False}),
        "spec.template.metadata.annotations.run.googleapis.com/cpu-throttling: False is no string",
    ),
    "a revision's annotation on the service": (
        lambda m: annotations(m).update({AFFINITY: "true"}),
        f"metadata.annotations: {AFFINITY} belongs to Revision, not to Service",
    ),
    "the service's annotation on a revision": (
        lambda m: template(m)["metadata"]["annotations"].update({"run.googleapis.com/scalingMode": "manual"}),
        "spec.template.metadata.annotations: run.googleapis.com/scalingMode belongs to Service, not to Revision",
    ),
    "a number as text": (
        lambda m: template(m)["spec"].update(timeoutSeconds="3600"),
        "spec.template.spec.timeoutSeconds: '3600' is no integer",
    ),
    "a boolean as a number": (
        lambda m: template(m)["spec"].update(containerConcurrency=True),
        "spec.template.spec.containerConcurrency: True is no integer",
    ),
    "a limit as a number": (
        lambda m: app(m)["resources"]["limits"].update(cpu=1),
        "spec.template.spec.containers[0].resources.limits.cpu: 1 is no string",
    ),
    "a secret's version as a number": (
        lambda m: app(m).update(env=[{"name": "K", "valueFrom": {"secretKeyRef": {"name": "k", "key": 3}}}]),
        "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.key: 3 is no string",
    ),
    "one command instead of its words": (
        lambda m: app(m).update(command="python -m servers quart"),
        "spec.template.spec.containers[0].command: 'python -m servers quart' is no array",
    ),
    "another API": (lambda m: m.update(apiVersion="run.googleapis.com/v1"), "apiVersion: a Service is of"),
    "another kind": (lambda m: m.update(kind="Deployment"), "kind: 'Deployment' is neither of"),
}


@pytest.mark.parametrize(("change", "told"), OF_A_SERVICE.values(), ids=list(OF_A_SERVICE))
def test_mistake_in_a_service_is_found(change: Change, told: str) -> None:
    manifest = manifests("sidecar")["live-quart"]
    change(manifest)
    (said,) = complaints(manifest)
    assert said.startswith(told)


OF_A_JOB: dict[str, tuple[Change, str]] = {
    "a timeout as a number": (
        lambda m: task(m).update(timeoutSeconds=3600),
        "spec.template.spec.template.spec.timeoutSeconds: 3600 is no string",
    ),
    "a timeout with a unit": (
        lambda m: task(m).update(timeoutSeconds="3600s"),
        "spec.template.spec.template.spec.timeoutSeconds: '3600s' is no number",
    ),
    "retries where the executions are described": (
        lambda m: template(m)["spec"].update(maxRetries=0),
        "spec.template.spec.maxRetries: there is no such field",
    ),
    "a service's annotation": (
        lambda m: template(m)["metadata"]["annotations"].update({"run.googleapis.com/cpu-throttling": "false"}),
        "spec.template.metadata.annotations: run.googleapis.com/cpu-throttling belongs to Revision, not to Execution",
    ),
}


@pytest.mark.parametrize(("change", "told"), OF_A_JOB.values(), ids=list(OF_A_JOB))
def test_mistake_in_a_job_is_found(change: Change, told: str) -> None:
    manifest = manifests("sidecar", *LOAD)["live-bench-load"]
    change(manifest)
    (said,) = complaints(manifest)
    assert said.startswith(told)
