"""Holds a manifest against the description of its API that Google publishes, and which comes with its Python client.

Stricter than the platform, which passes over some of what it does not know: a field that does nothing is a mistake too.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

METADATA_OF = {
    "Service": {"metadata": "Service", "spec.template.metadata": "Revision"},
    "Job": {"metadata": "Job", "spec.template.metadata": "Execution"},
}
"""By kind: which resource's the annotations are that stand at a place."""
API_OF = {"Service": "serving.knative.dev/v1", "Job": "run.googleapis.com/v1"}
PLATFORM = ("run.googleapis.com/", "autoscaling.knative.dev/")
TYPES = {"string": str, "boolean": bool, "array": list, "object": dict, "integer": int, "number": (int, float)}


@cache
def schemas() -> Mapping[str, Any]:
    folder = resources.files("googleapiclient") / "discovery_cache" / "documents"
    document: dict[str, Any] = json.loads((folder / "run.v1.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = document["schemas"]
    return found


@cache
def homes() -> Mapping[str, frozenset[str]]:
    """Each annotation that the platform knows, and on which resources: it is told in words only."""
    text = schemas()["ObjectMeta"]["properties"]["annotations"]["description"]
    listed = re.findall(r"\* `([^`]+)`: ([\w, ]+)", text)
    return {name: frozenset(re.split(r"\W+", where)) for name, where in listed}


def complaints(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with a manifest, each with its place; nothing where it is what the API understands."""
    kind = manifest.get("kind")
    if kind not in API_OF:
        return [f"kind: {kind!r} is neither of {sorted(API_OF)}"]
    wrong = [] if manifest.get("apiVersion") == API_OF[kind] else [f"apiVersion: a {kind} is of {API_OF[kind]}"]
    return [*wrong, *_of_object(manifest, schemas()[kind], "", kind)]


def _of_object(value: Mapping[str, Any], schema: Mapping[str, Any], place: str, kind: str) -> Iterator[str]:
    for name, part in value.items():
        here = f"{place}.{name}".lstrip(".")
        field = schema["properties"].get(name)
        if field is None:
            yield f"{here}: there is no such field"
        elif re.match(r"Not supported (by|in) Cloud Run", field.get("description", "")):
            yield f"{here}: Cloud Run does not support it"
        elif field.get("readOnly"):
            yield f"{here}: it is not for us to say"
        else:
            yield from _of_value(part, field, here, kind)
            if name == "annotations":
                yield from _of_annotations(part, place, kind)


def _of_value(value: Any, schema: Mapping[str, Any], place: str, kind: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas()[schema["$ref"]]
    wanted = TYPES[schema["type"]]
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        yield f"{place}: {value!r} is no {schema['type']}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    elif schema.get("format") == "int64" and not re.fullmatch(r"-?\d+", value):
        yield f"{place}: {value!r} is no number"
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _of_value(item, schema["items"], f"{place}[{number}]", kind)
    elif "additionalProperties" in schema:
        for name, item in value.items():
            yield from _of_value(item, schema["additionalProperties"], f"{place}.{name}", kind)
    elif isinstance(value, dict):
        yield from _of_object(value, schema, place, kind)


def _of_annotations(annotations: Mapping[str, Any], place: str, kind: str) -> Iterator[str]:
    resource = METADATA_OF[kind].get(place)
    for name in annotations:
        if not name.startswith(PLATFORM):
            continue
        if name not in homes():
            yield f"{place}.annotations: Cloud Run knows no {name}"
        elif not homes()[name] & {resource, "All"}:
            yield f"{place}.annotations: {name} belongs to {', '.join(sorted(homes()[name] - {''}))}, not to {resource}"
