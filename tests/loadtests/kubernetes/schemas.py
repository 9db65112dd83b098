"""What a cluster takes of our manifests, closed: a field that it would drop without a word is refused here.

The LocustTest is all of what the operator's resource definition has (locustio/k8s-operator, group locust.io, version
v1, compared field by field with that of its chart 0.1.9), but for the status, which the operator writes; of Kubernetes'
own kinds it is the fields that we use.
"""

from typing import Any

Schema = dict[str, Any]


def _object(required: tuple[str, ...] = (), **properties: Any) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


STRING: Schema = {"type": "string", "minLength": 1}
NAME: Schema = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"}
COUNT: Schema = {"type": "integer", "minimum": 1}
PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
STRINGS: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
QUANTITIES: Schema = {
    "type": "object",
    "additionalProperties": {"anyOf": [COUNT, {"type": "string", "pattern": "^[0-9]+(m|[KMG]i)?$"}]},
}
RESOURCES = _object(requests=QUANTITIES, limits=QUANTITIES)
METADATA = _object(("name",), name=NAME, namespace=NAME, labels=STRINGS, annotations=STRINGS)

_POD = _object(labels=STRINGS, annotations=STRINGS, resources=RESOURCES)
_LOCUSTFILE = {
    **_object(content=STRING, configMap=_object(("name",), name=NAME)),
    "oneOf": [{"required": ["content"]}, {"required": ["configMap"]}],
}
LOCUST_TEST = _object(
    ("apiVersion", "kind", "metadata", "spec"),
    apiVersion={"const": "locust.io/v1"},
    kind={"const": "LocustTest"},
    metadata=METADATA,
    spec=_object(
        ("workers",),
        annotations=STRINGS,
        labels=STRINGS,
        image=STRING,
        imagePullPolicy={"enum": ["IfNotPresent", "Always", "Never"]},
        imagePullSecrets=_list_of(_object(("name",), name=NAME)),
        workers=COUNT,
        args={"type": "string"},
        env=_list_of(_object(("name",), name=STRING, value={"type": "string"})),
        master=_POD,
        worker=_POD,
        locustfile=_LOCUSTFILE,
        metrics=_object(intervalSeconds={"type": "integer"}),
    ),
)

_CLAIM = _object(
    ("apiVersion", "kind", "metadata", "spec"),
    apiVersion={"const": "v1"},
    kind={"const": "PersistentVolumeClaim"},
    metadata=METADATA,
    spec=_object(
        ("accessModes", "resources"),
        accessModes=_list_of({"enum": ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]}),
        resources=_object(("requests",), requests=_object(("storage",), storage=STRING)),
        storageClassName=NAME,
    ),
)
_SERVICE = _object(
    ("apiVersion", "kind", "metadata", "spec"),
    apiVersion={"const": "v1"},
    kind={"const": "Service"},
    metadata=METADATA,
    spec=_object(
        ("ports", "selector"),
        selector=STRINGS,
        ports=_list_of(_object(("name", "port"), name=NAME, port=PORT, targetPort=PORT)),
    ),
)
_CONTAINER = _object(
    ("name", "image"),
    name=NAME,
    image=STRING,
    command=_list_of(STRING),
    args=_list_of(STRING),
    env=_list_of(_object(("name",), name=STRING, value={"type": "string"})),
    resources=RESOURCES,
    volumeMounts=_list_of(_object(("name", "mountPath"), name=NAME, mountPath={"type": "string", "pattern": "^/"})),
)
_JOB = _object(
    ("apiVersion", "kind", "metadata", "spec"),
    apiVersion={"const": "batch/v1"},
    kind={"const": "Job"},
    metadata=METADATA,
    spec=_object(
        ("template",),
        completions=COUNT,
        parallelism=COUNT,
        backoffLimit={"type": "integer", "minimum": 0},
        template=_object(
            ("spec",),
            metadata=_object(labels=STRINGS, annotations=STRINGS),
            spec=_object(
                ("restartPolicy", "containers"),
                restartPolicy={"enum": ["Never", "OnFailure"]},
                securityContext=_object(fsGroup=COUNT),
                containers=_list_of(_CONTAINER),
                volumes=_list_of(
                    _object(
                        ("name", "persistentVolumeClaim"),
                        name=NAME,
                        persistentVolumeClaim=_object(("claimName",), claimName=NAME),
                    )
                ),
            ),
        ),
    ),
)
SCHEMAS = {"LocustTest": LOCUST_TEST, "PersistentVolumeClaim": _CLAIM, "Service": _SERVICE, "Job": _JOB}
