"""What a server says of itself to a client that asks, before all else: which instance it is and how long it has served.

A client that was answered late can tell by it whether it had to wait for its instance to start.
"""

import http.client
import json
import secrets
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from servers.origins import Headers
from servers.settings import build_id

HEADER = "live-introduction"
METADATA_HOST = "metadata.google.internal"
METADATA_PATH = "/computeMetadata/v1/instance/id"
METADATA_SECONDS = 1.0


@dataclass(frozen=True)
class Introduction:
    """Of one process, which is ready to serve when this is made."""

    app: str
    build: str
    instance: str
    """Tells it from others that serve the same."""
    revision: str | None
    """What Cloud Run calls the deployment that it is of; None elsewhere."""
    ready_at: float
    """Seconds of `time.monotonic`."""

    @property
    def names(self) -> dict[str, str | None]:
        return {"app": self.app, "build": self.build, "instance": self.instance, "revision": self.revision}

    @property
    def packet(self) -> str:
        return json.dumps({"server": {**self.names, "serving_seconds": time.monotonic() - self.ready_at}})


def introduce(app: str, environ: Mapping[str, str]) -> Introduction:
    """To be called when all else is loaded."""
    instance, revision = _instance(environ), environ.get("K_REVISION") or None
    return Introduction(app, build_id(), instance, revision, ready_at=time.monotonic())


def asked_for(headers: Headers) -> bool:
    """Whether the client asks for it."""
    return headers.get(HEADER) == "1"


def _instance(environ: Mapping[str, str]) -> str:
    """What we are told to call ourselves, or Cloud Run's name for the container, or one of our own making."""
    if given := environ.get("SERVERS_INSTANCE"):
        return given
    on_cloud_run = environ.get("K_REVISION")
    told = _ask_metadata(environ.get("GCE_METADATA_HOST") or METADATA_HOST) if on_cloud_run else None
    return told or secrets.token_hex(8)


def _ask_metadata(host: str) -> str | None:
    """None where the metadata server cannot be asked: that is no reason not to serve."""
    try:
        with closing(http.client.HTTPConnection(host, timeout=METADATA_SECONDS)) as connection:
            connection.request("GET", METADATA_PATH, headers={"Metadata-Flavor": "Google"})
            answer = connection.getresponse()
            return answer.read().decode("ascii").strip() if answer.status == 200 else None
    except (OSError, ValueError, http.client.HTTPException):
        return None
