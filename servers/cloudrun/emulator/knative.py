"""The fields of a Knative manifest that are read, as they are written there. Others are passed over."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.alias_generators import to_camel


class _Field(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


Port = Annotated[int, Field(ge=1, le=65535)]


class SecretField(_Field):
    name: str


class SecretSource(_Field):
    secret_key_ref: SecretField


class VariableField(_Field):
    name: str
    value: str = ""
    value_from: SecretSource | None = None


class PortField(_Field):
    container_port: Port


class MountField(_Field):
    name: str
    mount_path: str


class SocketField(_Field):
    port: Port | None = None
    path: str | None = None


class ProbeField(_Field):
    http_get: SocketField | None = None
    tcp_socket: SocketField | None = None
    initial_delay_seconds: NonNegativeFloat = 0.0
    period_seconds: PositiveFloat = 10.0
    timeout_seconds: PositiveFloat = 1.0
    failure_threshold: PositiveInt = 3


def _cpus(quantity: object) -> object:
    """A quantity of Kubernetes: 2, '0.5' or '500m'."""
    text = str(quantity)
    return float(text[:-1]) / 1000 if text[:-1].isdecimal() and text.endswith("m") else text


class LimitsField(_Field):
    cpu: Annotated[PositiveFloat, BeforeValidator(_cpus)] = 1.0


class ResourcesField(_Field):
    limits: LimitsField = LimitsField()


class ContainerField(_Field):
    name: str = ""
    command: list[str] = []
    args: list[str] = []
    env: list[VariableField] = []
    ports: list[PortField] = []
    startup_probe: ProbeField | None = None
    volume_mounts: list[MountField] = []
    resources: ResourcesField = ResourcesField()

    @property
    def cpus(self) -> float:
        return self.resources.limits.cpu


class RevisionField(_Field):
    container_concurrency: Annotated[int, Field(ge=0, le=1000)] = 0
    timeout_seconds: Annotated[float, Field(ge=0, le=3600)] = 0.0
    containers: Annotated[list[ContainerField], Field(min_length=1)]


class AnnotationsField(_Field):
    annotations: dict[str, str] = {}


class NamedField(AnnotationsField):
    name: str


class TemplateField(_Field):
    metadata: AnnotationsField = AnnotationsField()
    spec: RevisionField


class ServiceField(_Field):
    template: TemplateField


class Manifest(_Field):
    api_version: Literal["serving.knative.dev/v1"]
    kind: Literal["Service"]
    metadata: NamedField
    spec: ServiceField
