"""Waits for a chat server to be up, with a plain blocking client that gevent makes patient."""

import http.client
import time

from loadtests.support.address import Address
from loadtests.support.clock import now

_INTERVAL_SECONDS = 0.1
_ATTEMPT_SECONDS = 2.0


def wait_until_healthy(address: Address, timeout_seconds: float) -> str | None:
    """None as soon as `healthz` answers 200, else, after the timeout, what was last heard."""
    deadline = now() + timeout_seconds
    while (heard := _ask(address)) is not None and now() < deadline:
        time.sleep(_INTERVAL_SECONDS)
    return heard


def _ask(address: Address) -> str | None:
    kind = http.client.HTTPSConnection if address.secure else http.client.HTTPConnection
    connection = kind(address.hostname, address.port, timeout=_ATTEMPT_SECONDS)
    try:
        connection.request("GET", address.health_path)
        status = connection.getresponse().status
        return None if status == http.HTTPStatus.OK else f"status {status}"
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
