"""What has to hold between the fields of a manifest, and between them and the table of deployments."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from servers.deployments import DEPLOYMENTS

SPARE_THREADS = 4
"""For the page and for probes, beside one thread for each session."""
STOP_SECONDS = 8
"""Of the ten that the platform gives, as leaving takes a moment too."""

Container = Mapping[str, Any]


def broken_rules(manifest: Mapping[str, Any]) -> list[str]:
    """Which rules a manifest breaks; nothing where all is well."""
    rules = _service_rules if manifest["kind"] == "Service" else _job_rules
    return [*rules(manifest), *_rules_for_all(manifest)]


def command_of(container: Container) -> list[str]:
    return [*container["command"], *container.get("args", [])]


def option(words: list[str], name: str) -> str | None:
    return words[words.index(name) + 1] if name in words else None


def _pod(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """What tells of containers and volumes, which lies deeper in a job."""
    spec: Mapping[str, Any] = manifest["spec"]["template"]["spec"]
    return spec if manifest["kind"] == "Service" else spec["template"]["spec"]


def _service_rules(manifest: Mapping[str, Any]) -> Iterator[str]:
    revision, service = manifest["spec"]["template"], manifest["metadata"]["annotations"]
    spec, annotations = revision["spec"], revision["metadata"]["annotations"]
    facing = [container for container in spec["containers"] if "ports" in container]
    if len(facing) != 1:
        yield "exactly one container has the port"
        return
    yield from _concurrency(spec["containerConcurrency"], facing[0])
    yield from _probes(facing[0])
    yield from _dependencies(spec["containers"], annotations)
    if spec["timeoutSeconds"] != 3600:
        yield "a conversation may last an hour"
    if annotations.get("run.googleapis.com/cpu-throttling") != "false":
        yield "the processor is there between requests too"
    if annotations.get("run.googleapis.com/startup-cpu-boost") != "true":
        yield "it starts with all the processor it can get"
    if service.get("run.googleapis.com/scalingMode") != "manual":
        yield "a benchmark has a fixed number of instances"
    if any(container["resources"]["limits"]["cpu"] != "1" for container in spec["containers"]):
        yield "every container has one whole processor"


def _concurrency(people: int, container: Container) -> Iterator[str]:
    if not 1 <= people <= 1000:
        yield "an instance takes from 1 to 1000 requests at a time"
    deployment = DEPLOYMENTS.get(command_of(container)[3]) if command_of(container)[2] == "servers" else None
    if deployment is None:
        return
    words = list(deployment.command)
    if deployment.threads is not None:
        threads = deployment.threads * int(option(words, "--workers") or 1)
        if people > threads - SPARE_THREADS:
            yield f"no more than {threads - SPARE_THREADS} people have a thread"
        if "livenessProbe" in container:
            yield "a liveness probe would kill a server whose threads are all taken"
    if float(option(words, "--graceful-timeout") or 30) > STOP_SECONDS:
        yield f"it has to leave within {STOP_SECONDS} s"


def _probes(container: Container) -> Iterator[str]:
    probe = container.get("startupProbe", {})
    port = container["ports"][0]["containerPort"]
    if probe.get("httpGet") != {"path": "/healthz", "port": port}:
        yield "it gets no requests before it answers at /healthz"
    if probe.get("periodSeconds", 10) <= probe.get("timeoutSeconds", 1):
        yield "a probe ends before the next begins"


def _dependencies(containers: list[Container], annotations: Mapping[str, str]) -> Iterator[str]:
    named = {container["name"]: container for container in containers}
    needs: dict[str, list[str]] = json.loads(annotations.get("run.googleapis.com/container-dependencies", "{}"))
    if len(containers) > 1 and not needs:
        yield "containers that need each other start in an order"
    for name in {*needs, *(other for others in needs.values() for other in others)} - set(named):
        yield f"there is no container {name}"
    for other in {other for others in needs.values() for other in others} & set(named):
        if "startupProbe" not in named[other]:
            yield f"{other} says when it has started"


def _job_rules(manifest: Mapping[str, Any]) -> Iterator[str]:
    spec = manifest["spec"]["template"]["spec"]
    if spec["taskCount"] != spec["parallelism"]:
        yield "all shards run at the same time"
    if spec["template"]["spec"]["maxRetries"] != 0:
        yield "no shard is made up for later"
    (container,) = _pod(manifest)["containers"]
    places = [mount["mountPath"] for mount in container["volumeMounts"]]
    if option(command_of(container), "--results") not in places:
        yield "what is measured is written to the bucket"


def _rules_for_all(manifest: Mapping[str, Any]) -> Iterator[str]:
    pod = _pod(manifest)
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    mounted = {mount["name"] for container in pod["containers"] for mount in container.get("volumeMounts", [])}
    if volumes != mounted:
        yield "what is mounted is there, and what is there is mounted"
    if not pod.get("serviceAccountName", "").startswith("live-bench-"):
        yield "it runs as an account of its own"
    for container in pod["containers"]:
        if not re.search(r":(?!latest$)[^:/]+$", container["image"]):
            yield "the image has a tag that stays with it"
        for variable in container.get("env", []):
            secret = variable.get("valueFrom", {}).get("secretKeyRef", {"key": "1"})
            if not secret["key"].isdecimal():
                yield "a secret's version is a number"
        if re.search(r"\$[({]", json.dumps(container)):
            yield "nothing is left to fill in"
