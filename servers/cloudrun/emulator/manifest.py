"""A Knative manifest (serving.knative.dev/v1) as a service to run. Pure; what Cloud Run would refuse is not looked for.

Whatever plays no part on one machine (images, CPU and memory limits, VPC, secrets' names) is passed over.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from servers.cloudrun.emulator.knative import ContainerField, Manifest, ProbeField
from servers.errors import SettingsError

DEFAULT_PORT = 8080
DEFAULT_CONCURRENCY, CONCURRENCY_BELOW_ONE_CPU = 80, 1
DEFAULT_TIMEOUT_SECONDS = 300.0
DEFAULT_MAX_INSTANCES = 100
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_OF_THE_CONTRACT = ("PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION")


@dataclass(frozen=True)
class Probe:
    """When a container counts as started; of TCP where there is no path."""

    port: int
    path: str | None = None
    initial_delay_seconds: float = 0.0
    period_seconds: float = 240.0
    timeout_seconds: float = 240.0
    failure_threshold: int = 1


@dataclass(frozen=True)
class Container:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int | None
    """Where it takes requests; None for a sidecar."""
    probe: Probe | None
    mounts: Mapping[str, str]
    """Volume by path."""
    after: tuple[str, ...]
    """The containers that must have started before it."""


@dataclass(frozen=True)
class Service:
    name: str
    containers: tuple[Container, ...]
    concurrency: int
    """Requests that an instance is given at a time."""
    timeout_seconds: float
    instances_min: int
    instances_max: int
    affinity: bool
    public: bool
    audiences: tuple[str, ...]
    """What a token may be meant for, beside the service's own address."""

    @property
    def port(self) -> int:
        return next(container.port for container in self.containers if container.port is not None)


def read_manifests(text: str, where: str, environ: Mapping[str, str]) -> list[Service]:
    """The services of a file's documents. `${NAME}` and secrets are filled in from `environ`. Raises SettingsError."""
    try:
        documents = [document for document in YAML(typ="safe", pure=True).load_all(text) if document is not None]
    except YAMLError as error:
        raise SettingsError(f"{where} is not YAML: {' '.join(str(error).split())}") from error
    if not documents:
        raise SettingsError(f"{where} is empty: it should describe a service")
    return [_read(document, where, environ) for document in documents]


def _read(document: object, where: str, environ: Mapping[str, str]) -> Service:
    try:
        manifest = Manifest.model_validate(_filled(document, environ))
        return _service(manifest, environ)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "it"
        raise SettingsError(f"{where}: {place}: {first['msg']}") from error
    except SettingsError as error:
        raise SettingsError(f"{where}: {error}") from error


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    """The same tree with the placeholders that `environ` knows filled in."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: environ.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {_filled(key, environ): _filled(item, environ) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environ) for item in value]
    return value


def _service(manifest: Manifest, environ: Mapping[str, str]) -> Service:
    ours, template = manifest.metadata.annotations, manifest.spec.template
    low, high = _instances(ours, template.metadata.annotations)
    containers = _containers(template.spec.containers, template.metadata.annotations, environ)
    cpus = next(field.cpus for field in template.spec.containers if field.ports or len(containers) == 1)
    concurrency = DEFAULT_CONCURRENCY if cpus >= 1 else CONCURRENCY_BELOW_ONE_CPU
    return Service(
        name=_known(manifest.metadata.name, "its name"),
        containers=containers,
        concurrency=template.spec.container_concurrency or concurrency,
        timeout_seconds=template.spec.timeout_seconds or DEFAULT_TIMEOUT_SECONDS,
        instances_min=low,
        instances_max=high,
        affinity=template.metadata.annotations.get("run.googleapis.com/sessionAffinity") == "true",
        public=ours.get("run.googleapis.com/invoker-iam-disabled") == "true",
        audiences=tuple(_json(ours, "run.googleapis.com/custom-audiences", list) or ()),
    )


def _instances(service: Mapping[str, str], revision: Mapping[str, str]) -> tuple[int, int]:
    """The fewest and the most instances that there may be; what the service says goes before what the revision does."""
    if service.get("run.googleapis.com/scalingMode") == "manual":
        count = _number(service, "run.googleapis.com/manualInstanceCount", 1)
        return count, count
    bounds = []
    for name, usual in (("minScale", 0), ("maxScale", DEFAULT_MAX_INSTANCES)):
        of_revision = _number(revision, f"autoscaling.knative.dev/{name}", usual)
        bounds.append(_number(service, f"run.googleapis.com/{name}", of_revision))
    low, high = bounds
    if high < max(low, 1):
        raise SettingsError(f"maxScale is {high}, which is less than {max(low, 1)}")
    return low, high


def _number(annotations: Mapping[str, str], name: str, usual: int) -> int:
    text = annotations.get(name)
    if text is None:
        return usual
    if not text.isdecimal():
        raise SettingsError(f"annotation {name} is {text!r}: it should be a number of instances")
    return int(text)


def _json(annotations: Mapping[str, str], name: str, kind: type) -> Any:
    """What an annotation says in JSON; None where there is none of that name."""
    text = annotations.get(name)
    try:
        value = json.loads(text) if text else None
    except ValueError as error:
        raise SettingsError(f"annotation {name} is no JSON: {error}") from error
    if value is not None and not isinstance(value, kind):
        raise SettingsError(f"annotation {name} holds a JSON {type(value).__name__}: it should be a {kind.__name__}")
    return value


def _containers(
    fields: list[ContainerField], annotations: Mapping[str, str], environ: Mapping[str, str]
) -> tuple[Container, ...]:
    after = _json(annotations, "run.googleapis.com/container-dependencies", dict) or {}
    names = [field.name or f"container-{number}" for number, field in enumerate(fields, start=1)]
    with_ports = [field for field in fields if field.ports]
    if len(fields) > 1 and len(with_ports) != 1:
        raise SettingsError(f"{len(with_ports)} of its containers have ports: exactly one takes the requests")
    if unknown := {name for pair in after.items() for name in (pair[0], *pair[1])} - set(names):
        raise SettingsError(f"container-dependencies names {min(unknown)!r}, and there is no such container")
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        raise SettingsError(
            f"container-dependencies goes round in a circle: {' after '.join(error.args[1])}"
        ) from error
    return tuple(
        _container(name, field, _ingress_port(field, alone=len(fields) == 1), tuple(after.get(name, ())), environ)
        for name, field in zip(names, fields, strict=True)
    )


def _ingress_port(field: ContainerField, *, alone: bool) -> int | None:
    if field.ports:
        return field.ports[0].container_port
    return DEFAULT_PORT if alone else None


def _container(
    name: str, field: ContainerField, port: int | None, after: tuple[str, ...], environ: Mapping[str, str]
) -> Container:
    return Container(
        name=name,
        command=_command(name, field),
        environment=dict(_environment(name, field, environ)),
        port=port,
        probe=_probe(name, field.startup_probe, port),
        mounts={mount.mount_path.rstrip("/"): mount.name for mount in field.volume_mounts},
        after=after,
    )


def _command(name: str, field: ContainerField) -> tuple[str, ...]:
    command = (*field.command, *field.args)
    if not field.command:
        raise SettingsError(f"container {name} has no command: it would be the image's, and here there is no image")
    own = {variable.name for variable in field.env}
    return tuple(_known(part, f"the command of container {name}", own) for part in command)


def _environment(name: str, field: ContainerField, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for variable in field.env:
        if variable.value_from is None:
            yield variable.name, _known(variable.value, f"{variable.name} of container {name}")
        elif variable.name in environ:
            yield variable.name, environ[variable.name]
        else:
            raise SettingsError(
                f"{variable.name} of container {name} is the secret {variable.value_from.secret_key_ref.name}: "
                f"set {variable.name} in the environment to stand for it"
            )


def _known(text: str, what: str, own: set[str] | frozenset[str] = frozenset()) -> str:
    """A text in which nothing is left to be filled in but what the container's own environment has."""
    for name in _PLACEHOLDER.findall(text):
        if name not in own and name not in _OF_THE_CONTRACT:
            raise SettingsError(f"{what} has ${{{name}}}: set {name} in the environment")
    return text


def _probe(name: str, field: ProbeField | None, port: int | None) -> Probe | None:
    if field is None:
        return None if port is None else Probe(port)
    where = field.http_get or field.tcp_socket
    if where is None:
        raise SettingsError(f"the startupProbe of container {name} is neither httpGet nor tcpSocket")
    number = where.port or port
    if number is None:
        raise SettingsError(f"the startupProbe of container {name} names no port, and it is not the one with ports")
    return Probe(
        port=number,
        path=(field.http_get.path or "/") if field.http_get else None,
        initial_delay_seconds=field.initial_delay_seconds,
        period_seconds=field.period_seconds,
        timeout_seconds=field.timeout_seconds,
        failure_threshold=field.failure_threshold,
    )
