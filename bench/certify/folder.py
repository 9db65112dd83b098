"""A certificate's own folder: `certificate.json`, schema gemini-live-bench.certificate.v1, its chart and its summary.

Append-only within a version, as `bench.results`. `../schema` holds the JSON Schema.
"""

import json
import sys
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field

from bench import store
from bench.certify.certificate import Certificate
from bench.results import DIALECT, Environment

SCHEMA: Literal["gemini-live-bench.certificate.v1"] = "gemini-live-bench.certificate.v1"
CERTIFICATE, SUMMARY, CHART = "certificate.json", "certificate.md", "certificate"


class StoredCertificate(Certificate):
    """With all that a reader elsewhere needs to know."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    schema_id: Literal["gemini-live-bench.certificate.v1"] = Field(default=SCHEMA, alias="schema")
    id: str
    finished_at: str | None = None
    complete: bool
    """False while it is being made, and for ever after an interruption."""
    command: str
    """How to reproduce it."""
    environment: Environment


def write(folder: Path, certificate: StoredCertificate) -> None:
    """The record alone."""
    store.write_record(folder / CERTIFICATE, SCHEMA, certificate)


def draw(folder: Path, certificate: StoredCertificate) -> None:
    """What people look at, beside it."""
    from bench import charts  # takes a second to import, which no measurement needs
    from bench.certify.summary import summary

    store.replace(folder / SUMMARY, summary(certificate))
    picture = charts.picture(CHART, certificate)
    if picture:
        store.replace(folder / f"{CHART}.svg", picture.svg)
        (folder / f"{CHART}.png").write_bytes(picture.png)


def json_schema() -> str:
    """The JSON Schema of certificate.json; `python -m bench.certify.folder` prints it."""
    return json.dumps({"$schema": DIALECT, **StoredCertificate.model_json_schema(by_alias=True)}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
