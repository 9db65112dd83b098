"""What has to be the same for all shards of a run, and in what two of them differ."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from pydantic_core import to_jsonable_python

from bench.run import Order
from loadtests.support.load_code import load_build

Configuration = Mapping[str, Any]
OF_THE_SHARD = frozenset({"results", "command", "auth", "crew"})
"""Of what the user asked for: the rest has to be the same. How a shard shows who it is may differ from machine to
machine; how many processes make its load is said by the profile."""


def configuration(order: Order, shards: int, tags: bool) -> Configuration:
    """As JSON has it: the profile, the targets, the seed and all options, how many shards, and the people's code."""
    values = {field.name: getattr(order, field.name) for field in fields(order) if field.name not in OF_THE_SHARD}
    known = {"shards": shards, "tags": tags, "loadtests": load_build()}
    return dict(to_jsonable_python({**values, **known}))


def digest(settings: Configuration) -> str:
    """Twelve hex digits that differ where a setting does."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def differences(one: Configuration, other: Configuration) -> list[str]:
    """Each setting that is not the same in both, as in 'seed 1 and 2'."""
    left, right = dict(_flat("", one)), dict(_flat("", other))
    pairs = {name: (_shown(left, name), _shown(right, name)) for name in {**left, **right}}
    return [f"{name} {here} and {there}" for name, (here, there) in pairs.items() if here != there]


def _shown(settings: Mapping[str, Any], name: str) -> str:
    return json.dumps(settings[name]) if name in settings else "nothing"


def _flat(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{place}.{name}" if place else str(name), inner)
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(f"{place}[{number}]", inner)
    else:
        yield place, value
