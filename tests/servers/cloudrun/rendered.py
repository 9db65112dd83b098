"""The manifests as they are handed to gcloud, by backend: every value filled in."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.servers.cloudrun.made_up_gcloud import GCloud

Manifest = dict[str, Any]

BACKENDS = {
    "sidecar": (),
    "fake-service": ("--secret=fake-gemini-key:2",),
    "api-key": ("--secret=gemini-api-key:3",),
    "vertex": ("--gemini-location=us-central1",),
}
"""Each backend, with the further options that it needs."""
LOAD = ("load", "--bucket=acme-shards", "--tasks=3")


def parse(text: str) -> Manifest:
    """Raises for what is no YAML, and for a key that stands twice."""
    parsed: Manifest = YAML(typ="safe").load(text)
    return parsed


@cache
def _texts(backend: str, further: tuple[str, ...]) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        gcloud = GCloud(Path(folder) / "gcloud")
        done = gcloud.deploy(f"--backend={backend}", *BACKENDS[backend], *further)
        assert done.code == 0, done.stderr
        return tuple(call.stdin for call in gcloud.calls if call.stdin)


def texts(backend: str, *further: str) -> list[str]:
    """All manifests that a deployment hands over, as they are written."""
    return list(_texts(backend, further))


def manifests(backend: str, *further: str) -> dict[str, Manifest]:
    """The same by their names; they may be changed."""
    parsed = [parse(text) for text in texts(backend, *further)]
    return {manifest["metadata"]["name"]: manifest for manifest in parsed}


def every_manifest() -> dict[str, Manifest]:
    """One of each, by backend and name."""
    found = {}
    for backend in BACKENDS:
        load = LOAD if backend in ("sidecar", "fake-service") else ()
        for name, manifest in manifests(backend, *load).items():
            found[f"{backend}: {name}"] = manifest
    return found
