"""Waits for a chat server to be up and for a file to be there, with plain blocking calls that gevent makes patient."""

import http.client
import os
import time
from collections.abc import Mapping

from loadtests.support.address import Address
from loadtests.support.clock import now
from loadtests.support.health import health_of
from loadtests.support.identity import Auth

_INTERVAL_SECONDS = 0.1
_ATTEMPT_SECONDS = 2.0
_FILE_INTERVAL_SECONDS = 0.02


def wait_until_healthy(address: Address, timeout_seconds: float, auth: Auth | None = None) -> str | None:
    """None as soon as `healthz` answers 200, else, after the timeout, what was last heard. Raises NoToken."""
    deadline = now() + timeout_seconds
    while (heard := _ask(address, (auth or Auth()).headers_for(address))) is not None and now() < deadline:
        time.sleep(_INTERVAL_SECONDS)
    return heard


def wait_until_exists(path: str, timeout_seconds: float) -> bool:
    """True as soon as the file exists, False where it does not after the timeout."""
    deadline = now() + timeout_seconds
    # Not Path.exists: a folder that may not be searched is an error to it, and only one more file not there to us.
    while not (exists := os.path.exists(path)) and now() < deadline:  # noqa: PTH110
        time.sleep(_FILE_INTERVAL_SECONDS)
    return exists


def _ask(address: Address, headers: Mapping[str, str]) -> str | None:
    try:
        status, _ = health_of(address, headers, _ATTEMPT_SECONDS)
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    return None if status == http.HTTPStatus.OK else f"status {status}"
